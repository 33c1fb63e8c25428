import type { Clock } from "./clock.ts";

export type Backoff = { firstMs: number; maxMs: number };

/**
 * The wait before attempt `attempt` (1 = first retry): doubles from `firstMs` to `maxMs`, with full jitter in its
 * upper half so that many clients cut off together do not come back together. `random` is in [0, 1).
 */
export function backoffMs({ firstMs, maxMs }: Backoff, attempt: number, random = Math.random()): number {
  const ceiling = Math.min(maxMs, firstMs * 2 ** Math.max(0, attempt - 1));
  return ceiling / 2 + (ceiling / 2) * random;
}

/** Runs `work` until it succeeds, `mayRetry` says no, or the signal aborts; throws the last error. */
export async function retrying<T>(
  work: (attempt: number) => Promise<T>,
  options: {
    clock: Clock;
    backoff: Backoff;
    attempts: number;
    mayRetry: (error: unknown) => boolean;
    signal?: AbortSignal;
  },
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work(attempt);
    } catch (error) {
      if (attempt >= options.attempts || !options.mayRetry(error)) throw error;
      await options.clock.sleep(backoffMs(options.backoff, attempt), options.signal);
    }
  }
}
