import { statfs } from "node:fs/promises";
import type { Clock, Log } from "@banksman/kit";
import type pg from "pg";
import type { ServerConfig } from "../config.ts";
import { type Flavour, usualDays } from "../db/partitions.ts";

const DAY_MS = 86_400_000;
/** Fleets up to this size keep raw readings for two weeks (22 GB at one sweep a minute), larger ones for three days. */
const SMALL_FLEET = 10_000;
const LEDGER_DAYS = 7;

type Parts = {
  pool: pg.Pool;
  flavour: Flavour;
  config: Omit<ServerConfig["retention"], "pool_minute_days">;
  /** Folder whose disk is watched; null when the database is elsewhere. */
  dataDir: string | null;
  clock: Clock;
  log: Log;
  /** Share of that disk in use, 0 to 1. */
  diskUse?: (folder: string) => Promise<number>;
};

/** Drops whole days, months and years that are past their time; makes the partitions of the days to come. */
export function createRetention({ pool, flavour, config, dataDir, clock, log, diskUse = usedShare }: Parts) {
  const rawDays = async (): Promise<number> => {
    if (config.raw_days !== undefined) return config.raw_days;
    const { rows } = await pool.query<{ n: number }>("select count(*)::int as n from miners where retired_at is null");
    return (rows[0]?.n ?? 0) <= SMALL_FLEET ? 14 : 3;
  };

  const dropBeforeDiskIsFull = async (): Promise<string[]> => {
    const dropped: string[] = [];
    if (dataDir === null) return dropped;
    for (;;) {
      const used = await diskUse(dataDir);
      if (used <= config.disk_watermark) return dropped;
      const [oldest, next] = await flavour.rawDays();
      // Today's readings stay: an empty table would help nobody, and the next ones need room all the same.
      if (!oldest || !next || oldest.getTime() > clock.now() - DAY_MS) {
        log.error({ used }, "the disk is over its watermark and there is no raw day left to drop; free some room");
        return dropped;
      }
      const names = await flavour.dropOlder("telemetry", new Date(oldest.getTime() + DAY_MS));
      log.error(
        { used, watermark: config.disk_watermark, dropped: names },
        "the disk is over its watermark: dropped the oldest raw day",
      );
      dropped.push(...names);
    }
  };

  return async (): Promise<{ dropped: string[] }> => {
    const now = clock.now();
    await flavour.ensure(usualDays(now));
    const before = (days: number) => new Date(now - days * DAY_MS);
    const dropped = [
      ...(await flavour.dropOlder("telemetry", before(await rawDays()))),
      ...(await flavour.dropOlder("telemetry_1h", before(config.hourly_days))),
      ...(config.daily_days === undefined ? [] : await flavour.dropOlder("telemetry_1d", before(config.daily_days))),
      ...(await dropBeforeDiskIsFull()),
    ];
    await pool.query("delete from ingest_batch where received_at < $1", [before(LEDGER_DAYS)]);
    await pool.query("delete from site_1m where bucket < $1", [before(config.hourly_days)]);
    await pool.query("delete from miner_events where at < $1", [before(config.hourly_days)]);
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
