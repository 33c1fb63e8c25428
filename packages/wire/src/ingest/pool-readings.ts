import { z } from "zod";

/** Rows of one upload, at most. */
export const POOL_READINGS_MAX_ROWS = 5_000;

const sum = z.number().nonnegative();

/**
 * What one user (or with `puid` 0 the whole pool) did in one minute, as far as one partition of the share log tells.
 * Sums are of share difficulty. A row sent again replaces the former one where it holds more.
 */
export const PoolMinute = z.object({
  /** Start of the minute. */
  at: z.iso.datetime(),
  partition: z.int().min(0).max(1_000_000),
  puid: z.int().min(-2_147_483_648).max(2_147_483_647),
  accepted: sum,
  stale: sum,
  rejected: sum,
  /** Accepted shares. */
  shares: z.int().nonnegative(),
});
export type PoolMinute = z.infer<typeof PoolMinute>;

export const PoolName = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[A-Za-z0-9._-]+$/, "letters, digits and . _ - only");

/** Minute sums of a pool, from pool-stats to the server. */
export const PoolReadings = z.object({
  version: z.literal(1),
  pool: PoolName,
  minutes: z.array(PoolMinute).max(POOL_READINGS_MAX_ROWS),
});
export type PoolReadings = z.infer<typeof PoolReadings>;
