import { GetSummary, type Site } from "@banksman/wire/api";
import { useQueries } from "@tanstack/react-query";
import { call } from "../../api/client.ts";
import { keyOf } from "../../api/query.ts";
import { fleetEfficiency } from "./fleet-totals.ts";

const REFRESH_MS = 30_000;

/** J/TH of each site, as its own pages show it, and of all together. */
export function useEfficiency(sites: readonly Site[]) {
  const summaries = useQueries({
    queries: sites.map((site) => {
      const input = { params: { site_id: site.site_id } };
      return {
        queryKey: keyOf(GetSummary, input),
        queryFn: ({ signal }: { signal: AbortSignal }) => call(GetSummary, input, signal),
        refetchInterval: REFRESH_MS,
      };
    }),
  });
  const known = summaries.flatMap(({ data }) => (data ? [data] : []));
  return {
    bySite: new Map(known.map((summary) => [summary.site_id, summary.efficiency_jth])),
    fleet: fleetEfficiency(known),
  };
}
