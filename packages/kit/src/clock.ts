import { performance } from "node:perf_hooks";
import { setTimeout as sleepTimer } from "node:timers/promises";

/** Time as a dependency, so that tests can drive an hour in a millisecond. */
export type Clock = {
  /** Wall time in ms since the epoch; can jump. */
  now: () => number;
  /** Milliseconds that never go backwards; for measuring durations. */
  monotonic: () => number;
  /** Resolves after `ms`, or rejects with the signal's reason when aborted. */
  sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
};

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: async (ms, signal) => {
    await sleepTimer(ms, undefined, signal ? { signal } : {});
  },
};

type Sleeper = { due: number; wake: () => void };

/** A clock that stands still until `advance` is called; sleepers wake in the order of their due times. */
export class VirtualClock implements Clock {
  #now: number;
  readonly #start: number;
  #sleepers: Sleeper[] = [];

  constructor(startMs = Date.UTC(2026, 0, 1)) {
    this.#now = startMs;
    this.#start = startMs;
  }

  now = (): number => this.#now;
  monotonic = (): number => this.#now - this.#start;

  sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const abort = () => {
        this.#sleepers = this.#sleepers.filter((s) => s !== sleeper);
        reject(signal?.reason);
      };
      const sleeper: Sleeper = {
        due: this.#now + Math.max(0, ms),
        wake: () => {
          signal?.removeEventListener("abort", abort);
          resolve();
        },
      };
      signal?.addEventListener("abort", abort, { once: true });
      this.#sleepers.push(sleeper);
    });

  /** How many are asleep: what a test waits for before it advances. */
  get sleeping(): number {
    return this.#sleepers.length;
  }

  /** Moves time on, waking each sleeper at its own moment and letting it run before the next one. */
  async advance(ms: number): Promise<void> {
    const target = this.#now + ms;
    for (;;) {
      await settle();
      const next = this.#sleepers.filter((s) => s.due <= target).sort((a, b) => a.due - b.due)[0];
      if (!next) break;
      this.#now = next.due;
      this.#sleepers = this.#sleepers.filter((s) => s !== next);
      next.wake();
    }
    this.#now = target;
    await settle();
  }
}

/** Lets everything that is ready run, including what waits on a few ticks of I/O. */
async function settle(): Promise<void> {
  for (let i = 0; i < 4; i++) await new Promise((resolve) => setImmediate(resolve));
}
