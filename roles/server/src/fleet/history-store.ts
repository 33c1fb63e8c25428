import type { HistoryPoint, SiteHistory } from "@banksman/wire/api";
import type { Metric } from "@banksman/wire/model";
import { sql } from "kysely";
import type { z } from "zod";
import type { Db } from "../db/connect.ts";
import { bucketStarts } from "./buckets.ts";
import { tidy } from "./rows.ts";

/** Where a metric lies in raw readings and in roll-ups. */
type Columns = { min: string; avg: string; max: string; rolled: string };

const plain = (name: string): Columns => ({ min: name, avg: name, max: name, rolled: name });
const FANS = [1, 2, 3, 4, 5, 6, 7, 8].map((fan) => `fan_${fan}`);
const CHIPS: Columns = {
  min: "temperature_chip_min",
  avg: "temperature_chip_avg",
  max: "temperature_chip_max",
  rolled: "temperature_chip",
};

/** `rolledUpBefore`: before it hourly roll-ups are read, from there on raw readings; null reads raw ones alone. */
export type Range = {
  siteNo: number;
  minerNo: number;
  nowMs: number;
  hours: number;
  resolution: number;
  rolledUpBefore: Date | null;
  /** Nothing is told of buckets that begin before it. */
  since: Date | null;
};
type Bucket = { bucket: Date } & Record<string, number | Date | null>;
type Series = { points: HistoryPoint[]; series?: { name: string; points: HistoryPoint[] }[] };

export type HistoryStore = ReturnType<typeof historyStore>;

