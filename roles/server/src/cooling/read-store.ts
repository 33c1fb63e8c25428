import type { Fault } from "@banksman/wire/model";
import { sql } from "kysely";
import type { Db } from "../db/connect.ts";
import { metered } from "./metered.ts";
import type { UnitRow } from "./unit-store.ts";

/** A unit with its newest record, as the database has it. */
export type UnitState = UnitRow & {
  region: string | null;
  collected_by_id: string;
  longitude: number | null;
  latitude: number | null;
  registered_by: "person" | "edge";
  round_at: Date | null;
  at: Date | null;
  received_at: Date | null;
  lane: string | null;
  collector_id: string | null;
  record: unknown;
  derived: unknown;
  hashrate_ghs: number | null;
  miner_count: number | null;
  counted_at: Date | null;
  listed_at: Date | null;
  failed_at: Date | null;
  failure: { code: string; reason: string; breaker: "closed" | "open" | "half_open" } | null;
  failed_rounds: number | null;
};
export type FaultRow = { unit_no: number; since: Date; until: Date | null; fault: Fault };
export type Bucket = { at: Date } & Record<string, number | Date | null>;
/** Where history is read: raw snapshots, or one of their roll-ups. */
export type Source = "cooling_snapshots" | "cooling_5min" | "cooling_1h";
export type CoolingSpan = { source: Source; from: Date; to: Date; seconds: number };
export type TrendRow = { at: Date; units: number } & Record<"heat" | "power" | "supply" | "back", number | null>;

/** What the least, the mean and the most of a place in the array are, in snapshots and in roll-ups. */
const AGGREGATES: Record<Source, (place: number) => [string, string, string]> = {
  cooling_snapshots: (place) => [`min(figures[${place}])`, `avg(figures[${place}])`, `max(figures[${place}])`],
  cooling_5min: rolled,
  cooling_1h: rolled,
};
function rolled(place: number): [string, string, string] {
  // A mean of means counts each by its readings.
  const mean = `sum(mean[${place}] * readings) / nullif(sum(readings) filter (where mean[${place}] is not null), 0)`;
  return [`min(least[${place}])`, mean, `max(most[${place}])`];
}

const binOf = (seconds: number, column: string) =>
  sql.raw<Date>(`date_bin(interval '${seconds} seconds', ${column}, timestamptz 'epoch')`);

export type CoolingReadStore = ReturnType<typeof coolingReadStore>;

