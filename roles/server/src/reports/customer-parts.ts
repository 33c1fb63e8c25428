import { type RawBuilder, sql } from "kysely";
import type { Sources } from "./kind.ts";

/** Whose miners a report is about, where and when; without a customer all that its sites have. */
export type About = Pick<Sources, "db" | "sites" | "customer" | "span">;

export const numbersOf = ({ sites }: Pick<About, "sites">): number[] => sites.map(({ site_no }) => site_no);

/**
 * SQL: `parts`, miners' time that is the customer's, in whole hours that are reckoned; a miner that became theirs since
 * stands there with none. `until` is when it stopped being theirs.
 */
export function partsOf({ sites, customer, span }: Omit<About, "db">): RawBuilder<unknown> {
  const up = (moment: RawBuilder<unknown>) => sql`date_trunc('hour', ${moment} + interval '59 minutes 59 seconds')`;
  const [from, to, reckoned] = [span.from, span.to, span.reckonedTo].map((at) => sql`${at}::timestamptz`);
  const begin = up(sql`greatest(a.valid_from, ${from})`);
  return sql`parts as (
    select a.site_no, a.miner_no, ${begin} as "from",
      greatest(${begin}, ${up(sql`least(coalesce(a.valid_to, ${reckoned}), ${reckoned})`)}) as "to", a.valid_to as until
    from customer_miners a
    where a.customer_id = ${customer?.customer_id ?? null} and a.site_no = any(${numbersOf({ sites })}::int[])
      and a.valid_from < ${to} and (a.valid_to is null or a.valid_to > ${from}))`;
}

/**
 * SQL: rows, `t`, of a table by miner that fall into the reckoned hours of the period: all of the sites', or those within
 * `parts` of a customer. A customer has a miner once at a time, so that no row is there twice.
 */
export function rowsWithin(about: About, table: "telemetry_1h" | "miner_events"): RawBuilder<unknown> {
  const moment = sql.ref(table === "telemetry_1h" ? "t.bucket" : "t.at");
  if (about.customer !== null)
    return sql`from parts p join ${sql.table(table)} t using (site_no, miner_no)
      where ${moment} >= p."from" and ${moment} < p."to"`;
  const { from, to, reckonedTo } = about.span;
  return sql`from ${sql.table(table)} t where t.site_no = any(${numbersOf(about)}::int[])
    and ${moment} >= ${from} and ${moment} < ${table === "telemetry_1h" ? reckonedTo : to}`;
}

/** SQL: `owned`, from when until when miners are the customer's, by the ids that alerts and commands name. */
export const ownedBy = ({ customer }: Pick<About, "customer">): RawBuilder<unknown> => sql`owned as (
  select a.site_no, m.miner_id, a.valid_from, a.valid_to
  from customer_miners a join miners m using (site_no, miner_no) where a.customer_id = ${customer?.customer_id ?? null})`;

/** SQL: whether a row of `owned`, `w`, holds at a moment. */
export const holdsAt = (moment: RawBuilder<unknown>): RawBuilder<unknown> =>
  sql`w.valid_from <= ${moment} and (w.valid_to is null or w.valid_to > ${moment})`;

/**
 * SQL: what a miner, `m`, told of itself when it stopped being theirs at `until`; as its newest reading, `l`, tells it while
 * it is. What stands in its place later may be another one's.
 */
export const toldUntil = (until: RawBuilder<unknown>, kind: "model" | "firmware" | "ip"): RawBuilder<unknown> => {
  const now = sql.ref(kind === "ip" ? "l.ip_address" : `l.${kind}`);
  return sql`(case when ${until} is null then ${now} else (
    select told from (
      select before as told, at from miner_events e
      where e.site_no = m.site_no and e.miner_no = m.miner_no and e.kind = ${kind} and e.at >= ${until}
      union all select ${now}, 'infinity') changes order by at limit 1) end)`;
};
