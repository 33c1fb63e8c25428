import type { CoolingFamily } from "@banksman/devices";
import { type Log, messageOf } from "@banksman/kit";
import type { CoolingFailure, CoolingReading, CoolingRound } from "@banksman/wire/ingest";
import { afterRound, type Breaker, CLOSED, probing } from "./breaker.ts";
import { type Look, type LookLimits, type LookParts, lookAt } from "./look.ts";
import { type Kept, merge, NOTHING } from "./merge.ts";
import {
  ENOUGH_MS,
  isSlowRound,
  lateStart,
  type RoundTimes,
  retryAt,
  SLOW_LOOK_MS,
  shareOf,
  type Try,
  tryMs,
} from "./schedule.ts";
import { type CoolingUnit, deviceOf, unitId } from "./units.ts";

/** A unit that this edge reads; `until`, in ms of the monotonic clock, may move on while its lease is renewed. */
export type Held = { unit: CoolingUnit; until: () => number };

/** What the edge knows of a unit from earlier rounds. */
export type UnitState = {
  breaker: Breaker;
  /** As it was named when this began; null where it is to be found out. */
  driver: string | null;
  /** Null until it is found out whose it is, or where this edge has no such driver. */
  family: CoolingFamily | null;
  kept: Kept;
  lastTry: Try | null;
  /** The round it took part in last. */
  lastRound: number | null;
};

export const freshState = (driver: string | null, family: CoolingFamily | null): UnitState => ({
  breaker: CLOSED,
  driver,
  family,
  kept: NOTHING,
  lastTry: null,
  lastRound: null,
});

export type RoundParts = LookParts & { log: Log; stateOf: (unit: CoolingUnit) => UnitState; random?: () => number };

/** What goes up of a round at one of its two ends. */
export type RoundPart = { rounds: CoolingRound[]; readings: CoolingReading[]; failures: CoolingFailure[] };

/** Where a unit stands when the fast lane ends. `next`: when it may be tried again. */
type AfterFast = { is: "done" } | { is: "deferred"; tries: number; next: number; last: Failure | null } | Failure;
type Failure = { is: "failed"; look: Extract<Look, { is: "failure" }> };

/**
 * One round over units: the fast lane asks all of them at once and waits for none beyond its end; afterwards come, spread
 * over the rest of the interval, those that were put off, probes of those whose breaker is open, and slow looks. `onPart` is
 * called at the end of each of the two, and each unit has one reading or one failure in the end.
 */
export async function holdRound(
  helds: readonly Held[],
  times: RoundTimes,
  parts: RoundParts,
  onPart: (part: RoundPart) => Promise<void> | void,
): Promise<void> {
  const round = new Round(times, parts);
  const after = await Promise.all(helds.map((held) => round.guarded(held, () => round.fast(held))));
  const count = (is: AfterFast["is"]) => after.filter((one) => one.is === is).length;
  const summary: CoolingRound = {
    round_at: round.at,
    duration_ms: Math.round(parts.clock.monotonic() - times.began),
    done: count("done"),
    deferred: count("deferred"),
    failed: count("failed"),
  };
  // Of a round that was cut short only what was read is true.
  await onPart({ rounds: parts.signal.aborted ? [] : [summary], ...round.handOver() });
  await Promise.all(
    helds.map((held, i) => {
      const one = after[i];
      return one && round.guarded(held, () => round.late(held, one));
    }),
  );
  round.tellMissing(helds);
  await onPart({ rounds: [], ...round.handOver() });
}

class Round {
  readonly at: string;
  readonly #times: RoundTimes;
  readonly #parts: RoundParts;
  readonly #settled = new Set<string>();
  #readings: CoolingReading[] = [];
  #failures: CoolingFailure[] = [];

  constructor(times: RoundTimes, parts: RoundParts) {
    this.at = new Date(times.at).toISOString();
    this.#times = times;
    this.#parts = parts;
  }

