import { type RawBuilder, sql } from "kysely";
import { type About, numbersOf } from "./customer-parts.ts";
import { everyStep } from "./period.ts";
import type { Drawn, Ran, SiteSums, Step } from "./ran.ts";

/** A step of which there is no sum. */
export const NO_STEP: Step = { ghs: null, expected_ghs: null, watts: null };

/**
 * SQL: `told`, the minutes of whole sites that were told. One in which no miner answered hashed nothing, as a customer's
 * miners hash nothing while they are away; where those that answered tell no hashrate it is unknown.
 */
export const minutesOf = (about: Pick<About, "sites" | "span">): RawBuilder<unknown> => sql`told as (
  select site_no, bucket, total, online, case when online = 0 then 0 else hashrate_ghs end as ghs,
    expected_hashrate_ghs as expected_ghs, power_consumption as watts
  from site_1m
  where site_no = any(${numbersOf(about)}::int[]) and bucket >= ${about.span.from} and bucket < ${about.span.to})`;

async function sums(about: About): Promise<Map<number, SiteSums>> {
  const { from, to } = about.span;
  const { rows } = await sql<SiteSums>`
    with ${minutesOf(about)}
    select site_no, count(bucket)::int as minutes, ${(to.getTime() - from.getTime()) / 60_000}::float8 as due_minutes,
      coalesce(sum(total), 0)::float8 as miner_minutes, coalesce(sum(online), 0)::float8 as online_minutes,
      avg(ghs) as ghs, avg(expected_ghs) as expected_ghs,
      sum(watts) / 60000 as kwh, count(watts)::int as power_minutes,
      sum(watts) filter (where ghs is not null) / 60000 as hashing_kwh,
      sum(ghs) filter (where watts is not null) as ghs_minutes
    from unnest(${numbersOf(about)}::int[]) site_no left join told using (site_no)
    group by 1`.execute(about.db);
  return new Map(rows.map((row) => [row.site_no, row]));
}

async function steps(about: About): Promise<Step[]> {
  const { from, stepSeconds } = about.span;
  const { rows } = await sql<Step & { step: number }>`
    with ${minutesOf(about)},
    means as (
      select site_no, floor(extract(epoch from bucket - ${from}::timestamptz) / ${stepSeconds})::int as step,
        avg(ghs) as ghs, avg(expected_ghs) as expected_ghs, avg(watts) as watts
      from told group by 1, 2)
    select step, sum(ghs) as ghs, sum(expected_ghs) as expected_ghs,
      case when count(watts) = (select count(distinct site_no) from means where watts is not null) then sum(watts) end as watts
    from means
    group by 1 having count(*) = (select count(distinct site_no) from means)`.execute(about.db);
  return everyStep(about.span, rows, NO_STEP);
}

async function drawn(about: About): Promise<Drawn[]> {
  const { rows } = await sql<Drawn>`
    with ${minutesOf(about)}
    select site_no, extract(hour from bucket at time zone s.time_zone)::int as hour, sum(watts) / 60000 as kwh,
      sum(watts) filter (where ghs is not null) / 60000 as hashing_kwh
    from told join sites s using (site_no) where watts is not null group by 1, 2`.execute(about.db);
  return rows;
}

/** Whole sites, minute by minute. */
export const siteMinutes: Ran = { sums, steps, drawn };

export type Gap = { site_no: number; from: Date; to: Date };

/** Stretches of more than `minutes` without any reading of a site, also at the period's ends. */
export async function siteGaps(about: About, minutes = 10): Promise<Gap[]> {
  const { from, to } = about.span;
  const numbers = numbersOf(about);
  const { rows } = await sql<Gap>`
    with told as (
      select site_no, bucket, lag(bucket, 1, ${from}::timestamptz - interval '1 minute') over w as previous
      from site_1m where site_no = any(${numbers}::int[]) and bucket >= ${from} and bucket < ${to}
      window w as (partition by site_no order by bucket)),
    ends as (
      select site_no, max(bucket) as previous, ${to}::timestamptz as bucket from told group by 1
      union all
      select n, ${from}::timestamptz - interval '1 minute', ${to}::timestamptz from unnest(${numbers}::int[]) n
      where n not in (select site_no from told))
    select site_no, previous + interval '1 minute' as "from", bucket as "to" from (
      select site_no, previous, bucket from told union all select site_no, previous, bucket from ends) spans
    where bucket - previous > make_interval(mins => ${minutes + 1}) order by 2, 1`.execute(about.db);
  return rows;
}
