import type { Clock } from "@banksman/kit";

/** A wall clock that steps back by more than this is noticed, and one that runs ahead is followed at once. */
const STEP_MS = 1_000;
/** How fast the corrected clock gives way to a wall clock that was set back: it runs at half speed until they agree. */
const GIVE_WAY = 0.5;

/**
 * Wall time that never goes back: order and file names stay right when someone sets the machine's clock. Forward steps
 * are taken at once, backward steps are waited for at half speed. `check` compares with the machine's clock.
 */
export class MonotonicWall {
  readonly #clock: Clock;
  #offset: number;
  #checkedAt: number;
  #behind = 0;
  /** Steps of the machine's clock seen so far. */
  steps = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#checkedAt = clock.monotonic();
    this.#offset = clock.now() - this.#checkedAt;
  }

  /** Milliseconds since 1970 with a fraction, never falling. */
  now(): number {
    const monotonic = this.#clock.monotonic();
    const slowed = this.#behind > 0 ? Math.min(this.#behind, (monotonic - this.#checkedAt) * GIVE_WAY) : 0;
    return this.#offset + monotonic - slowed;
  }

  /** To be called about once a second. */
  check(): void {
    const shown = this.now();
    const monotonic = this.#clock.monotonic();
    const ahead = shown - this.#clock.now();
    if (Math.abs(ahead) > STEP_MS && Math.abs(ahead - this.#behind) > STEP_MS) this.steps++;
    this.#checkedAt = monotonic;
    this.#offset = shown - monotonic;
    this.#behind = Math.max(0, ahead);
    if (ahead < 0) this.#offset -= ahead;
  }
}