  handOver(): Pick<RoundPart, "readings" | "failures"> {
    const told = { readings: this.#readings, failures: this.#failures };
    this.#readings = [];
    this.#failures = [];
    return told;
  }

  /** A mistake of ours with one unit costs the others nothing. */
  async guarded<T>({ unit }: Held, work: () => Promise<T>): Promise<T | Failure> {
    try {
      return await work();
    } catch (error) {
      this.#parts.log.error({ err: error, unit: unitId(unit) }, `reading a cooling unit failed: ${messageOf(error)}`);
      return { is: "failed", look: { is: "failure", code: "edge_failed", reason: messageOf(error), how: "failed" } };
    }
  }

  async fast(held: Held): Promise<AfterFast> {
    const { clock, stateOf } = this.#parts;
    const { unit } = held;
    const state = stateOf(unit);
    state.lastRound = this.#times.at;
    const next = state.lastTry ? retryAt(state.lastTry, 0) : 0;
    if (state.driver !== null && !state.family) return noDriver(state.driver);
    if (state.breaker.is === "open" || !state.family) return { is: "deferred", tries: 0, next, last: null };
    return this.#tries(
      held,
      { tries: 0, next: Math.max(next, clock.monotonic()), last: null },
      this.#times.fastEnd,
      "fast",
    );
  }

