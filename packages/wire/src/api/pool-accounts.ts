import { z } from "zod";
import { PoolAccountReadings } from "../ingest/pool-account-readings.ts";
import { defineRoute, reply } from "./route.ts";

/**
 * What a worker's pool and its devices say together:
 * `matching` both hash alike; `below_device` the pool counts less than the devices claim (rejects, stale shares, a fee
 * in the firmware, skimming); `above_device` it counts more (somebody else works under that name); `pool_silent` the
 * devices hash and the pool sees nothing (another pool, another worker, a hijack, a dead relay); `device_silent` the pool
 * sees shares while the devices are silent; `both_silent`; `unregistered` no miner has this worker name; `ambiguous` its
 * name fits several; `unsure` too short a time, or a figure is missing.
 */
export const Verdict = z.enum([
  "pool_silent",
  "device_silent",
  "below_device",
  "above_device",
  "unregistered",
  "ambiguous",
  "both_silent",
  "unsure",
  "matching",
]);
export type Verdict = z.infer<typeof Verdict>;

export const PoolAccount = z.object({
  account_no: z.int(),
  site_id: z.string(),
  pool: z.string(),
  coin: z.string(),
  account: z.string(),
  /** Who reads it: this server, or a pool-watch elsewhere. */
  source: z.enum(["server", "pool-watch"]),
  api_base: z.string().nullable(),
  /** The key's ends; null when the account has none. */
  key_hint: z.string().nullable(),
  read_at: z.iso.datetime().nullable(),
  hashrate_hs: z.number().nullable(),
  /** The same workers as their devices tell, mean of the last hour. */
  device_hashrate_hs: z.number().nullable(),
  workers: z.int(),
  workers_online: z.int(),
  workers_offline: z.int(),
  /** Weighed by hashrate, 0 to 1. */
  reject_share: z.number().nullable(),
  verdicts: z.partialRecord(Verdict, z.int()),
  /** Reads in a row that failed, and why the last one did. */
  failures: z.int(),
  trouble: z.string().nullable(),
  /** The pool lists more workers than are read. */
  truncated: z.boolean(),
});
export type PoolAccount = z.infer<typeof PoolAccount>;

export const ReconciledWorker = z.object({
  worker: z.string(),
  miner_ids: z.array(z.string()),
  verdict: Verdict,
  /** Mean of the last hour where the pool tells one, else its hashrate of now. */
  pool_hs: z.number().nullable(),
  device_hs: z.number().nullable(),
  /** (pool − device) ÷ device. */
  difference: z.number().nullable(),
  last_share_at: z.iso.datetime().nullable(),
  state: z.string().nullable(),
  reject_share: z.number().nullable(),
  source_ip: z.string().nullable(),
  /** Its shares come from another address than most of the account's. */
  is_elsewhere: z.boolean(),
});
export type ReconciledWorker = z.infer<typeof ReconciledWorker>;

/** A pool that accounts can be read from. */
export const PoolChoice = z.object({
  pool: z.string(),
  title: z.string(),
  key: z.enum(["none", "optional", "required"]),
  key_form: z.string().nullable(),
});

const ByNumber = z.object({ account_no: z.coerce.number().int() });

export const ListPoolAccounts = defineRoute({
  method: "GET",
  path: "/pool-accounts",
  summary: "Accounts at third-party pools with their newest figures, and the pools there are",
  needs: "pool.read",
  at: "anywhere",
  query: z.object({ site_id: z.string().optional() }),
  reply: reply(z.object({ accounts: z.array(PoolAccount), pools: z.array(PoolChoice) })),
});

export const AddPoolAccount = defineRoute({
  method: "POST",
  path: "/pool-accounts",
  summary: "Adds an account that this server reads every two minutes; its key is kept sealed and never shown again",
  needs: "pool.manage",
  at: "anywhere",
  body: z.object({
    site_id: z.string().min(1),
    pool: z.string().min(1).max(60),
    coin: z.string().trim().min(1).max(60).default("bitcoin"),
    account: z.string().trim().min(1).max(200),
    api_base: z.url("an address such as https://api.f2pool.com").optional(),
    api_key: z.string().min(1).max(1_000).meta({ writeOnly: true }).optional(),
  }),
  reply: reply(PoolAccount),
});

export const RemovePoolAccount = defineRoute({
  method: "DELETE",
  path: "/pool-accounts/:account_no",
  summary: "Forgets an account with its history",
  needs: "pool.manage",
  at: "anywhere",
  params: ByNumber,
  reply: reply(z.object({ account_no: z.int() })),
});

export const ReadPoolAccount = defineRoute({
  method: "POST",
  path: "/pool-accounts/:account_no/read",
  summary: "Reads an account of this server now; the reply says what the pool answered or refused",
  needs: "pool.manage",
  action: "pool-accounts.read",
  at: "anywhere",
  params: ByNumber,
  reply: reply(PoolAccount),
});

export const GetPoolAccount = defineRoute({
  method: "GET",
  path: "/pool-accounts/:account_no",
  summary: "One account with each worker's pool-side and device-side hashrate, the worst verdict first",
  needs: "pool.read",
  at: "anywhere",
  params: ByNumber,
  query: z.object({
    verdict: Verdict.optional(),
    q: z.string().max(100).optional(),
    page: z.coerce.number().int().min(1).default(1),
    per_page: z.coerce.number().int().min(1).max(1_000).default(100),
  }),
  reply: reply(z.object({ account: PoolAccount, workers: z.array(ReconciledWorker), total: z.int() })),
});

export const GetPoolAccountHistory = defineRoute({
  method: "GET",
  path: "/pool-accounts/:account_no/history",
  summary: "Pool-side and device-side hashrate over time, of the account or of one worker (by the hour); gaps as null",
  needs: "pool.read",
  at: "anywhere",
  params: ByNumber,
  query: z.object({
    hours: z.coerce.number().int().min(1).max(2_160).default(24),
    worker: z.string().max(300).optional(),
  }),
  reply: reply(
    z.object({
      resolution_seconds: z.int(),
      points: z.array(
        z.object({ at: z.iso.datetime(), pool_hs: z.number().nullable(), device_hs: z.number().nullable() }),
      ),
    }),
  ),
});

export const PostPoolAccountReadings = defineRoute({
  method: "POST",
  path: "/collector/pool-accounts",
  summary: "What a pool-watch elsewhere read, for the site of its collector key; sent again it changes nothing",
  needs: "reading.upload",
  audited: false,
  at: "anywhere",
  body: PoolAccountReadings,
  /** The most workers that a report may hold are some 6 MB. */
  max_body_bytes: 16 * 1024 * 1024,
  reply: reply(z.object({ stored: z.int() })),
});
