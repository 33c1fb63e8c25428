import { GetLatest, GetSparklines } from "@banksman/wire/api";
import { useCallback, useMemo } from "react";
import { withCurrentFigures } from "../../api/current-figures.ts";
import { useRoute } from "../../api/query.ts";
import { queryOf, type TableState } from "./table-state.ts";
import { useSteadyRows } from "./use-steady-rows.ts";

const REFRESH_MS = 30_000;
const SPARKLINES_MS = 120_000;
const MOST_SPARKLINES = 200;

/** The page of miners that the state asks for, steady under the hand, with their sparklines. */
export function useMiners(siteId: string, state: TableState) {
  const query = queryOf(state);
  const latest = useRoute(GetLatest, { params: { site_id: siteId }, query }, { every: REFRESH_MS, keep: true });
  const miners = useMemo(() => (latest.data?.miners ?? []).map(withCurrentFigures), [latest.data]);
  const view = JSON.stringify([siteId, query]);
  const steady = useSteadyRows(miners, view, latest.isSuccess && !latest.isPlaceholderData);
  const ids = useMemo(() => (latest.data?.miners ?? []).map((row) => row.miner_id), [latest.data]);
  const asked = ids.slice(0, MOST_SPARKLINES).toSorted().join(",");
  const sparklines = useRoute(
    GetSparklines,
    { params: { site_id: siteId }, query: { miner_ids: asked } },
    { enabled: asked !== "", every: SPARKLINES_MS, keep: true },
  );
  const lines = sparklines.data?.sparklines;
  const sparkline = useCallback((minerId: string) => lines?.[minerId], [lines]);
  return { latest, ids, sparkline, ...steady };
}
