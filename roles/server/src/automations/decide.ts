import type { OnAlert } from "@banksman/wire/api";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** What to do about one miner whose alert is open. */
export type Verdict = { is: "order" } | { is: "wait"; untilMs: number } | { is: "stop" };

/**
 * Whether a miner gets its next try. `tries` are the times of all tries on it within a day, `sinceMs` when its alert began:
 * only tries since then count towards giving up.
 */
export function nextTry(
  { most_per_day, backoff_minutes, stop_after }: Pick<OnAlert, "most_per_day" | "backoff_minutes" | "stop_after">,
  tries: readonly number[],
  sinceMs: number,
  nowMs: number,
): Verdict {
  const ofAlert = tries.filter((at) => at >= sinceMs).length;
  if (ofAlert >= stop_after) return { is: "stop" };
  const today = tries.filter((at) => at > nowMs - DAY_MS).toSorted((a, b) => a - b);
  const oldest = today[today.length - most_per_day];
  if (oldest !== undefined) return { is: "wait", untilMs: oldest + DAY_MS };
  const last = today.at(-1);
  const minutes = backoff_minutes[Math.min(ofAlert, backoff_minutes.length) - 1] ?? 0;
  const due = (last ?? Number.NEGATIVE_INFINITY) + minutes * MINUTE_MS;
  return due > nowMs ? { is: "wait", untilMs: due } : { is: "order" };
}

/** A miner as curtailment sees it. */
export type Load = {
  miner_id: string;
  /** Null where it tells none: it can't be counted on, and is let be. */
  watts: number | null;
  hashrate_ghs: number | null;
  sleeps: boolean;
};

/** A miner that a plan put to sleep, and what it drew before. */
export type Held = { miner_id: string; watts: number; hashrate_ghs: number };

export type Step = { sleep: Held[]; wake: Held[]; watts: number };

const joulesPerTerahash = ({ watts, hashrate_ghs }: { watts: number; hashrate_ghs: number }): number =>
  (watts * 1_000) / hashrate_ghs;

/** A site draws a little more or less from minute to minute: who wakes for less would sleep again at once. */
const MARGIN = 0.02;

/**
 * The next step towards a limit: who sleeps, the least efficient first, or who wakes, the most efficient first. Without a
 * limit everybody wakes. At most `most` at once. Those held are counted as asleep, whatever they have told last. Those of
 * `resting` did not follow a while ago: they are passed over, so that they keep nobody else from their turn.
 */
export function nextStep(
  loads: readonly Load[],
  held: readonly Held[],
  limitWatts: number | null,
  most: number,
  resting: ReadonlySet<string> = new Set(),
): Step {
  const isHeld = new Set(held.map(({ miner_id }) => miner_id));
  const awake = loads.flatMap(({ miner_id, watts, hashrate_ghs, sleeps }) =>
    sleeps || isHeld.has(miner_id) || watts === null || hashrate_ghs === null || hashrate_ghs <= 0
      ? []
      : [{ miner_id, watts, hashrate_ghs }],
  );
  let watts = awake.reduce((sum, one) => sum + one.watts, 0);
  const step: Step = { sleep: [], wake: [], watts };
  const worstFirst = (a: Held, b: Held) =>
    joulesPerTerahash(b) - joulesPerTerahash(a) || (a.miner_id < b.miner_id ? -1 : 1);
  if (limitWatts !== null && watts > limitWatts) {
    for (const one of awake.toSorted(worstFirst)) {
      if (watts <= limitWatts || step.sleep.length >= most) break;
      if (resting.has(one.miner_id)) continue;
      step.sleep.push(one);
      watts -= one.watts;
    }
    return step;
  }
  const room = limitWatts === null ? Number.POSITIVE_INFINITY : limitWatts * (1 - MARGIN);
  for (const one of held.toSorted(worstFirst).reverse()) {
    if (resting.has(one.miner_id)) continue;
    if (step.wake.length >= most || watts + one.watts > room) break;
    step.wake.push(one);
    watts += one.watts;
  }
  return step;
}
