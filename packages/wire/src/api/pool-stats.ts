import { z } from "zod";
import { PoolName, PoolReadings } from "../ingest/pool-readings.ts";
import { defineRoute, reply } from "./route.ts";

/** A 64-bit number as decimal text: no JavaScript number holds it. */
const Wide = z.string().regex(/^-?\d+$/);
const UserId = z.string().regex(/^-?\d{1,11}$/, "a user's number");
const WorkerId = z.string().regex(/^-?\d{1,19}$/, "a worker's 64-bit number");
const time = z.iso.datetime();
const nullable = z.number().nullable();

export const PoolWindow = z.enum(["1m", "5m", "15m", "1h"]);
export type PoolWindow = z.infer<typeof PoolWindow>;

/** Sums of share difficulty over one window; null where this generation of figures has no such window. */
export const PoolWindowFigures = z.object({
  window: PoolWindow,
  seconds: z.int(),
  /** Seconds of the window in which this object is known; at least 60 are reckoned with. */
  covered_seconds: z.int(),
  /** Accepted difficulty × 2^32 over the seconds covered. */
  hashrate_hs: nullable,
  accepted: Wide.nullable(),
  stale: Wide.nullable(),
  rejected: Wide.nullable(),
  /** (stale + rejected) of all difficulty, 0 to 1. */
  reject_share: nullable,
});
export type PoolWindowFigures = z.infer<typeof PoolWindowFigures>;

/** Difficulty rejected for one reason. */
export const RejectReasonFigures = z.object({ status: z.int(), reason: z.string(), m15: Wide, h1: Wide });

const Figures = z.object({
  windows: z.array(PoolWindowFigures),
  /** Accepted shares since the object came to life in this process. */
  accept_count: z.int(),
  last_share_at: time.nullable(),
  last_share_ip: z.string().nullable(),
});

export const PoolTotals = Figures.extend({
  at: time,
  /** False while the share log is read up to its end: figures still grow. */
  caught_up: z.boolean(),
  workers: z.int(),
  users: z.int(),
  reject_reasons: z.array(RejectReasonFigures),
  /** Messages not yet read, of all partitions; null while the brokers are away. */
  lag: z.int().nullable(),
  /** Messages that were not counted since the start, by reason. */
  refused: z.record(z.string(), z.int()),
  last_flush_at: time.nullable(),
  /** Instances whose figures are in this reply. */
  instances: z.int(),
});
export type PoolTotals = z.infer<typeof PoolTotals>;

export const PoolUser = Figures.extend({ puid: UserId, workers: z.int() });
export type PoolUser = z.infer<typeof PoolUser>;

export const PoolWorker = Figures.extend({
  puid: UserId,
  worker_id: WorkerId,
  /** As the pool's events told; null where none did. */
  worker_name: z.string().nullable(),
  miner_agent: z.string().nullable(),
});
export type PoolWorker = z.infer<typeof PoolWorker>;

const Page = z.object({
  page: z.coerce.number().int().min(1).max(1_000_000).default(1),
  per_page: z.coerce.number().int().min(1).max(500).default(50),
  order: z.enum(["asc", "desc"]).default("desc"),
});
const Paged = z.object({ page: z.int(), per_page: z.int(), total: z.int(), pages: z.int() });

export const PoolUserSort = z.enum(["hashrate", "workers", "reject_share", "last_share", "puid"]);
export type PoolUserSort = z.infer<typeof PoolUserSort>;
export const PoolWorkerSort = z.enum(["hashrate", "reject_share", "last_share", "worker_id"]);
export type PoolWorkerSort = z.infer<typeof PoolWorkerSort>;

export const GetPool = defineRoute({
  method: "GET",
  path: "/pool-stats/v1/pool",
  summary: "The pool: hashrate by window, workers, users, rejects, and how far the share log has been read",
  needs: "pool.read",
  reply: reply(PoolTotals),
});

export const ListPoolUsers = defineRoute({
  method: "GET",
  path: "/pool-stats/v1/users",
  summary: "Users with live workers, sorted, paged",
  needs: "pool.read",
  query: Page.extend({ sort: PoolUserSort.default("hashrate") }),
  reply: reply(z.object({ at: time, users: z.array(PoolUser), pagination: Paged })),
});

