import { z } from "zod";

/** Workers of one account in one report; a longer list is cut by who sends it, and says so. */
export const POOL_ACCOUNT_MAX_WORKERS = 20_000;

const Hashrate = z.number().nonnegative().nullable();
const AccountName = z.string().min(1).max(200);

/** One worker as its pool tells it; hashrates in H/s, times in UTC, what the pool does not say is null. */
export const PoolAccountWorker = z.object({
  name: z.string().max(300),
  hashrate_hs: Hashrate,
  /** Mean of the last hour. */
  hashrate_1h_hs: Hashrate,
  last_share_at: z.iso.datetime().nullable(),
  /** The pool's own word. */
  state: z.string().max(60).nullable(),
  /** 0 to 1. */
  reject_share: z.number().nullable(),
  source_ip: z.string().max(100).nullable(),
});
export type PoolAccountWorker = z.infer<typeof PoolAccountWorker>;

const Account = z.object({ pool: z.string().min(1).max(60), coin: z.string().min(1).max(60), account: AccountName });

/** An account as its pool showed it at one moment. */
export const PoolAccountReading = Account.extend({
  at: z.iso.datetime(),
  clock_skew_ms: z.number().nullable(),
  hashrate_hs: Hashrate,
  workers: z.array(PoolAccountWorker).max(POOL_ACCOUNT_MAX_WORKERS),
  truncated: z.boolean(),
});
export type PoolAccountReading = z.infer<typeof PoolAccountReading>;

/** An account that could not be read. */
export const PoolAccountFailure = Account.extend({
  at: z.iso.datetime(),
  /** Checks in a row that failed, this one included. */
  failures: z.int().positive(),
  reason: z.string().max(1_000),
});
export type PoolAccountFailure = z.infer<typeof PoolAccountFailure>;

/** What one check of pool-watch found, from pool-watch to the server. */
export const PoolAccountReadings = z.object({
  version: z.literal(1),
  readings: z.array(PoolAccountReading).max(50),
  failures: z.array(PoolAccountFailure).max(50).default([]),
});
export type PoolAccountReadings = z.infer<typeof PoolAccountReadings>;
