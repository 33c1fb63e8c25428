import { GetPoolHistory, GetPoolSeries, type StoredPool } from "@banksman/wire/api";
import type { z } from "zod";
import { useRoute } from "../../api/query.ts";

export type Stored = Pick<z.infer<typeof StoredPool>, "site_id" | "pool">;

const EVERY_MS = 60_000;

/** The last hour from the live windows, or a longer time from what the server keeps; hashrate in H/s. */
export function usePoolTrend(stored: Stored | undefined, puid: string | null, hours: number) {
  const isLive = hours <= 1;
  const user = puid === null ? {} : { puid };
  const series = useRoute(GetPoolSeries, { query: user }, { enabled: isLive, every: EVERY_MS, keep: true });
  const where = { site_id: stored?.site_id ?? "", pool: stored?.pool ?? "-" };
  const history = useRoute(
    GetPoolHistory,
    { query: { ...where, ...user, hours } },
    { enabled: !isLive && stored !== undefined, every: EVERY_MS, keep: true },
  );
  const points = isLive
    ? (series.data?.points ?? []).map((point) => ({ ...point, reject_share: null }))
    : (history.data?.points ?? []);
  const chosen = isLive ? series : history;
  return {
    points: points.map(({ timestamp, hashrate_hs, reject_share }) => {
      return { at: Date.parse(timestamp), hs: hashrate_hs, rejects: reject_share };
    }),
    isLoading: chosen.isPending,
    error: chosen.error && !chosen.data ? chosen.error : null,
    retry: () => void chosen.refetch(),
    intervalMs: (chosen.data?.resolution_seconds ?? 60) * 1_000,
    fetchedAt: chosen.dataUpdatedAt,
  };
}