/** The only SQL that reads what is known of cooling units. */
export const coolingReadStore = (db: Db) => ({
  /** Units with their newest records; `siteNos` null is every site. */
  units: async (siteNos: readonly number[] | null): Promise<UnitState[]> => {
    const { rows } = await sql<UnitState>`
      select s.site_id, s.region, u.*, c.site_id as collected_by_id, l.round_at, l.at, l.received_at, l.lane, l.collector_id,
        l.record, l.derived, l.hashrate_ghs, l.miner_count, l.counted_at, l.listed_at, l.failed_at, l.failure, l.failed_rounds
      from cooling_units u join sites s using (site_no) join sites c on c.site_no = u.collected_by
        left join cooling_latest l on l.site_no = u.site_no and l.unit_no = u.unit_no
      where ${siteNos}::int[] is null or u.site_no = any(${siteNos})
      order by s.site_id, u.unit_no`.execute(db);
    return rows;
  },

  /** Faults that stand. */
  standing: async (siteNos: readonly number[] | null): Promise<FaultRow[]> => {
    const { rows } = await sql<FaultRow>`select unit_no, since, until, fault from cooling_faults
      where until is null and (${siteNos}::int[] is null or site_no = any(${siteNos})) order by since`.execute(db);
    return rows;
  },

  faults: async (siteNo: number, unitNo: number, from: Date, to: Date): Promise<FaultRow[]> => {
    const { rows } = await sql<FaultRow>`select unit_no, since, until, fault from cooling_faults
      where site_no = ${siteNo} and unit_no = ${unitNo} and since < ${to} and coalesce(until, 'infinity') >= ${from}
      order by since desc limit 1000`.execute(db);
    return rows;
  },

  /** The miners that a container last listed. */
  contained: async (siteNo: number, unitNo: number): Promise<unknown> => {
    const { rows } = await sql<{ miners: unknown }>`select miners from cooling_latest
      where site_no = ${siteNo} and unit_no = ${unitNo}`.execute(db);
    return rows[0]?.miners ?? null;
  },

  lease: async (siteNo: number, unitNo: number): Promise<{ collector_id: string; expires_at: Date } | undefined> => {
    const { rows } = await sql<{
      collector_id: string;
      expires_at: Date;
    }>`select collector_id, expires_at from cooling_leases
      where site_no = ${siteNo} and unit_no = ${unitNo} and expires_at > clock_timestamp()`.execute(db);
    return rows[0];
  },

  /** Least, mean and most of the figures at some places of a unit's arrays, in buckets: `min0`, `avg0`, `max0` and so on. */
  history: async (
    { site_no, unit_no }: Pick<UnitState, "site_no" | "unit_no">,
    places: readonly number[],
    { source, from, to, seconds }: CoolingSpan,
  ): Promise<Bucket[]> => {
    const time = source === "cooling_snapshots" ? "round_at" : "bucket";
    const columns = places.flatMap((place, n) => {
      const [least, mean, most] = AGGREGATES[source](place);
      return [`(${least})::float8 as min${n}`, `(${mean})::float8 as avg${n}`, `(${most})::float8 as max${n}`];
    });
    const { rows } = await sql<Bucket>`
      select ${binOf(seconds, time)} as at, ${sql.raw(columns.join(", "))} from ${sql.table(source)}
      where site_no = ${site_no} and unit_no = ${unit_no} and ${sql.ref(time)} >= ${from} and ${sql.ref(time)} < ${to}
      group by 1`.execute(db);
    return rows;
  },

  /** Sums and means over units in buckets, from roll-ups. */
  trend: async (
    siteNos: readonly number[] | null,
    { source, from, seconds }: Omit<CoolingSpan, "to">,
  ): Promise<TrendRow[]> => {
    const placeOf = (name: string) => sql`array_position(fields, ${name})`;
    const { rows } = await sql<TrendRow>`
      with u as materialized (
        select site_no, unit_no, ${placeOf("derived.heat")} as heat, ${placeOf("derived.power")} as power,
          ${placeOf("supply.temp")} as supply, ${placeOf("return.temp")} as back
        from cooling_units where ${siteNos}::int[] is null or site_no = any(${siteNos})
      )
      select at, count(*)::int as units, sum(heat)::float8 as heat, sum(power)::float8 as power,
        avg(supply)::float8 as supply, avg(back)::float8 as back
      from (
        select ${binOf(seconds, "r.bucket")} as at, r.unit_no, avg(r.mean[u.heat]) as heat, avg(r.mean[u.power]) as power,
          avg(r.mean[u.supply]) as supply, avg(r.mean[u.back]) as back
        from ${sql.table(source)} r join u using (site_no, unit_no) where r.bucket >= ${from} group by 1, 2
      ) unit group by 1 order by 1`.execute(db);
    return rows;
  },

  /** Water used and heat carried off over the last 24 h, by unit; units that tell of both. */
  water: async (): Promise<{ unit_no: number; litres: number; heat_kwh: number }[]> => {
    const place = (name: string) => sql`array_position(u.fields, ${name})`;
    const shown = sql`r.least[${place("water.used")}] is not null`;
    const { rows } = await sql<{ unit_no: number; least: number[] | null; most: number[] | null; heat_kwh: number }>`
      select r.unit_no, array_agg(r.least[${place("water.used")}]::float8 order by r.bucket) filter (where ${shown}) as least,
        array_agg(r.most[${place("water.used")}]::float8 order by r.bucket) filter (where ${shown}) as most,
        avg(r.mean[${place("derived.heat")}]) * extract(epoch from max(r.bucket) - min(r.bucket)) / 3600 as heat_kwh
      from cooling_5min r join cooling_units u using (site_no, unit_no)
      where r.bucket >= now() - interval '24 hours' and 'water.used' = any(u.fields) group by 1`.execute(db);
    return rows.flatMap(({ unit_no, least, most, heat_kwh }) =>
      least !== null && most !== null && heat_kwh > 0
        ? [{ unit_no, litres: 1_000 * metered(least, most), heat_kwh }]
        : [],
    );
  },

  rounds: async (siteNo: number, from: Date) => {
    const { rows } = await sql<{
      collector_id: string;
      round_at: Date;
      duration_ms: number;
      done: number;
      deferred: number;
      failed: number;
    }>`select collector_id, round_at, duration_ms, done, deferred, failed from cooling_rounds
      where site_no = ${siteNo} and round_at >= ${from} order by round_at desc limit 2000`.execute(db);
    return rows;
  },
});
