import { GetSiteHistory, type Site } from "@banksman/wire/api";
import { useQueries } from "@tanstack/react-query";
import { call } from "../../api/client.ts";
import { keyOf } from "../../api/query.ts";
import { fleetTrend } from "./fleet-totals.ts";

const REFRESH_MS = 60_000;
const HOURS = 24;

/** 24 hours of each site, and of all together. */
export function useFleetTrend(sites: readonly Site[]) {
  const histories = useQueries({
    queries: sites.map((site) => {
      const input = { params: { site_id: site.site_id }, query: { hours: HOURS } };
      return {
        queryKey: keyOf(GetSiteHistory, input),
        queryFn: ({ signal }: { signal: AbortSignal }) => call(GetSiteHistory, input, signal),
        refetchInterval: REFRESH_MS,
      };
    }),
  });
  const bySite = new Map(histories.flatMap(({ data }) => (data ? [[data.site_id, data.points] as const] : [])));
  return {
    bySite,
    trend: fleetTrend([...bySite.values()]),
    isLoading: histories.some((one) => one.isPending),
    error: histories.find((one) => one.error && !one.data)?.error ?? null,
    retry: () => void Promise.all(histories.map((one) => one.refetch())),
    intervalMs: Math.max(60_000, ...histories.map((one) => (one.data?.resolution_seconds ?? 0) * 1_000)),
    fetchedAt: Math.max(0, ...histories.map((one) => one.dataUpdatedAt)),
  };
}
