import { AlertLevel, type LocalText } from "@banksman/wire/model";
import { sql } from "kysely";
import { firedOf } from "../fired-alerts.ts";
import {
  type Built,
  both,
  figure,
  type Kind,
  numberColumn,
  type Sources,
  textColumn,
  timeColumn,
  times,
} from "../kind.ts";

const OFFENDERS = 50;
const ROWS = 5_000;
const LEVELS: Record<AlertLevel, LocalText> = {
  urgent: both("Urgent", "紧急"),
  severe: both("Severe", "严重"),
  warning: both("Warning", "警告"),
  info: both("Info", "信息"),
};

type Level = { level: AlertLevel; fired: number; open: number; ack_s: number | null; over_s: number | null };
type Offender = {
  rule: string;
  site_id: string | null;
  target: string | null;
  fired: number;
  alarm_s: number;
};
type Row = {
  level: AlertLevel;
  title: string;
  site_id: string | null;
  fired_at: Date;
  ack_at: Date | null;
  ack_by: string | null;
  over_at: Date | null;
};

const minutes = (seconds: number | null): number | null => times(seconds, 1 / 60);

async function build({ language, progress, ...about }: Sources): Promise<Built> {
  const { db, sites } = about;
  const fired = firedOf(about);
  const [ack, over] = [
    sql`extract(epoch from acknowledged_at - fired_at)`,
    sql`extract(epoch from resolved_at - fired_at)`,
  ];
  const median = (value: typeof ack) => sql`percentile_cont(0.5) within group (order by ${value})`;
  const levels = await sql<Level>`
    with ${fired}
    select level, count(*)::int as fired, count(*) filter (where is_open)::int as open,
      ${median(ack)} as ack_s, ${median(over)} as over_s from fired group by 1`.execute(db);
  const overall = await sql<{ fired: number; ack_s: number | null; over_s: number | null; acked: number }>`
    with ${fired}
    select count(*)::int as fired, count(acknowledged_at)::int as acked, ${median(ack)} as ack_s, ${median(over)} as over_s
    from fired`.execute(db);
  await progress(0.4);
  // Several at once are one time in alarm; one that goes on is in alarm up to the period's end.
  const offenders = await sql<Offender>`
    with ${fired}, worst as (
      select max(rule->>${language}) as rule, site_id, max(target->>'id') as target, count(*)::int as fired,
        range_agg(tstzrange(fired_at, greatest(fired_at, least(coalesce(resolved_at, until), until)))) as alarm
      from fired group by fingerprint, site_id order by count(*) desc, 1, 2, 3 limit ${OFFENDERS})
    select rule, site_id, target, fired, coalesce(
      (select sum(extract(epoch from upper(one) - lower(one))) from unnest(alarm) one), 0)::float8 as alarm_s
    from worst order by fired desc, 1, 2, 3`.execute(db);
  const rows = await sql<Row>`
    with ${fired}
    select level, title->>${language} as title, site_id, fired_at, acknowledged_at as ack_at,
      acknowledged_by as ack_by, resolved_at as over_at from fired order by fired_at desc limit ${ROWS}`.execute(db);
  await progress(0.9);
  const nameOf = new Map(sites.map(({ site_id, name }) => [site_id, name]));
  const siteName = (id: string | null) => (id === null ? "" : (nameOf.get(id) ?? id));
  const all = overall.rows[0];
  const byLevel = new Map(levels.rows.map((row) => [row.level, row]));
  return {
    coverage: null,
    figures: [
      figure(both("Alerts", "告警"), all?.fired ?? 0, "", 0, "less"),
      figure(both("Urgent", "紧急"), byLevel.get("urgent")?.fired ?? 0, "", 0, "less"),
      figure(both("To acknowledge, median", "确认用时中位数"), minutes(all?.ack_s ?? null), "min", 1, "less"),
      figure(both("To recovery, median", "恢复用时中位数"), minutes(all?.over_s ?? null), "min", 1, "less"),
      figure(both("Acknowledged", "已确认"), all?.acked ?? 0, "", 0),
    ],
    sections: [
      {
        type: "table",
        title: both("By level", "按级别"),
        columns: [
          textColumn("level", both("Level", "级别")),
          numberColumn("fired", both("Fired", "触发"), { total: "sum" }),
          numberColumn("open", both("Still open", "未恢复"), { total: "sum" }),
          numberColumn("ack", both("To acknowledge, median", "确认用时中位数"), { unit: "min", digits: 1 }),
          numberColumn("over", both("To recovery, median", "恢复用时中位数"), { unit: "min", digits: 1 }),
        ],
        rows: AlertLevel.options.map((level) => {
          const row = byLevel.get(level);
          return [
            LEVELS[level][language],
            row?.fired ?? 0,
            row?.open ?? 0,
            minutes(row?.ack_s ?? null),
            minutes(row?.over_s ?? null),
          ];
        }),
        note: null,
      },
      {
        type: "table",
        title: both("Top offenders", "告警最多的对象"),
        columns: [
          textColumn("rule", both("Rule", "规则")),
          textColumn("site", both("Site", "站点")),
          textColumn("target", both("Target", "对象")),
          numberColumn("fired", both("Fired", "触发"), { total: "sum" }),
          numberColumn("hours", both("Hours in alarm", "告警小时"), { digits: 1, total: "sum" }),
        ],
        rows: offenders.rows.map(({ rule, site_id, target, fired: count, alarm_s }) => [
          rule,
          siteName(site_id),
          target,
          count,
          alarm_s / 3_600,
        ]),
        note: about.customer === null ? OF_SITES : OF_CUSTOMER,
      },
      {
        type: "table",
        title: both("Alerts", "告警明细"),
        columns: [
          timeColumn("fired_at", both("Fired", "触发时间")),
          textColumn("level", both("Level", "级别")),
          textColumn("title", both("Alert", "告警")),
          textColumn("site", both("Site", "站点")),
          timeColumn("acknowledged_at", both("Acknowledged", "确认时间")),
          textColumn("acknowledged_by", both("By", "确认人")),
          timeColumn("resolved_at", both("Over", "恢复时间")),
        ],
        rows: rows.rows.map((row) => [
          row.fired_at.toISOString(),
          LEVELS[row.level][language],
          row.title,
          siteName(row.site_id),
          row.ack_at?.toISOString() ?? null,
          row.ack_by,
          row.over_at?.toISOString() ?? null,
        ]),
        note: (all?.fired ?? 0) > ROWS ? both(`The newest ${ROWS}.`, `仅列最新 ${ROWS} 条。`) : null,
      },
    ],
  };
}

const OF_SITES = both(
  "Of alerts that fired in the period. Hours in alarm: up to the period's end; several at once count once.",
  "仅含本期内触发的告警。告警小时：计至期末，同时发生的只计一次。",
);
const OF_CUSTOMER = both(
  "Of alerts of this customer's miners that fired in the period while they were theirs, as they stood when a miner stopped being theirs. Hours in alarm: up to then, or to the period's end; several at once count once.",
  "仅含本期内该客户的矿机在属于其期间触发的告警；矿机转出后的变化不计。告警小时：计至矿机转出或期末，同时发生的只计一次。",
);

/** What alerted, how soon somebody looked, how soon it was over. */
export const alerts: Kind = {
  title: both("Alerts", "告警报告"),
  needs: ["alert.read"],
  needsOfCustomer: ["reading.read"],
  build,
};
