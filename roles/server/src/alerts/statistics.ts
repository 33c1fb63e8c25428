import type { GetAlertStatistics, ReplyOf } from "@banksman/wire/api";
import { type AlertLevel, AlertTarget, LocalText } from "@banksman/wire/model";
import { sql } from "kysely";
import type { Db } from "../db/connect.ts";
import type { Sites } from "../http/caller.ts";
import { ofSites } from "./rows.ts";

type Statistics = ReplyOf<typeof GetAlertStatistics>["data"];

const SHOWN = 20;
const ACKNOWLEDGED_AFTER = "extract(epoch from acknowledged_at - fired_at)";
const median = (seconds: string) => sql.raw(`percentile_cont(0.5) within group (order by ${seconds})`);
const levels = (pairs: readonly { level: AlertLevel; n: number }[]): Record<AlertLevel, number> => {
  const counts = { urgent: 0, severe: 0, warning: 0, info: 0 };
  for (const { level, n } of pairs) counts[level] += n;
  return counts;
};
const whole = (seconds: number | null): number | null => (seconds === null ? null : Math.round(seconds));

const DAY_MS = 86_400_000;
/** Every day from one to another: bars of the days with alerts alone would stand side by side, whatever lies between. */
export function daysUpTo(first: string | undefined, last: string | undefined): string[] {
  if (first === undefined || last === undefined) return [];
  const count = (Date.parse(last) - Date.parse(first)) / DAY_MS + 1;
  return Array.from({ length: count }, (_, n) => new Date(Date.parse(first) + n * DAY_MS).toISOString().slice(0, 10));
}

/** What the alerts that fired since `since` tell about the site and about the rules. */
export const statisticsStore =
  (db: Db) =>
  async (since: Date, siteId: string | null, zone: string, reached: Sites): Promise<Statistics> => {
    const fired = sql`from alerts where fired_at >= ${since} and (${siteId}::text is null or site_id = ${siteId}) and ${ofSites(reached)}`;
    const isOpen = sql`(count(*) filter (where state <> 'resolved'))::int as open`;
    const [days, rules, sites, flappers, acks] = await Promise.all([
      sql<{ day: string; level: AlertLevel; n: number }>`
      select to_char(fired_at at time zone ${zone}, 'YYYY-MM-DD') as day, level, count(*)::int as n ${fired} group by 1, 2 order by 1`.execute(
        db,
      ),
      sql<{
        rule_id: string | null;
        rule: unknown;
        fired: number;
        open: number;
        ack: number | null;
        over: number | null;
      }>`
      select rule_id, max(rule::text)::json as rule, count(*)::int as fired, ${isOpen},
        ${median(ACKNOWLEDGED_AFTER)} as ack, ${median("extract(epoch from resolved_at - fired_at)")} as over
      ${fired} group by rule_id, case when rule_id is null then rule::text end order by fired desc`.execute(db),
      sql<{ site_id: string | null; fired: number; open: number }>`
      select site_id, count(*)::int as fired, ${isOpen} ${fired} group by 1 order by fired desc`.execute(db),
      sql<{ fingerprint: string; rule: unknown; target: unknown; fired: number }>`
      select fingerprint, max(rule::text)::json as rule, max(target::text)::json as target, count(*)::int as fired
      ${fired} group by fingerprint having count(*) > 1 order by fired desc limit ${SHOWN}`.execute(db),
      sql<{ n: number; median: number | null; p95: number | null }>`
      select count(acknowledged_at)::int as n, ${median(ACKNOWLEDGED_AFTER)} as median,
        percentile_cont(0.95) within group (order by ${sql.raw(ACKNOWLEDGED_AFTER)}) as p95 ${fired}`.execute(db),
    ]);
    const ack = acks.rows[0];
    const byDay = Map.groupBy(days.rows, ({ day }) => day);
    return {
      fired: days.rows.reduce((sum, { n }) => sum + n, 0),
      by_level: levels(days.rows),
      by_rule: rules.rows.map(({ rule, ack: toAck, over, ...row }) => ({
        ...row,
        rule: LocalText.parse(rule),
        to_acknowledge_s: whole(toAck),
        to_resolve_s: whole(over),
      })),
      by_site: sites.rows,
      by_day: daysUpTo(days.rows[0]?.day, days.rows.at(-1)?.day).map((day) => ({
        day,
        by_level: levels(byDay.get(day) ?? []),
      })),
      to_acknowledge_s: { median: whole(ack?.median ?? null), p95: whole(ack?.p95 ?? null) },
      acknowledged: ack?.n ?? 0,
      flappers: flappers.rows.map(({ rule, target, ...row }) => ({
        ...row,
        rule: LocalText.parse(rule),
        target: AlertTarget.nullable().parse(target),
      })),
    };
  };
