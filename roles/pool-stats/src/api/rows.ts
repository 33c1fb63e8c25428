import type { PoolUser, PoolWindowFigures, PoolWorker } from "@banksman/wire/api";
import type { Compat } from "../share/status.ts";
import type { Figures } from "../windows/figures.ts";
import { addSums, type Sum } from "../windows/sums.ts";
import { reasonName } from "./reasons.ts";

/** A share of difficulty 1 stands for this many hashes. */
const HASHES = 2 ** 32;
/** What is known for less is not blown up to a rate: one share a second after the start would be a giant. */
const LEAST_COVERED_S = 60;

/** The windows, and where in the figures their accepted and their rejected sums are. */
const WINDOWS = [
  { window: "1m", seconds: 60, lost: null },
  { window: "5m", seconds: 300, lost: null },
  { window: "15m", seconds: 900, lost: 0 },
  { window: "1h", seconds: 3_600, lost: 1 },
] as const;

/** Figures as the wire writes them, at `now` in Unix seconds. */
export function windowsOf(figures: Figures, compat: Compat, now: number): PoolWindowFigures[] {
  const known = figures.since === 0 ? 0 : Math.max(0, now - figures.since);
  return WINDOWS.map(({ window, seconds, lost }, i) => {
    const accepted = figures.accept[i] ?? 0;
    const stale = lost === null || compat === "g2" ? null : (figures.stale[lost] ?? 0);
    const rejected = lost === null ? null : (figures.reject[lost] ?? 0);
    const covered = Math.min(seconds, known);
    return {
      window,
      seconds,
      covered_seconds: covered,
      hashrate_hs: hashrate(accepted, Math.min(seconds, Math.max(LEAST_COVERED_S, covered))),
      accepted: String(accepted),
      stale: stale === null ? null : String(stale),
      rejected: rejected === null ? null : String(rejected),
      reject_share: rejected === null ? null : shareOf(addSums(rejected, stale ?? 0), accepted),
    };
  });
}

/** Hashes a second. */
export const hashrate = (accepted: Sum, seconds: number): number => (Number(accepted) * HASHES) / seconds;

export function shareOf(lost: Sum, accepted: Sum): number | null {
  const all = Number(lost) + Number(accepted);
  return all === 0 ? null : Number(lost) / all;
}

export const reasonsOf = ({ reasons }: Figures) =>
  reasons.map(({ status, m15, h1 }) => ({ status, reason: reasonName(status), m15: String(m15), h1: String(h1) }));

/** Unix seconds as the wire's time; null for 0, which says "never". */
export const timeText = (seconds: number): string | null =>
  seconds === 0 ? null : new Date(seconds * 1_000).toISOString();

export const commonOf = (figures: Figures, compat: Compat, now: number) => ({
  windows: windowsOf(figures, compat, now),
  accept_count: figures.acceptCount,
  last_share_at: timeText(figures.lastShareTime),
  last_share_ip: figures.lastShareIp === "0.0.0.0" ? null : figures.lastShareIp,
});

export const userRow = (figures: Figures, compat: Compat, now: number): PoolUser => ({
  ...commonOf(figures, compat, now),
  puid: String(figures.userId),
  workers: figures.workers,
});

export type Named = { name: string | null; agent: string | null };

export const workerRow = (figures: Figures, compat: Compat, now: number, named?: Named): PoolWorker => ({
  ...commonOf(figures, compat, now),
  puid: String(figures.userId),
  worker_id: figures.workerId,
  worker_name: named?.name ?? null,
  miner_agent: named?.agent ?? null,
});
