import type { Clock } from "@banksman/kit";

/** Wall time that stands still until it is set; sleepers wake when told, as if their time had come. */
export class DrivenClock implements Clock {
  #now: number;
  #sleepers: (() => void)[] = [];

  /** `now` in Unix seconds. */
  constructor(now: number) {
    this.#now = now * 1_000;
  }

  now = (): number => this.#now;
  monotonic = (): number => performance.now();

  sleep = (_ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
      this.#sleepers.push(resolve);
    });

  /** Sets the wall clock, in Unix seconds. Nobody wakes. */
  set(now: number): void {
    this.#now = now * 1_000;
  }

  /** Wakes all who sleep, and lets them do what they woke for until they sleep again. */
  async wake(): Promise<void> {
    const sleepers = this.#sleepers;
    this.#sleepers = [];
    for (const wake of sleepers) wake();
    await new Promise((resolve) => setImmediate(resolve));
  }
}
