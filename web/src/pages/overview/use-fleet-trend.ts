import { GetSiteHistory, type Site } from "@banksman/wire/api";
import { useQueries } from "@tanstack/react-query";
import { call } from "../../api/client.ts";
import { keyOf } from "../../api/query.ts";
import { serverNow } from "../../api/server-clock.ts";
import { fleetTrend } from "./fleet-totals.ts";

const REFRESH_MS = 30_000;
const DAY_HOURS = 24;
const HOUR_MS = 3_600_000;

/** A day, or what there is of it since the oldest site was made: finer steps for a new one. */
function hoursOf(sites: readonly Site[]): number {
  const oldest = Math.min(...sites.map((site) => Date.parse(site.created_at)));
  return Math.max(1, Math.min(DAY_HOURS, Math.ceil((serverNow() - oldest) / HOUR_MS)));
}

/** 24 hours of each site, and of all together. */
export function useFleetTrend(sites: readonly Site[]) {
  const hours = hoursOf(sites);
  const histories = useQueries({
    queries: sites.map((site) => {
      const input = { params: { site_id: site.site_id }, query: { hours } };
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
    /** Sites of which nothing is known, with why. The others' sum stands for them alone. */
    missing: histories.flatMap(({ error, data }, place) => {
      const site = sites[place];
      return error && !data && site ? [{ site, error }] : [];
    }),
    retry: () => void Promise.all(histories.map((one) => one.refetch())),
    intervalMs: Math.max(60_000, ...histories.map((one) => (one.data?.resolution_seconds ?? 0) * 1_000)),
    fetchedAt: Math.max(0, ...histories.map((one) => one.dataUpdatedAt)),
  };
}
