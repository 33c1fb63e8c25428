import { statfs } from "node:fs/promises";
import type { Clock, Log } from "@banksman/kit";
import type pg from "pg";
import type { ServerConfig } from "../config.ts";
import { COOLING_TABLES, type Flavour, usualDays } from "../db/partitions.ts";

const DAY_MS = 86_400_000;
/** Fleets up to this size keep raw readings for two weeks (22 GB at one sweep a minute), larger ones for three days. */
const SMALL_FLEET = 10_000;
const LEDGER_DAYS = 7;
/** What a collector was away with is in by then. */
const COMPRESSED_DAYS = 7;

type Parts = {
  pool: pg.Pool;
  flavour: Flavour;
  /** As it is set when a run begins. */
  settings: () => Omit<ServerConfig["retention"], "pool_minute_days" | "report_days">;
  /** Folder whose disk is watched; null when the database is elsewhere. */
  dataDir: string | null;
  clock: Clock;
  log: Log;
  /** Share of that disk in use, 0 to 1. */
  diskUse?: (folder: string) => Promise<number>;
  /** Hears what the watermark made of a run. */
  onWatermark?: (told: Watermark) => Promise<void>;
};
/** The disk is over its watermark, or was and no longer is: what is in use, what was dropped, and whether that was enough. */
export type Watermark = { used: number; watermark: number; dropped: string[]; isOver: boolean };

/** Miners' raw days go first, the oldest before the others; those of cooling units when none of them is left. */
const DROPPED_FIRST = ["telemetry", "cooling_snapshots"] as const;

/** Drops whole days, months and years that are past their time; makes the partitions of the days to come. */
export function createRetention({
  pool,
  flavour,
  settings,
  dataDir,
  clock,
  log,
  diskUse = usedShare,
  onWatermark,
}: Parts) {
  const rawDays = async (config: Pick<ServerConfig["retention"], "raw_days">): Promise<number> => {
    if (config.raw_days !== undefined) return config.raw_days;
    const { rows } = await pool.query<{ n: number }>("select count(*)::int as n from miners where retired_at is null");
    return (rows[0]?.n ?? 0) <= SMALL_FLEET ? 14 : 3;
  };

  /** Drops the oldest raw day there is; gives nothing when there is none left to drop. */
  const dropOldestDay = async (): Promise<string[]> => {
    for (const table of DROPPED_FIRST) {
      const [oldest, next] = await flavour.rawDays(table);
      // Today's readings stay: an empty table would help nobody, and the next ones need room all the same.
      if (oldest && next && oldest.getTime() <= clock.now() - DAY_MS)
        return flavour.dropOlder(table, new Date(oldest.getTime() + DAY_MS));
    }
    return [];
  };

  const dropBeforeDiskIsFull = async (watermark: number): Promise<string[]> => {
    const dropped: string[] = [];
    if (dataDir === null) return dropped;
    for (;;) {
      const used = await diskUse(dataDir);
      const names = used <= watermark ? [] : await dropOldestDay();
      if (names.length === 0) {
        const isOver = used > watermark;
        if (isOver)
          log.error({ used }, "the disk is over its watermark and no raw day is left to drop; free some room");
        await onWatermark?.({ used, watermark, dropped, isOver });
        return dropped;
      }
      log.error({ used, watermark, dropped: names }, "the disk is over its watermark: dropped the oldest raw day");
      dropped.push(...names);
    }
  };

  return async (): Promise<{ dropped: string[] }> => {
    const now = clock.now();
    const config = settings();
    await flavour.ensure(usualDays(now));
    await flavour.ensure(usualDays(now), COOLING_TABLES);
    const before = (days: number) => new Date(now - days * DAY_MS);
    const dropped = [
      ...(await flavour.dropOlder("telemetry", before(await rawDays(config)))),
      ...(await flavour.dropOlder("telemetry_1h", before(config.hourly_days))),
      ...(await flavour.dropOlder("cooling_snapshots", before(config.cooling_days))),
      ...(await flavour.dropOlder("cooling_5min", before(config.hourly_days))),
      ...(await flavour.dropOlder("cooling_1h", before(config.hourly_days))),
      ...(config.daily_days === undefined ? [] : await flavour.dropOlder("telemetry_1d", before(config.daily_days))),
      ...(await dropBeforeDiskIsFull(config.disk_watermark)),
    ];
    await flavour.compressOlder(before(COMPRESSED_DAYS));
    await pool.query("delete from ingest_batch where received_at < $1", [before(LEDGER_DAYS)]);
    await pool.query("delete from site_1m where bucket < $1", [before(config.hourly_days)]);
    await pool.query("delete from miner_events where at < $1", [before(config.hourly_days)]);
    await pool.query("delete from cooling_rounds where round_at < $1", [before(config.cooling_days)]);
    await pool.query("delete from cooling_faults where until < $1", [before(config.hourly_days)]);
    await pool.query("delete from cooling_edges where seen_at < $1", [before(LEDGER_DAYS)]);
    const stray = await pool.query<{ n: number }>("select count(*)::int as n from telemetry_default");
    if ((stray.rows[0]?.n ?? 0) > 0)
      log.warn({ rows: stray.rows[0]?.n }, "readings lie in the default partition: a clock was wrong");
    return { dropped };
  };
}

/** Share of the disk under `folder` that is in use, 0 to 1. */
export async function usedShare(folder: string): Promise<number> {
  const { blocks, bavail } = await statfs(folder);
  return blocks === 0 ? 0 : 1 - bavail / blocks;
}
