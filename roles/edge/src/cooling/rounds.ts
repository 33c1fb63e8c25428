import type { CoolingFamily } from "@banksman/devices";
import type { Clock, Log } from "@banksman/kit";
import { freshState, type Held, holdRound, type RoundPart, type RoundParts, type UnitState } from "./round.ts";
import { nextRoundIn, roundTimes } from "./schedule.ts";
import type { Turns } from "./turns.ts";
import { type CoolingUnit, unitId } from "./units.ts";

export type RoundsOptions = {
  /** What this edge reads now: its own units, or those it has leased. */
  helds: () => readonly Held[];
  turns: Turns;
  /** Takes what a round gave; on disk when it resolves. */
  onPart: (part: RoundPart) => Promise<void> | void;
  clock: Clock;
  log: Log;
  families: readonly CoolingFamily[];
};

/** Without a unit there is no next round; a lease that comes wakes earlier. */
const IDLE_MS = 60_000;
/** Waking a little early must not find the round of before. */
const AFTER_MS = 5;

/** Holds the rounds of all units, each at its own interval, until the signal aborts. */
export class Rounds {
  readonly #options: RoundsOptions;
  readonly #states = new Map<string, UnitState>();
  readonly #running = new Set<string>();
  #bell = Promise.withResolvers<void>();

  constructor(options: RoundsOptions) {
    this.#options = options;
  }

  /** Units came or went. */
  changed(): void {
    this.#bell.resolve();
  }

  /** How many units' breakers are in which state, for metrics. */
  breakers(): Record<UnitState["breaker"]["is"], number> {
    const counts = { closed: 0, open: 0, half_open: 0 };
    for (const { unit } of this.#options.helds()) counts[this.#stateOf(unit).breaker.is]++;
    return counts;
  }

  /** Whether a unit's controller is through with the last thing it was asked. */
  isSettled(unit: CoolingUnit): boolean {
    return this.#stateOf(unit).lastTry === null;
  }

  /** Whose controller a unit has, once that is known. */
  familyOf(unit: CoolingUnit): CoolingFamily | null {
    return this.#stateOf(unit).family;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const rounds = new Set<Promise<void>>();
    while (!signal.aborted) {
      this.#bell = Promise.withResolvers();
      for (const group of this.#due()) {
        const round = this.#hold(group, signal).finally(() => rounds.delete(round));
        rounds.add(round);
      }
      this.#forget();
      await Promise.race([this.#bell.promise, clock.sleep(this.#idleMs(), signal).catch(() => undefined)]);
    }
    await Promise.all(rounds);
  }

  #waitOf({ unit }: Held): number {
    return nextRoundIn(this.#options.clock.now(), unit.interval_s * 1_000, this.#stateOf(unit).lastRound);
  }

  /** Units whose round is due, by their interval. */
  #due(): Held[][] {
    const due = this.#options
      .helds()
      .filter((held) => !this.#running.has(unitId(held.unit)) && this.#waitOf(held) <= 0);
    return [...Map.groupBy(due, ({ unit }) => unit.interval_s).values()];
  }

  #idleMs(): number {
    const waits = this.#options
      .helds()
      .filter(({ unit }) => !this.#running.has(unitId(unit)))
      .map((held) => this.#waitOf(held));
    return (
      Math.max(
        0,
        waits.reduce((least, one) => Math.min(least, one), IDLE_MS),
      ) + AFTER_MS
    );
  }

  async #hold(group: readonly Held[], signal: AbortSignal): Promise<void> {
    const { clock, log, turns, onPart, families } = this.#options;
    const intervalMs = (group[0]?.unit.interval_s ?? 0) * 1_000;
    const times = roundTimes(clock.now(), clock.monotonic(), intervalMs);
    const parts: RoundParts = {
      turns,
      clock,
      signal,
      log,
      stateOf: (unit) => this.#stateOf(unit),
      families,
    };
    for (const { unit } of group) this.#running.add(unitId(unit));
    try {
      await holdRound(group, times, parts, onPart);
    } finally {
      for (const { unit } of group) this.#running.delete(unitId(unit));
      this.changed();
    }
  }

  #stateOf(unit: CoolingUnit): UnitState {
    const id = unitId(unit);
    const known = this.#states.get(id);
    // That the server has learnt what was found out here changes nothing.
    if (known && (known.driver === unit.driver || known.family?.id === unit.driver)) return known;
    const { families } = this.#options;
    const family = families.find(({ id: driver }) => driver === unit.driver) ?? null;
    const fresh = { ...freshState(unit.driver, family), lastRound: known?.lastRound ?? null };
    this.#states.set(id, fresh);
    return fresh;
  }

  /** What was known of a unit that somebody else reads now is old when it comes back. */
  #forget(): void {
    const held = new Set(this.#options.helds().map(({ unit }) => unitId(unit)));
    for (const id of this.#states.keys()) if (!held.has(id)) this.#states.delete(id);
  }
}