  /** Tries until one is answered, all are used up, or `end` is too near for one more. */
  async #tries(
    held: Held,
    { tries, next, last }: Omit<Extract<AfterFast, { is: "deferred" }>, "is">,
    end: number,
    lane: "fast" | "retry",
  ): Promise<AfterFast> {
    const { unit, until } = held;
    const { clock, stateOf } = this.#parts;
    const state = stateOf(unit);
    const timeoutMs = Math.max(unit.timeout_ms, state.family?.patienceMs ?? 0);
    const msAt = (now: number) => tryMs(now, timeoutMs, end, until());
    for (;;) {
      // The lease is renewed while it is waited: it is asked about when the try begins.
      const hasRoom = tryMs(Math.max(next, clock.monotonic()), timeoutMs, end, Number.POSITIVE_INFINITY) !== null;
      if (!hasRoom || !(await this.#wait(next)) || msAt(clock.monotonic()) === null)
        return { is: "deferred", tries, next, last };
      const look = await this.#look(held, state, { lane: "fast", until: end, ms: () => msAt(clock.monotonic()) });
      if (look.is === "answer") {
        this.#take(unit, state, look, lane);
        return { is: "done" };
      }
      last = { is: "failed", look };
      if (++tries > unit.retries) return last;
      next = retryAt(state.lastTry ?? { endedAt: clock.monotonic(), restsUntil: 0 }, tries);
    }
  }

  async late(held: Held, after: AfterFast): Promise<void> {
    if (after.is === "done") return this.#slow(held);
    const result = after.is === "failed" ? after : await this.#again(held, after);
    if (result.is === "done" || this.#parts.signal.aborted) return;
    // Whose lease is over is read by another edge by now: nothing is known of it here.
    if (held.until() <= this.#parts.clock.monotonic()) return;
    this.#fail(held.unit, result.is === "failed" ? result : result.last);
  }

  async #again(held: Held, deferred: Extract<AfterFast, { is: "deferred" }>): Promise<AfterFast> {
    const { stateOf, random = Math.random } = this.#parts;
    const { unit } = held;
    const state = stateOf(unit);
    const { end } = this.#times;
    if (!state.family) return this.#identify(held, state, deferred.next);
    if (state.breaker.is !== "open") return this.#tries(held, deferred, end, "retry");
    state.breaker = probing(state.breaker);
    const next = Math.max(
      deferred.next,
      lateStart(this.#times, this.#parts.clock.monotonic(), random(), unit.timeout_ms),
    );
    // One try only, whatever the unit's retries are.
    return this.#tries({ ...held, unit: { ...unit, retries: 0 } }, { ...deferred, next }, end, "retry");
  }

  async #identify(held: Held, state: UnitState, next: number): Promise<AfterFast> {
    const { random = Math.random, clock } = this.#parts;
    const { unit, until } = held;
    const isOpen = state.breaker.is === "open";
    if (isOpen) state.breaker = probing(state.breaker);
    // The first time nobody waits for: a unit that has just been named is to be seen.
    const start = isOpen ? lateStart(this.#times, clock.monotonic(), random(), SLOW_LOOK_MS) : 0;
    const deferred = { is: "deferred" as const, tries: 0, next, last: null };
    if (!(await this.#wait(Math.max(next, start)))) return deferred;
    const { end } = this.#times;
    const ms = () => tryMs(clock.monotonic(), SLOW_LOOK_MS, end, until());
    const look = await this.#look(held, state, { lane: "fast", until: end, ms });
    if (look.is === "failure") return { is: "failed", look };
    this.#take(unit, state, look, "retry");
    return { is: "done" };
  }

  /** What takes the controller longer, at the unit's own place in its own round. */
  async #slow(held: Held): Promise<void> {
    const { clock, stateOf } = this.#parts;
    const { unit, until } = held;
    const state = stateOf(unit);
    const share = shareOf(unitId(unit));
    // The first look does not wait for its round where this one has the room to spread them all.
    const { end } = this.#times;
    const now = clock.monotonic();
    const isFirst = state.kept.slowAt === null && end - now >= 2 * SLOW_LOOK_MS;
    if (!isFirst && !isSlowRound(share, this.#times)) return;
    if (!(await this.#wait(lateStart(this.#times, now, share, SLOW_LOOK_MS)))) return;
    const ms = () => {
      const at = clock.monotonic();
      return end - at < ENOUGH_MS ? null : tryMs(at, SLOW_LOOK_MS, end, until());
    };
    const look = await this.#look(held, state, { lane: "slow", until: end, ms });
    if (look.is === "answer") this.#take(unit, state, look, "slow");
  }

  async #look({ unit }: Held, state: UnitState, limits: LookLimits): Promise<Look> {
    const { clock, turns } = this.#parts;
    const look = await lookAt(unit, state.family, limits, this.#parts);
    const restsUntil = state.family ? turns.restsUntil(deviceOf(unit, state.family)) : 0;
    state.lastTry = look.is === "answer" ? null : { endedAt: clock.monotonic(), restsUntil };
    return look;
  }

  #take(
    unit: CoolingUnit,
    state: UnitState,
    look: Extract<Look, { is: "answer" }>,
    lane: CoolingReading["lane"],
  ): void {
    state.family ??= look.family;
    state.breaker = CLOSED;
    const { record, kept } = merge(state.kept, look.record, lane === "slow" ? "slow" : "fast", unit.interval_s * 1_000);
    state.kept = kept;
    const { site_id, host } = unit;
    this.#readings.push({ site_id, host, round_at: this.at, lane, record });
    this.#settled.add(unitId(unit));
  }

  #fail(unit: CoolingUnit, failure: Failure | null): void {
    const { stateOf } = this.#parts;
    const state = stateOf(unit);
    const { code, reason, how } = failure?.look ?? NO_TIME;
    // That somebody else had the device says nothing of it.
    if (how !== "busy") state.breaker = afterRound(state.breaker, false);
    else if (state.breaker.is === "half_open") state.breaker = { ...state.breaker, is: "open" };
    const { site_id, host } = unit;
    this.#failures.push({
      site_id,
      host,
      round_at: this.at,
      code: code.slice(0, 64),
      reason: reason.slice(0, 1_000),
      breaker: state.breaker.is,
    });
    this.#settled.add(unitId(unit));
  }

  /** Every unit has a reading or a failure of its round; one that has neither is a mistake of ours, and is told. */
  tellMissing(helds: readonly Held[]): void {
    const { signal, clock, log } = this.#parts;
    if (signal.aborted) return;
    const missing = helds.filter(({ unit, until }) => !this.#settled.has(unitId(unit)) && until() > clock.monotonic());
    if (missing.length === 0) return;
    log.error(
      { unit: missing.map(({ unit }) => unitId(unit)) },
      `${missing.length} cooling units are missing in a round`,
    );
    for (const { unit } of missing) this.#fail(unit, null);
  }

  /** True when the time came before the edge stopped. */
  async #wait(until: number): Promise<boolean> {
    const { clock, signal } = this.#parts;
    const ms = until - clock.monotonic();
    if (ms > 0) await clock.sleep(ms, signal).catch(() => undefined);
    return !signal.aborted;
  }
}

const noDriver = (driver: string): Failure => {
  const reason = `this edge has no driver "${driver}"`;
  return { is: "failed", look: { is: "failure", code: "no_driver", reason, how: "failed" } };
};

const NO_TIME: Failure["look"] = {
  is: "failure",
  code: "no_time",
  reason: "the round was over before it could be asked",
  how: "busy",
};