/** The only SQL on readings of the past: raw where they are still kept, hourly roll-ups before that. */
export const historyStore = (db: Db) => {
  /** min, avg, max of several series of one miner in buckets, with nothing where nothing was read. */
  const buckets = async (series: readonly Columns[], range: Range): Promise<Map<number, Bucket>> => {
    const from = new Date(bucketStarts(range.nowMs, range.hours, range.resolution)[0] ?? range.nowMs);
    const width = sql.raw(`interval '${range.resolution} seconds'`);
    const raw = sql.raw(
      series
        .map(
          (s, n) =>
            `min(${s.min})::float8 as min${n}, avg(${s.avg})::float8 as avg${n}, max(${s.max})::float8 as max${n}`,
        )
        .join(", "),
    );
    const { rows } = await sql<Bucket>`
      select date_bin(${width}, ts, timestamptz 'epoch') as bucket, ${raw} from telemetry
      where site_no = ${range.siteNo} and miner_no = ${range.minerNo} and ts >= ${range.rolledUpBefore ?? from} group by 1`.execute(
      db,
    );
    const found = new Map(rows.map((row) => [row.bucket.getTime(), row]));
    if (range.rolledUpBefore === null) return found;
    for (const row of await rolledUp(series, range, from, range.rolledUpBefore, width)) {
      if (!found.has(row.bucket.getTime())) found.set(row.bucket.getTime(), row);
    }
    return found;
  };

  const rolledUp = async (
    series: readonly Columns[],
    range: Range,
    from: Date,
    to: Date,
    width: ReturnType<typeof sql.raw>,
  ): Promise<Bucket[]> => {
    const parts = series.map(
      ({ rolled }, n) =>
        `min(${rolled}_min)::float8 as min${n}, avg(${rolled}_avg)::float8 as avg${n}, max(${rolled}_max)::float8 as max${n}`,
    );
    const { rows } = await sql<Bucket>`
      select date_bin(${width}, bucket, timestamptz 'epoch') as bucket, ${sql.raw(parts.join(", "))} from telemetry_1h
      where site_no = ${range.siteNo} and miner_no = ${range.minerNo} and bucket >= ${from} and bucket < ${to} group by 1`.execute(
      db,
    );
    return rows;
  };

  const toPoints = (found: Map<number, Bucket>, range: Range, n: number): HistoryPoint[] =>
    bucketStarts(range.nowMs, range.hours, range.resolution).map((start) => {
      const row = start < (range.since?.getTime() ?? 0) ? undefined : found.get(start);
      const value = (name: string) => {
        const figure = row?.[name];
        return typeof figure === "number" ? tidy(figure) : null;
      };
      return {
        timestamp: new Date(start).toISOString(),
        min: value(`min${n}`),
        avg: value(`avg${n}`),
        max: value(`max${n}`),
      };
    });

  const fans = async (range: Range): Promise<Series> => {
    const found = await buckets(FANS.map(plain), range);
    const series = FANS.map((name, n) => ({ name, points: toPoints(found, range, n) })).filter(({ points }) =>
      points.some(({ avg }) => avg !== null),
    );
    return { points: acrossFans(series.map(({ points }) => points)), series };
  };

  return {
    /** End of the newest hour since `from` that is rolled up for the miner; null when none is. */
    rolledUpTo: async (siteNo: number, minerNo: number, from: Date): Promise<Date | null> => {
      const { rows } = await sql<{ bucket: Date | null }>`
        select max(bucket) as bucket from telemetry_1h
        where site_no = ${siteNo} and miner_no = ${minerNo} and bucket >= ${from}`.execute(db);
      const newest = rows[0]?.bucket;
      return newest ? new Date(newest.getTime() + 3_600_000) : null;
    },

    metric: async (metric: Metric, range: Range): Promise<Series> => {
      if (metric === "fan_speeds") return fans(range);
      const columns = metric === "temperature_chips" ? CHIPS : plain(metric);
      return { points: toPoints(await buckets([columns], range), range, 0) };
    },

    site: async (
      siteNo: number,
      nowMs: number,
      hours: number,
      resolution: number,
    ): Promise<z.infer<typeof SiteHistory>["points"]> => {
      const starts = bucketStarts(nowMs, hours, resolution);
      const { rows } = await sql<SitePoint>`
        select date_bin(${sql.raw(`interval '${resolution} seconds'`)}, bucket, timestamptz 'epoch') as bucket,
          avg(hashrate_ghs) as hashrate_ghs, avg(expected_hashrate_ghs) as expected_hashrate_ghs, avg(power_consumption) as power_consumption,
          max(temperature_max) as temperature_max, round(avg(online))::int as online, round(avg(total))::int as total
        from site_1m where site_no = ${siteNo} and bucket >= ${new Date(starts[0] ?? nowMs)} group by 1`.execute(db);
      const found = new Map(rows.map((row) => [row.bucket.getTime(), row]));
      return starts.map((start) => {
        const row = found.get(start);
        return {
          timestamp: new Date(start).toISOString(),
          hashrate_ghs: tidy(row?.hashrate_ghs ?? null),
          expected_hashrate_ghs: tidy(row?.expected_hashrate_ghs ?? null),
          power_consumption: tidy(row?.power_consumption ?? null),
          temperature_max: tidy(row?.temperature_max ?? null),
          online: row?.online ?? null,
          total: row?.total ?? null,
        };
      });
    },

    /** Hashrate of six hours in 24 buckets for each of the miners; nothing of buckets that begin before a miner's `since`. */
    sparklines: async (
      siteNo: number,
      miners: readonly { miner_id: string; since: Date | null }[],
      nowMs: number,
    ): Promise<Record<string, (number | null)[]>> => {
      const starts = bucketStarts(nowMs, 6, 900);
      const { rows } = await sql<{ miner_id: string; bucket: Date; hashrate: number | null }>`
        select m.miner_id, date_bin(interval '15 minutes', t.ts, timestamptz 'epoch') as bucket, avg(t.hashrate_ghs) as hashrate
        from miners m join telemetry t using (site_no, miner_no)
        where m.site_no = ${siteNo} and m.miner_id = any(${miners.map(({ miner_id }) => miner_id)}) and t.ts >= ${new Date(starts[0] ?? nowMs)}
        group by 1, 2`.execute(db);
      const lines: Record<string, (number | null)[]> = Object.fromEntries(
        miners.map(({ miner_id }) => [miner_id, starts.map(() => null)]),
      );
      const since = new Map(miners.map((miner) => [miner.miner_id, miner.since?.getTime() ?? 0]));
      for (const { miner_id, bucket, hashrate } of rows) {
        const line = lines[miner_id];
        const place = starts.indexOf(bucket.getTime());
        if (line && place >= 0 && bucket.getTime() >= (since.get(miner_id) ?? 0)) line[place] = tidy(hashrate);
      }
      return lines;
    },
  };
};

type SitePoint = { bucket: Date } & Record<
  "hashrate_ghs" | "expected_hashrate_ghs" | "power_consumption" | "temperature_max" | "online" | "total",
  number | null
>;

/** All fans of a miner as one series: the slowest, the mean and the fastest of each bucket. */
function acrossFans(fans: readonly (readonly HistoryPoint[])[]): HistoryPoint[] {
  const [first = []] = fans;
  return first.map(({ timestamp }, index) => {
    const at = fans.flatMap((points) => points[index] ?? []);
    const known = (pick: "min" | "avg" | "max") => at.flatMap((point) => point[pick] ?? []);
    const averages = known("avg");
    if (averages.length === 0) return { timestamp, min: null, avg: null, max: null };
    const mean = averages.reduce((total, value) => total + value, 0) / averages.length;
    return { timestamp, min: Math.min(...known("min")), avg: tidy(mean), max: Math.max(...known("max")) };
  });
}
