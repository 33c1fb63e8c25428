import type { ReportTable } from "@banksman/wire/model";
import { sql } from "kysely";
import { type About, partsOf } from "./customer-parts.ts";
import { both, numberColumn, textColumn, timeColumn } from "./kind.ts";

/** An hour with fewer minutes told is a gap. */
const TOLD_MINUTES = 50;

export type CustomerGap = { site: string; miner_id: string; miners: number; from: Date; to: Date };

/** Stretches of hours of which too little was told; those of miners of one site that are alike are one. */
export async function customerGaps(about: About): Promise<CustomerGap[]> {
  const { rows } = await sql<CustomerGap>`
    with ${partsOf(about)},
    edges as (
      select p.*, t.bucket from parts p join telemetry_1h t using (site_no, miner_no)
      where t.bucket >= p."from" and t.bucket < p."to" and t.minutes >= ${TOLD_MINUTES}
      union all select p.*, p."from" - interval '1 hour' from parts p
      union all select p.*, p."to" from parts p),
    stretches as (
      select site_no, miner_no, lag(bucket) over (partition by site_no, miner_no, "from" order by bucket)
        + interval '1 hour' as since, bucket as until
      from edges)
    select s.name as site, min(m.miner_id) as miner_id, count(*)::int as miners, since as "from", until as "to"
    from stretches join sites s using (site_no) join miners m using (site_no, miner_no)
    where until > since group by s.name, since, until order by since, until, s.name`.execute(about.db);
  return rows;
}

export function customerGapTable(gaps: readonly CustomerGap[]): ReportTable {
  return {
    type: "table",
    title: both("Gaps in the data", "数据缺口"),
    columns: [
      textColumn("site", both("Site", "站点")),
      timeColumn("from", both("From", "自")),
      timeColumn("to", both("To", "至")),
      numberColumn("hours", both("Hours", "小时"), { unit: "h" }),
      numberColumn("miners", both("Miners", "矿机")),
      textColumn("miner", both("Miner", "矿机")),
    ],
    rows: gaps.map(({ site, miner_id, miners, from, to }) => [
      site,
      from.toISOString(),
      to.toISOString(),
      (to.getTime() - from.getTime()) / 3_600_000,
      miners,
      miners === 1 ? miner_id : null,
    ]),
    note: both(
      "Stretches of hours in each of which more than ten minutes were not told; alike ones of several miners are one row.",
      "每小时缺失超过十分钟的连续小时；多台矿机相同的缺口合为一行。",
    ),
  };
}
