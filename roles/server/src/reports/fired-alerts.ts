import { type RawBuilder, sql } from "kysely";
import { type About, holdsAt, ownedBy } from "./customer-parts.ts";

/**
 * SQL: `fired`, the alerts of a period. Of a customer those of their miners, as they stood when a miner stopped being theirs:
 * what came after that, also in an alert's words, is of another one's. `until` is up to when an alert that goes on counts.
 */
export function firedOf({ sites, customer, span: { from, to } }: Omit<About, "db">): RawBuilder<unknown> {
  const inPeriod = sql`a.site_id = any(${sites.map(({ site_id }) => site_id)}::text[])
    and a.fired_at >= ${from} and a.fired_at < ${to}`;
  if (customer === null)
    return sql`fired as (
      select a.site_id, a.fingerprint, a.rule, a.level, a.title, a.target, a.fired_at, a.acknowledged_at, a.acknowledged_by,
        a.resolved_at, a.state <> 'resolved' as is_open, ${to}::timestamptz as until
      from alerts a where ${inPeriod})`;
  const isBefore = (moment: string) => sql`(w.valid_to is null or ${sql.ref(moment)} < w.valid_to)`;
  return sql`${ownedBy({ customer })}, fired as (
    select a.site_id, a.fingerprint, a.rule, a.level, case when ${isBefore("a.resolved_at")} then a.title else a.rule end as title,
      a.target, a.fired_at, case when ${isBefore("a.acknowledged_at")} then a.acknowledged_at end as acknowledged_at,
      case when ${isBefore("a.acknowledged_at")} then a.acknowledged_by end as acknowledged_by,
      case when ${isBefore("a.resolved_at")} then a.resolved_at end as resolved_at,
      a.state <> 'resolved' or not ${isBefore("a.resolved_at")} as is_open,
      least(w.valid_to, ${to}::timestamptz) as until
    from alerts a join sites s using (site_id)
      join owned w on w.site_no = s.site_no and w.miner_id = a.target->>'id' and ${holdsAt(sql`a.fired_at`)}
    where a.target->>'kind' = 'miner' and ${inPeriod})`;
}
