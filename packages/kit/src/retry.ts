export type Backoff = { firstMs: number; maxMs: number };

/**
 * The wait before attempt `attempt` (1 = first retry): doubles from `firstMs` to `maxMs`, with full jitter in its
 * upper half so that many clients cut off together do not come back together. `random` is in [0, 1).
 */
export function backoffMs({ firstMs, maxMs }: Backoff, attempt: number, random = Math.random()): number {
  const ceiling = Math.min(maxMs, firstMs * 2 ** Math.max(0, attempt - 1));
  return ceiling / 2 + (ceiling / 2) * random;
}
