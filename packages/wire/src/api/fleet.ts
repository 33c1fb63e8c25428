import { z } from "zod";
import { MinerHealth } from "../model/health.ts";
import { Metric } from "../model/metric.ts";
import { Board, Fault, OfflineReason, Pool, PowerSource, ReadingWarning, WorkStatus } from "../model/reading.ts";
import { defineRoute, reply } from "./route.ts";

const nullable = z.number().nullable();
const text = z.string().nullable();
const time = z.iso.datetime();

/** One row of the live table: the newest reading of a miner in numbers, with what it is and where it stands. */
export const LatestRow = z.object({
  miner_id: z.string(),
  ip_address: text,
  online: z.boolean(),
  health: MinerHealth,
  status: WorkStatus.nullable(),
  offline_reason: OfflineReason.nullable(),
  hashrate_ghs: nullable,
  hashrate_5s_ghs: nullable,
  expected_hashrate_ghs: nullable,
  temperature_avg: nullable,
  temperature_max: nullable,
  temperature_chips: z.array(nullable).nullable(),
  fan_speeds: z.array(nullable).nullable(),
  frequency_avg: nullable,
  accepted_shares: nullable,
  rejected_shares: nullable,
  hardware_errors: nullable,
  uptime_seconds: nullable,
  power_consumption: nullable,
  power_source: PowerSource.nullable(),
  latency_ms: nullable,
  pool_url: text,
  worker_name: text,
  make: text,
  model: text,
  firmware: text,
  mac: text,
  driver: text,
  rack: text,
  position: text,
  fault_count: z.int(),
  /** When the newest reading was taken; `received_at` is when it arrived. */
  collected_at: time,
  received_at: time,
});
export type LatestRow = z.infer<typeof LatestRow>;

const SORT_KEYS = [
  "health",
  "miner_id",
  "ip_address",
  "model",
  "position",
  "hashrate_ghs",
  "hashrate_percent",
  "temperature_max",
  "power_consumption",
  "reject_percent",
  "collected_at",
] as const;
export const LatestSort = z.enum(SORT_KEYS);
export type LatestSort = z.infer<typeof LatestSort>;

const flag = z.enum(["true", "false", "1", "0"]).transform((value) => value === "true" || value === "1");

export const LatestQuery = z.object({
  page: z.coerce.number().int().min(1).max(1_000_000).default(1),
  per_page: z.coerce.number().int().min(1).max(1_000).default(50),
  online_only: flag.optional(),
  /** `false` gives the offline ones; absent gives both. */
  online: flag.optional(),
  /** Part of an id, address, MAC or worker name. */
  q: z.string().max(200).optional(),
  model: z.string().max(128).optional(),
  /** One or more of the eight health words, comma-separated. */
  status: z
    .string()
    .transform((value) => value.split(","))
    .pipe(z.array(MinerHealth))
    .optional(),
  rack: z.string().max(64).optional(),
  sort: LatestSort.default("miner_id"),
  order: z.enum(["asc", "desc"]).default("asc"),
});
export type LatestQuery = z.infer<typeof LatestQuery>;

export const Pagination = z.object({ page: z.int(), per_page: z.int(), total: z.int(), pages: z.int() });

const siteParams = z.object({ site_id: z.string() });
const minerParams = z.object({ site_id: z.string(), miner_id: z.string() });

export const GetLatest = defineRoute({
  method: "GET",
  path: "/collector/monitor/sites/:site_id/miners/latest",
  summary: "Newest reading of each miner of a site, filtered, sorted, paged",
  needs: "reading.read",
  at: "miners",
  params: siteParams,
  query: LatestQuery,
  reply: reply(z.object({ miners: z.array(LatestRow), pagination: Pagination })),
});

/** One bucket of a series; all three null where the miner gave nothing, so that a chart shows a gap. */
export const HistoryPoint = z.object({ timestamp: time, min: nullable, avg: nullable, max: nullable });
export type HistoryPoint = z.infer<typeof HistoryPoint>;

const HistoryQuery = z.object({
  metric: Metric.default("hashrate_ghs"),
  hours: z.coerce.number().min(1).max(168).default(24),
});

export const History = z.object({
  miner_id: z.string(),
  metric: Metric,
  unit: z.string(),
  resolution_seconds: z.int(),
  points: z.array(HistoryPoint),
  /** Only for fan_speeds: one series a fan. `points` is then the fans taken together. */
  series: z.array(z.object({ name: z.string(), points: z.array(HistoryPoint) })).optional(),
});
export type History = z.infer<typeof History>;

export const GetHistory = defineRoute({
  method: "GET",
  path: "/collector/monitor/sites/:site_id/miners/:miner_id/history",
  summary: "One metric of one miner over 1 to 168 hours, at most 1,000 points",
  needs: "reading.read",
  at: "miners",
  params: minerParams,
  query: HistoryQuery,
  reply: reply(History),
});

