import { sql } from "kysely";
import type { Db } from "../db/connect.ts";
import type { ReportSite } from "./kind.ts";
import type { Span } from "./period.ts";

/** What a site's minutes add up to. Null where nothing was told. */
export type SiteSums = {
  site_no: number;
  /** Minutes with a reading. */
  minutes: number;
  miner_minutes: number;
  online_minutes: number;
  /** Means over the minutes that tell them. */
  ghs: number | null;
  expected_ghs: number | null;
  /** What the miners drew in the minutes that tell it; nothing is filled in for the others. */
  kwh: number | null;
  power_minutes: number;
  /** Hashrate of the minutes that tell power, for J/TH. */
  powered_ghs: number | null;
};

const numbersOf = (sites: readonly ReportSite[]) => sites.map(({ site_no }) => site_no);

/** Sums of minutes by site. */
export async function siteSums(
  db: Db,
  sites: readonly ReportSite[],
  { from, to }: Span,
): Promise<Map<number, SiteSums>> {
  const { rows } = await sql<SiteSums>`
    select site_no, count(*)::int as minutes, sum(total)::float8 as miner_minutes, sum(online)::float8 as online_minutes,
      avg(hashrate_ghs) as ghs, avg(expected_hashrate_ghs) as expected_ghs,
      sum(power_consumption) / 60000 as kwh, count(power_consumption)::int as power_minutes,
      avg(hashrate_ghs) filter (where power_consumption is not null) as powered_ghs
    from site_1m where site_no = any(${numbersOf(sites)}::int[]) and bucket >= ${from} and bucket < ${to}
    group by 1`.execute(db);
  return new Map(rows.map((row) => [row.site_no, row]));
}

export type Step = { ghs: number | null; expected_ghs: number | null; watts: number | null };

/**
 * Sums over sites, step by step. A step in which one of the sites that told anything in the period told nothing has no sum:
 * it would look like a drop.
 */
export async function stepsOf(db: Db, sites: readonly ReportSite[], span: Span): Promise<Step[]> {
  const { from, to, stepSeconds } = span;
  const { rows } = await sql<{
    step: number;
    sites: number;
    ghs: number | null;
    expected_ghs: number | null;
    watts: number | null;
  }>`
    with means as (
      select site_no, floor(extract(epoch from bucket - ${from}::timestamptz) / ${stepSeconds})::int as step,
        avg(hashrate_ghs) as ghs, avg(expected_hashrate_ghs) as expected_ghs, avg(power_consumption) as watts
      from site_1m where site_no = any(${numbersOf(sites)}::int[]) and bucket >= ${from} and bucket < ${to}
      group by 1, 2)
    select step, count(*)::int as sites, sum(ghs) as ghs, sum(expected_ghs) as expected_ghs, sum(watts) as watts
    from means group by 1`.execute(db);
  const told = await sql<{ n: number }>`
    select count(distinct site_no)::int as n from site_1m
    where site_no = any(${numbersOf(sites)}::int[]) and bucket >= ${from} and bucket < ${to}`.execute(db);
  const byStep = new Map(rows.map((row) => [row.step, row]));
  const count = Math.max(0, Math.ceil((to.getTime() - from.getTime()) / 1_000 / stepSeconds));
  const all = told.rows[0]?.n ?? 0;
  return Array.from({ length: count }, (_, step) => {
    const row = byStep.get(step);
    return row && row.sites === all
      ? { ghs: row.ghs, expected_ghs: row.expected_ghs, watts: row.watts }
      : { ghs: null, expected_ghs: null, watts: null };
  });
}

export type Gap = { site_no: number; from: Date; to: Date };

/** Stretches of more than `minutes` without any reading of a site, also at the period's ends. */
export async function gapsOf(db: Db, sites: readonly ReportSite[], { from, to }: Span, minutes = 10): Promise<Gap[]> {
  const { rows } = await sql<Gap>`
    with told as (
      select site_no, bucket, lag(bucket, 1, ${from}::timestamptz - interval '1 minute') over w as previous
      from site_1m where site_no = any(${numbersOf(sites)}::int[]) and bucket >= ${from} and bucket < ${to}
      window w as (partition by site_no order by bucket)),
    ends as (
      select site_no, max(bucket) as previous, ${to}::timestamptz as bucket from told group by 1
      union all
      select n, ${from}::timestamptz - interval '1 minute', ${to}::timestamptz from unnest(${numbersOf(sites)}::int[]) n
      where n not in (select site_no from told))
    select site_no, previous + interval '1 minute' as "from", bucket as "to" from (
      select site_no, previous, bucket from told union all select site_no, previous, bucket from ends) spans
    where bucket - previous > make_interval(mins => ${minutes + 1}) order by 2, 1`.execute(db);
  return rows;
}