export const GetPoolUser = defineRoute({
  method: "GET",
  path: "/pool-stats/v1/users/:puid",
  summary: "One user's total",
  needs: "pool.read",
  params: z.object({ puid: UserId }),
  reply: reply(PoolUser.extend({ at: time, reject_reasons: z.array(RejectReasonFigures) })),
});

export const ListPoolWorkers = defineRoute({
  method: "GET",
  path: "/pool-stats/v1/users/:puid/workers",
  summary: "A user's live workers, sorted, paged",
  needs: "pool.read",
  params: z.object({ puid: UserId }),
  query: Page.extend({ sort: PoolWorkerSort.default("hashrate") }),
  reply: reply(z.object({ at: time, workers: z.array(PoolWorker), pagination: Paged })),
});

export const GetPoolWorker = defineRoute({
  method: "GET",
  path: "/pool-stats/v1/workers/:puid/:worker_id",
  summary: "One worker",
  needs: "pool.read",
  params: z.object({ puid: UserId, worker_id: WorkerId }),
  reply: reply(PoolWorker.extend({ at: time, reject_reasons: z.array(RejectReasonFigures) })),
});

export const ListTopPoolWorkers = defineRoute({
  method: "GET",
  path: "/pool-stats/v1/top-workers",
  summary: "The workers with the most hashrate, or the most rejects, of the whole pool",
  needs: "pool.read",
  query: z.object({
    by: z.enum(["hashrate", "rejected"]).default("hashrate"),
    limit: z.coerce.number().int().min(1).max(200).default(20),
  }),
  reply: reply(z.object({ at: time, workers: z.array(PoolWorker) })),
});

/** One minute: accepted difficulty × 2^32 ÷ 60; null before the object was known. */
export const PoolSeriesPoint = z.object({ timestamp: time, hashrate_hs: nullable });

export const GetPoolSeries = defineRoute({
  method: "GET",
  path: "/pool-stats/v1/series",
  summary: "Hashrate of the last hour by the minute, of the pool or of one user",
  needs: "pool.read",
  query: z.object({ puid: UserId.optional(), minutes: z.coerce.number().int().min(1).max(60).default(60) }),
  reply: reply(z.object({ at: time, resolution_seconds: z.int(), points: z.array(PoolSeriesPoint) })),
});

/** The routes that a pool-stats process answers itself, under `/api/v1`; a server passes them on. */
export const POOL_STATS_ROUTES = [
  GetPool,
  ListPoolUsers,
  GetPoolUser,
  ListPoolWorkers,
  GetPoolWorker,
  ListTopPoolWorkers,
  GetPoolSeries,
] as const;
export const POOL_STATS_PREFIX = "/pool-stats/v1";

export const PostPoolReadings = defineRoute({
  method: "POST",
  path: "/pool-stats/readings",
  summary: "Takes minute sums of a pool from pool-stats; sent again, they change nothing",
  needs: "reading.upload",
  audited: false,
  at: "anywhere",
  body: PoolReadings,
  reply: reply(z.object({ processed: z.int() })),
});

/** A pool that has sent minute sums to the server. */
export const StoredPool = z.object({ site_id: z.string(), pool: z.string(), newest_at: time });

export const ListPools = defineRoute({
  method: "GET",
  path: "/pool-stats/pools",
  summary: "Pools with history, and whether a pool-stats process is configured for live figures",
  needs: "pool.read",
  at: "anywhere",
  reply: reply(z.object({ live: z.boolean(), pools: z.array(StoredPool) })),
});

export const PoolHistoryPoint = z.object({ timestamp: time, hashrate_hs: nullable, reject_share: nullable });
export type PoolHistoryPoint = z.infer<typeof PoolHistoryPoint>;

export const GetPoolHistory = defineRoute({
  method: "GET",
  path: "/pool-stats/history",
  summary: "Hashrate and reject share of a pool or one of its users over 1 hour to 400 days, at most 1,000 points",
  needs: "pool.read",
  at: "anywhere",
  query: z.object({
    site_id: z.string(),
    pool: PoolName,
    puid: z.coerce.number().int().default(0),
    hours: z.coerce.number().min(1).max(9_600).default(24),
  }),
  reply: reply(z.object({ resolution_seconds: z.int(), points: z.array(PoolHistoryPoint) })),
});