/** Everything known of one miner: its row, its parts, and the raw answers where the edge sends them. */
export const MinerDetail = LatestRow.extend({
  serial: text,
  boards: z.array(Board),
  pools: z.array(Pool),
  faults: z.array(Fault),
  warnings: z.array(ReadingWarning),
  raw: z.record(z.string(), z.string()).nullable(),
  first_seen_at: time,
  /** Whose it is by now, for who may know: whoever sees customers, and the customer's own people. */
  customer_id: text,
});
export type MinerDetail = z.infer<typeof MinerDetail>;

export const GetMiner = defineRoute({
  method: "GET",
  path: "/sites/:site_id/miners/:miner_id",
  summary: "Everything known of one miner",
  needs: "reading.read",
  at: "miners",
  params: minerParams,
  reply: reply(MinerDetail),
});

/** A change of something that is kept on change: pool, worker, model, firmware, address, status, faults, reboot. */
export const MinerEvent = z.object({
  at: time,
  kind: z.enum(["pool", "worker", "model", "firmware", "ip", "health", "faults", "reboot"]),
  from: text,
  to: text,
});
export type MinerEvent = z.infer<typeof MinerEvent>;

export const GetMinerEvents = defineRoute({
  method: "GET",
  path: "/sites/:site_id/miners/:miner_id/events",
  summary: "What changed on a miner, newest first",
  needs: "reading.read",
  at: "miners",
  params: minerParams,
  query: z.object({ hours: z.coerce.number().min(1).max(8_760).default(168) }),
  reply: reply(z.object({ events: z.array(MinerEvent) })),
});

const HealthCounts = z.record(MinerHealth, z.int());

export const SiteSummary = z.object({
  site_id: z.string(),
  total: z.int(),
  online: z.int(),
  offline: z.int(),
  by_health: HealthCounts,
  hashrate_ghs: nullable,
  expected_hashrate_ghs: nullable,
  temperature_avg: nullable,
  temperature_max: nullable,
  power_consumption: nullable,
  /** How many of those online tell the power that is summed up. */
  power_miners: z.int(),
  efficiency_jth: nullable,
  accepted_shares: nullable,
  rejected_shares: nullable,
  newest_reading_at: time.nullable(),
  /** Whether nobody tells of its miners but their containers, in lists. */
  only_listed: z.boolean(),
  models: z.array(
    z.object({
      model: text,
      total: z.int(),
      online: z.int(),
      hashrate_ghs: nullable,
      expected_hashrate_ghs: nullable,
      power_consumption: nullable,
      temperature_avg: nullable,
    }),
  ),
});
export type SiteSummary = z.infer<typeof SiteSummary>;

export const GetSummary = defineRoute({
  method: "GET",
  path: "/collector/summary/:site_id",
  summary: "Totals of a site",
  needs: "reading.read",
  at: "miners",
  params: siteParams,
  reply: reply(SiteSummary),
});

export const SiteHistory = z.object({
  site_id: z.string(),
  resolution_seconds: z.int(),
  points: z.array(
    z.object({
      timestamp: time,
      hashrate_ghs: nullable,
      expected_hashrate_ghs: nullable,
      power_consumption: nullable,
      temperature_max: nullable,
      online: z.int().nullable(),
      total: z.int().nullable(),
    }),
  ),
});

export const GetSiteHistory = defineRoute({
  method: "GET",
  path: "/sites/:site_id/history",
  summary: "Site totals over time, from per-minute sums; a miner counts with its last reading until that is stale",
  needs: "reading.read",
  params: siteParams,
  query: z.object({ hours: z.coerce.number().min(1).max(168).default(24) }),
  reply: reply(SiteHistory),
});

/** One cell of the rack heat map; short on purpose, a site may have 50,000. */
export const RackCell = z.object({
  miner_id: z.string(),
  rack: text,
  position: text,
  model: text,
  health: MinerHealth,
  hashrate_ghs: nullable,
  expected_hashrate_ghs: nullable,
  temperature_max: nullable,
  power_consumption: nullable,
  collected_at: time,
});
export type RackCell = z.infer<typeof RackCell>;

export const GetRacks = defineRoute({
  method: "GET",
  path: "/sites/:site_id/racks",
  summary: "Every miner of a site as a heat-map cell, by rack and position",
  needs: "reading.read",
  at: "miners",
  params: siteParams,
  reply: reply(z.object({ cells: z.array(RackCell) })),
});

/** Hashrate of the last six hours in 24 buckets a miner, for the sparklines of one table page. */
export const GetSparklines = defineRoute({
  method: "GET",
  path: "/sites/:site_id/sparklines",
  summary: "Six hours of hashrate in 24 buckets for up to 200 miners",
  needs: "reading.read",
  at: "miners",
  params: siteParams,
  query: z.object({ miner_ids: z.string().transform((value) => value.split(",").slice(0, 200)) }),
  reply: reply(z.object({ sparklines: z.record(z.string(), z.array(nullable)) })),
});
