import type { CallOf, Route } from "@banksman/wire/api";
import {
  keepPreviousData,
  QueryClient,
  type UseQueryOptions,
  type UseQueryResult,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { call, type DataOf } from "./client.ts";
import { ApiProblem } from "./problem.ts";

export const createQueryClient = (): QueryClient =>
  new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        refetchOnWindowFocus: true,
        retry: (tries, error) => tries < 2 && error instanceof ApiProblem && error.mayPass,
      },
    },
  });

/** Every query's key begins with its route, so that a change can invalidate all calls of it. */
export const keyOf = <R extends Route>(route: R, input: CallOf<R>) => [route.path, input] as const;

type Options = {
  enabled?: boolean;
  /** Milliseconds between refetches; false for none. */
  every?: number | false;
  /** Keeps the last answer on the screen while the next one loads. */
  keep?: boolean;
};

/** Reads a route. The error is an ApiProblem in every case the server or the network can cause. */
export function useRoute<R extends Route>(
  route: R,
  input: CallOf<R>,
  options: Options = {},
): UseQueryResult<DataOf<R>> {
  const query: UseQueryOptions<DataOf<R>> = {
    queryKey: keyOf(route, input),
    queryFn: ({ signal }) => call(route, input, signal),
    enabled: options.enabled ?? true,
    refetchInterval: options.every ?? false,
  };
  return useQuery(options.keep ? { ...query, placeholderData: keepPreviousData } : query);
}

/** Calls a route that changes something, then refetches what the named routes answered before. */
export function useChange<R extends Route>(route: R, refetch: readonly Route[] = []) {
  const client = useQueryClient();
  return useMutation<DataOf<R>, Error, CallOf<R>>({
    mutationFn: (input) => call(route, input),
    onSuccess: async () => {
      await Promise.all(refetch.map(({ path }) => client.invalidateQueries({ queryKey: [path] })));
    },
  });
}
