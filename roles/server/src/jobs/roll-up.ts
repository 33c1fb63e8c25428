import type pg from "pg";
import { UNREACHABLE } from "../db/codes.ts";
import { inTransaction } from "../db/in-transaction.ts";
import type { Flavour } from "../db/partitions.ts";
import type { Patience } from "../fleet/patience.ts";
import { createMinuteSums } from "./minute-sums.ts";

/** Series that are rolled up, each with its raw columns for min, avg and max. */
const SERIES: readonly (readonly [name: string, min: string, avg: string, max: string])[] = [
  ...[
    "hashrate_ghs",
    "hashrate_5s_ghs",
    "expected_hashrate_ghs",
    "temperature_avg",
    "temperature_max",
    "frequency_avg",
    "power_consumption",
    "latency_ms",
    "accepted_shares",
    "rejected_shares",
    "hardware_errors",
    "uptime_seconds",
    ...[1, 2, 3, 4, 5, 6, 7, 8].map((fan) => `fan_${fan}`),
  ].map((name) => [name, name, name, name] as const),
  ["temperature_chip", "temperature_chip_min", "temperature_chip_avg", "temperature_chip_max"],
];

const COLUMNS = SERIES.flatMap(([name]) => [`${name}_min`, `${name}_avg`, `${name}_max`]);
const FROM_RAW = SERIES.map(([, min, avg, max]) => `min(${min}), avg(${avg}), max(${max})`).join(", ");
/** A mean of hourly means, weighted by how many readings each hour had. */
const FROM_HOURS = SERIES.map(
  ([name]) =>
    `min(${name}_min), sum(${name}_avg * readings) / nullif(sum(readings) filter (where ${name}_avg is not null), 0), max(${name}_max)`,
).join(", ");
/**
 * An hour's minutes that were told, in which the miner answered, and in which it told its power, with what it drew in them.
 * Each five minutes with a reading are told, and are shared alike among their readings: containers list their miners no
 * oftener.
 */
const MINUTES = ["minutes", "online_minutes", "power_minutes", "kwh"];
const SUMS = ["readings", "online", ...COLUMNS];
const replaced = (columns: readonly string[]) => columns.map((column) => `${column} = excluded.${column}`).join(", ");

type Due = { site_no: number; bucket: Date };

/** How long after a bucket's beginning its sums are made: its own length, and what an upload may come late by. */
const GRACE = { minute: "65 seconds", hour: "65 minutes", day: "25 hours" } as const;

/**
 * Makes the sums that are due: site totals of each minute, roll-ups of each hour and day. Ingest marks what changed in
 * `rollup_dirty`, so readings that arrive hours late are counted too. Taking the mark and making the sum is one
 * transaction: what comes in meanwhile sets the mark again. A sum is never replaced by one of fewer readings: a late
 * reading of a day whose raw readings were dropped must not wipe out what was known of that day.
 */
export function createRollUp(pool: pg.Pool, flavour: Flavour, patience: () => Patience) {
  const sumMinutes = createMinuteSums(pool, GRACE.minute, patience);
  const eachDue = async (
    grain: "hour" | "day",
    make: (client: pg.ClientBase, due: Due) => Promise<void>,
  ): Promise<number> => {
    const { rows } = await pool.query<Due>(
      `select site_no, bucket from rollup_dirty where grain = $1 and bucket <= now() - $2::interval order by bucket, site_no`,
      [grain, GRACE[grain]],
    );
    for (const due of rows) {
      await flavour.ensure([due.bucket]);
      await inTransaction(pool, async (client) => {
        const taken = await client.query("delete from rollup_dirty where site_no = $1 and grain = $2 and bucket = $3", [
          due.site_no,
          grain,
          due.bucket,
        ]);
        if (taken.rowCount === 1) await make(client, due);
      });
    }
    return rows.length;
  };
  return async (): Promise<{ minutes: number; hours: number; days: number }> => ({
    minutes: await sumMinutes(),
    hours: await eachDue("hour", sumHour),
    days: await eachDue("day", sumDay),
  });
}

async function sumHour(client: pg.ClientBase, { site_no, bucket }: Due): Promise<void> {
  await client.query(
    `with raw as not materialized (select * from telemetry where site_no = $1 and ts >= $2 and ts < $2 + interval '1 hour'),
     slot as (
       select miner_no, count(*)::float8 as n, count(*) filter (where health <> ${UNREACHABLE}) as online,
         count(power_consumption) filter (where health <> ${UNREACHABLE}) as powered,
         sum(power_consumption) filter (where health <> ${UNREACHABLE})::float8 as watts
       from raw group by miner_no, date_bin('5 minutes', ts, timestamptz 'epoch')),
     minutes as (
       select miner_no, 5 * count(*), 5 * sum(online / n), 5 * sum(powered / n), 5 * sum(watts / n) / 60000
       from slot group by miner_no),
     series as (
       select miner_no, $2::timestamptz, count(*), count(*) filter (where health <> ${UNREACHABLE}), ${FROM_RAW}
       from raw group by miner_no)
     insert into telemetry_1h as r (miner_no, ${MINUTES.join(", ")}, bucket, ${SUMS.join(", ")}, site_no)
     select *, $1 from minutes join series using (miner_no)
     on conflict (site_no, miner_no, bucket) do update set ${replaced([...SUMS, ...MINUTES])} where excluded.readings >= r.readings`,
    [site_no, bucket],
  );
  await client.query(
    "insert into rollup_dirty (site_no, grain, bucket) values ($1, 'day', date_trunc('day', $2::timestamptz, 'UTC')) on conflict do nothing",
    [site_no, bucket],
  );
}

async function sumDay(client: pg.ClientBase, { site_no, bucket }: Due): Promise<void> {
  await client.query(
    `insert into telemetry_1d as r (site_no, miner_no, bucket, ${SUMS.join(", ")})
     select $1, miner_no, $2, sum(readings), sum(online), ${FROM_HOURS}
     from telemetry_1h where site_no = $1 and bucket >= $2 and bucket < $2 + interval '1 day' group by miner_no
     on conflict (site_no, miner_no, bucket) do update set ${replaced(SUMS)} where excluded.readings >= r.readings`,
    [site_no, bucket],
  );
}
