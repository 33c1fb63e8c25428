import { setImmediate as breathe } from "node:timers/promises";
import type { PoolUserSort, PoolWorkerSort } from "@banksman/wire/api";
import type { Figures } from "../windows/figures.ts";
import { addSums } from "../windows/sums.ts";
import { shareOf } from "./rows.ts";

/** What sorting needs of one worker or user: a million of these fit where a million figures would not. */
export type Rank = { userId: number; workerId: string; by: number };

/** Figures read before shares have their turn again. */
const AT_ONCE = 1_000;

export const RANKINGS: Record<PoolUserSort | PoolWorkerSort | "rejected", (figures: Figures) => number> = {
  hashrate: ({ accept }) => Number(accept[2] ?? 0),
  workers: ({ workers }) => workers,
  reject_share: ({ accept, reject, stale }) => shareOf(addSums(reject[1] ?? 0, stale[1] ?? 0), accept[3] ?? 0) ?? -1,
  rejected: ({ reject, stale }) => Number(addSums(reject[1] ?? 0, stale[1] ?? 0)),
  last_share: ({ lastShareTime }) => lastShareTime,
  puid: ({ userId }) => userId,
  worker_id: ({ workerId }) => Number(workerId),
};

/** Ranks all that `figures` gives, a part at a time; equals stand in the order of their ids. */
export async function rank(
  figures: Iterable<Figures>,
  by: (figures: Figures) => number,
  order: "asc" | "desc",
): Promise<Rank[]> {
  const ranks: Rank[] = [];
  for (const one of figures) {
    ranks.push({ userId: one.userId, workerId: one.workerId, by: by(one) });
    if (ranks.length % AT_ONCE === 0) await breathe();
  }
  const sign = order === "asc" ? 1 : -1;
  return ranks.sort((a, b) => sign * (a.by - b.by) || a.userId - b.userId || (a.workerId < b.workerId ? -1 : 1));
}

/** The greatest `limit`, without keeping the others. */
export async function greatest(
  figures: Iterable<Figures>,
  by: (figures: Figures) => number,
  limit: number,
): Promise<Rank[]> {
  let best: Rank[] = [];
  let seen = 0;
  let least = Number.NEGATIVE_INFINITY;
  const cut = () => {
    best = best.sort((a, b) => b.by - a.by).slice(0, limit);
    least = best.length < limit ? Number.NEGATIVE_INFINITY : (best.at(-1)?.by ?? least);
  };
  for (const one of figures) {
    const value = by(one);
    if (value > least) best.push({ userId: one.userId, workerId: one.workerId, by: value });
    if (best.length >= limit * 4) cut();
    if (++seen % AT_ONCE === 0) await breathe();
  }
  cut();
  return best;
}
