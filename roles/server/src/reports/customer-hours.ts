import { sql } from "kysely";
import { type About, numbersOf, partsOf, rowsWithin } from "./customer-parts.ts";
import { everyStep } from "./period.ts";
import type { Drawn, Ran, SiteSums, Step } from "./ran.ts";
import { NO_STEP } from "./site-minutes.ts";

/**
 * SQL: `hours`, what a customer's miners at a site come to together in an hour. A miner counts by the mean over its minutes
 * told: in those in which it is away it hashes nothing, while what it draws then nobody knows. Where those that answered
 * tell no hashrate it is unknown.
 */
const hoursOf = (about: About) => sql`${partsOf(about)}, hours as (
  select t.site_no, t.bucket, sum(t.minutes)::float8 as minutes, sum(t.online_minutes::float8) as online_minutes,
    sum(t.power_minutes::float8) as power_minutes, sum(t.kwh) as kwh, sum(t.kwh * 60000 / t.minutes) as watts,
    sum(t.kwh) filter (where t.hashrate_ghs_avg is not null) as hashing_kwh,
    sum(t.hashrate_ghs_avg::float8 * t.power_minutes) as ghs_minutes,
    case when sum(t.online_minutes) = 0 then 0 else
      sum(t.hashrate_ghs_avg::float8 * t.online_minutes / t.minutes) filter (where t.online_minutes > 0) end as ghs,
    sum(t.expected_hashrate_ghs_avg::float8) as expected_ghs
  ${rowsWithin(about, "telemetry_1h")} and t.minutes > 0
  group by 1, 2)`;

async function sums(about: About): Promise<Map<number, SiteSums>> {
  const total = (column: string) => sql`coalesce(sum(h.${sql.ref(column)}), 0)`;
  const { rows } = await sql<SiteSums>`
    with ${hoursOf(about)},
    due as (select site_no, (extract(epoch from sum("to" - "from")) / 60)::float8 as due_minutes from parts group by 1)
    select site_no, ${total("minutes")} as minutes, coalesce(max(due_minutes), 0) as due_minutes,
      ${total("minutes")} as miner_minutes, ${total("online_minutes")} as online_minutes,
      avg(h.ghs) as ghs, avg(h.expected_ghs) as expected_ghs, sum(h.kwh) as kwh, ${total("power_minutes")} as power_minutes,
      sum(h.hashing_kwh) as hashing_kwh, sum(h.ghs_minutes) as ghs_minutes
    from unnest(${numbersOf(about)}::int[]) site_no left join due using (site_no) left join hours h using (site_no)
    group by 1`.execute(about.db);
  return new Map(rows.map((row) => [row.site_no, row]));
}

/** A site counts in the steps in which it has miners of theirs: where it has none any more, nothing is missing. */
async function steps(about: About): Promise<Step[]> {
  const { from, stepSeconds } = about.span;
  const stepAt = (moment: ReturnType<typeof sql>) =>
    sql`floor(extract(epoch from ${moment} - ${from}::timestamptz) / ${stepSeconds})::int`;
  const { rows } = await sql<Step & { step: number; due: number; sites: number }>`
    with ${hoursOf(about)},
    means as (
      select site_no, ${stepAt(sql`bucket`)} as step, avg(ghs) as ghs, avg(expected_ghs) as expected_ghs, avg(watts) as watts
      from hours group by 1, 2),
    due as (
      select distinct site_no, step
      from (select distinct site_no, "from", "to" from parts where "to" > "from") spans,
        generate_series(${stepAt(sql`"from"`)}, ${stepAt(sql`"to" - interval '1 hour'`)}) step
      where site_no in (select site_no from hours))
    select step, count(*)::int as due, count(m.site_no)::int as sites, sum(ghs) as ghs, sum(expected_ghs) as expected_ghs,
      case when count(watts) = count(*) filter (where site_no in (select site_no from hours where watts is not null))
        then sum(watts) end as watts
    from due left join means m using (site_no, step) group by 1`.execute(about.db);
  return everyStep(
    about.span,
    rows.filter(({ due, sites }) => sites === due),
    NO_STEP,
  );
}

async function drawn(about: About): Promise<Drawn[]> {
  const { rows } = await sql<Drawn>`
    with ${hoursOf(about)}
    select h.site_no, extract(hour from h.bucket at time zone s.time_zone)::int as hour, sum(h.kwh) as kwh,
      sum(h.hashing_kwh) as hashing_kwh
    from hours h join sites s using (site_no) where h.kwh is not null group by 1, 2`.execute(about.db);
  return rows;
}

/** A customer's miners, each for its own hours. */
export const customerHours: Ran = { sums, steps, drawn };
