import { createHash } from "node:crypto";

/** A round's fast lane ends so long after its beginning, whoever has answered: within 5 s, what a busy machine adds included. */
const FAST_MS = 4_900;
/** Of an interval so short that this would be most of it, the fast lane gets this part. */
const FAST_PART = 0.6;
/** The last of a round's interval is left free, so that the next one begins with idle controllers. */
const REST_MS = 500;
/** A slow look is three calls, each of which may wait for the PLC. */
export const SLOW_LOOK_MS = 10_000;
/** What takes the controller longer is asked so often. */
export const SLOW_EVERY_MS = 300_000;
/** A PLC takes up to this long: a try with less time is cut off while the controller works on it. */
const LEAST_TRY_MS = 1_500;

/** One round, in ms: `at` of the wall clock, the others of the monotonic one. */
export type RoundTimes = {
  /** A multiple of the interval, so that a unit which moves to another edge, or an edge that starts again, goes on in step. */
  at: number;
  intervalMs: number;
  began: number;
  /** Until when the fast lane waits. */
  fastEnd: number;
  /** Until when everything else of this round must be over. */
  end: number;
};

/** The round to which a moment of the wall clock belongs. */
export const slotOf = (now: number, intervalMs: number): number => Math.floor(now / intervalMs) * intervalMs;

/** The round that is due at `now`; one that begins late, after a restart, has less time. */
export function roundTimes(now: number, monotonic: number, intervalMs: number): RoundTimes {
  const at = slotOf(now, intervalMs);
  const end = monotonic + (at + intervalMs - now) - Math.min(REST_MS, intervalMs / 10);
  return {
    at,
    intervalMs,
    began: monotonic,
    fastEnd: Math.min(end, monotonic + Math.min(FAST_MS, intervalMs * FAST_PART)),
    end,
  };
}

/** With less than this left of a round, the next one is waited for. */
const LEAST_ROUND_MS = 6_000;

/**
 * How long until a unit's next round begins: at once where the one of now was not yet held and enough of it is left, as
 * after a restart or when the unit comes from another edge; else until the next one's beginning. `last` is the unit's round
 * held last: a wall clock that is set back holds none twice.
 */
export function nextRoundIn(now: number, intervalMs: number, last: number | null): number {
  const slot = slotOf(now, intervalMs);
  const left = slot + intervalMs - now;
  if (last === null || slot > last) return left >= Math.min(LEAST_ROUND_MS, intervalMs / 2) ? 0 : left;
  return Math.min(last + intervalMs - now, 2 * intervalMs);
}

/** A figure in [0, 1) that stays the same for a unit: what spreads units over time. */
export const shareOf = (unitId: string): number => createHash("sha1").update(unitId).digest().readUInt32BE(0) / 2 ** 32;

/** Whether a unit's slow look is in this round: each has its turn, all of them in SLOW_EVERY_MS. */
export function isSlowRound(share: number, { at, intervalMs }: Pick<RoundTimes, "at" | "intervalMs">): boolean {
  const rounds = Math.max(1, Math.round(SLOW_EVERY_MS / intervalMs));
  return Math.round(at / intervalMs) % rounds === Math.floor(share * rounds);
}

/** When in what is left of a round at `from` a unit's slow look or probe begins: spread, and early enough to be over in time. */
export function lateStart({ end }: Pick<RoundTimes, "end">, from: number, share: number, neededMs: number): number {
  return from + share * Math.max(0, end - from - neededMs);
}

/** When the last try ended, and until when the controller is left alone because it may work on it still; 0 for no such time. */
export type Try = { endedAt: number; restsUntil: number };

/**
 * Until when a controller that took a request and stayed silent is left alone: asked again at once it would have two
 * requests on its hands, and its PLC would answer neither. Some take eight seconds over one.
 */
export const restAfter = (askedAt: number, endedAt: number): number => Math.max(askedAt + 9_000, endedAt + 6_000);

/** When a unit may be tried again. */
export const retryAt = ({ endedAt, restsUntil }: Try, attempt: number): number =>
  Math.max(restsUntil, endedAt + Math.min(4_000, 250 * 2 ** attempt));

/**
 * Three calls one after the other are answered within this, or hardly at all. A lease that has so much left is not outlasted by
 * what a controller does, and a slow look that has so much is not cut off, which would leave the controller busy.
 */
export const ENOUGH_MS = 5_000;

/**
 * How long a try that begins at `now` may take; null when that is too little to begin it. Under a lease it begins only when
 * the controller will be through with it before the lease ends, since whoever reads it then begins at once.
 */
export function tryMs(now: number, timeoutMs: number, until: number, leaseEnd: number): number | null {
  const ms = Math.min(timeoutMs, until - now);
  if (ms < Math.min(LEAST_TRY_MS, timeoutMs)) return null;
  return leaseEnd - now < Math.min(timeoutMs, ENOUGH_MS) ? null : Math.min(ms, leaseEnd - now);
}

/** When the next connect may begin, at `perSecond` of them: a switch answers only so many questions for unknown addresses. */
export function paced(now: number, last: number, perSecond: number): number {
  return Math.max(now, last + 1_000 / perSecond);
}
