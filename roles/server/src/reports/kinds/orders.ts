import { sql } from "kysely";
import {
  type Built,
  both,
  figure,
  type Kind,
  numberColumn,
  type Sources,
  share,
  sumOf,
  textColumn,
  timeColumn,
  times,
} from "../kind.ts";

const ROWS = 5_000;

type Outcome = {
  name: string;
  devices: number;
  succeeded: number;
  failed: number;
  refused: number;
  unknown: number;
  other: number;
};
type Row = {
  given_at: Date;
  site: string;
  name: string;
  reason: string;
  given_by: string;
  decided_by: string | null;
  devices: number;
  succeeded: number;
};
type Done = { action: string; done: number; refused: number; people: number };

async function build({ db, sites, span: { from, to }, progress }: Sources): Promise<Built> {
  const numbers = sites.map(({ site_no }) => site_no);
  const given = sql`o.site_no = any(${numbers}::int[]) and o.given_at >= ${from} and o.given_at < ${to}`;
  const count = (states: string[]) => sql`count(*) filter (where c.state = any(${states}::text[]))::int`;
  const outcomes = await sql<Outcome>`
    select c.name, count(*)::int as devices, ${count(["succeeded"])} as succeeded, ${count(["failed"])} as failed,
      ${count(["refused"])} as refused, ${count(["unknown"])} as unknown,
      ${count(["expired", "cancelled", "pending-approval", "queued", "sent", "executing", "verifying"])} as other
    from orders o join commands c using (order_id) where ${given} group by 1 order by 2 desc`.execute(db);
  await progress(0.4);
  const rows = await sql<Row>`
    select o.given_at, s.name as site, o.name, o.reason, o.given_by, o.decided_by, o.devices,
      (select count(*)::int from commands c where c.order_id = o.order_id and c.state = 'succeeded') as succeeded
    from orders o join sites s using (site_no) where ${given} order by o.given_at desc limit ${ROWS}`.execute(db);
  await progress(0.7);
  const done = await sql<Done>`
    select action, count(*) filter (where result = 'done')::int as done,
      count(*) filter (where result = 'refused')::int as refused, count(distinct actor)::int as people
    from audit where at >= ${from.toISOString()} and at < ${to.toISOString()}
      and site = any(${sites.map(({ site_id }) => site_id)}::text[]) group by 1 order by 2 desc`.execute(db);
  const total = outcomes.rows.reduce((sum, { devices }) => sum + devices, 0);
  const well = outcomes.rows.reduce((sum, { succeeded }) => sum + succeeded, 0);
  const unknown = outcomes.rows.reduce((sum, row) => sum + row.unknown, 0);
  return {
    coverage: null,
    figures: [
      figure(both("Commands", "命令"), total, "", 0),
      figure(both("Succeeded", "成功率"), times(share(well, total), 100), "%", 1, "more"),
      figure(both("Unknown outcome", "结果未知"), unknown, "", 0, "less"),
      figure(both("Audited actions", "审计操作"), sumOf(done.rows.map((row) => row.done)) ?? 0, "", 0),
      figure(both("Refused actions", "被拒绝的操作"), sumOf(done.rows.map((row) => row.refused)) ?? 0, "", 0),
    ],
    sections: [
      {
        type: "table",
        title: both("Commands by order", "按指令"),
        columns: [
          textColumn("name", both("Order", "指令")),
          numberColumn("devices", both("Devices", "设备数"), { total: "sum" }),
          numberColumn("succeeded", both("Succeeded", "成功"), { total: "sum" }),
          numberColumn("failed", both("Failed", "失败"), { total: "sum" }),
          numberColumn("refused", both("Refused", "拒绝"), { total: "sum" }),
          numberColumn("unknown", both("Unknown", "未知"), { total: "sum" }),
          numberColumn("other", both("Expired, cancelled or open", "过期、取消或未结束"), { total: "sum" }),
        ],
        rows: outcomes.rows.map((row) => [
          row.name,
          row.devices,
          row.succeeded,
          row.failed,
          row.refused,
          row.unknown,
          row.other,
        ]),
        note: null,
      },
      {
        type: "table",
        title: both("Orders", "指令明细"),
        columns: [
          timeColumn("given_at", both("Given", "下达时间")),
          textColumn("site", both("Site", "站点")),
          textColumn("name", both("Order", "指令")),
          textColumn("given_by", both("By", "下达人")),
          textColumn("decided_by", both("Approved by", "批准人")),
          numberColumn("devices", both("Devices", "设备数"), { total: "sum" }),
          numberColumn("succeeded", both("Succeeded", "成功"), { total: "sum" }),
          textColumn("reason", both("Reason", "原因")),
        ],
        rows: rows.rows.map((row) => [
          row.given_at.toISOString(),
          row.site,
          row.name,
          row.given_by,
          row.decided_by,
          row.devices,
          row.succeeded,
          row.reason,
        ]),
        note: rows.rows.length === ROWS ? both(`The newest ${ROWS}.`, `仅列最新 ${ROWS} 条。`) : null,
      },
      {
        type: "table",
        title: both("Audit trail by action", "审计记录（按操作）"),
        columns: [
          textColumn("action", both("Action", "操作")),
          numberColumn("done", both("Done", "完成"), { total: "sum" }),
          numberColumn("refused", both("Refused", "被拒绝"), { total: "sum" }),
          numberColumn("people", both("People", "人数")),
        ],
        rows: done.rows.map(({ action, done: count_, refused, people }) => [action, count_, refused, people]),
        note: both(
          "Actions at these sites; those of the whole installation are in the trail itself.",
          "仅含这些站点的操作；全局操作见审计记录。",
        ),
      },
    ],
  };
}

/** What was ordered and how it ended; who did what. */
export const orders: Kind = {
  title: both("Orders and audit", "指令与审计"),
  needs: ["command.read", "audit.read"],
  build,
};
