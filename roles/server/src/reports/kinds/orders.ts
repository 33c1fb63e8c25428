import { ACTION_WORDS, type LocalText, ORDER_WORDS } from "@banksman/wire/model";
import { sql } from "kysely";
import { type About, holdsAt, numbersOf, ownedBy } from "../customer-parts.ts";
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
  wordOf,
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
  reason: string | null;
  given_by: string;
  decided_by: string | null;
  devices: number;
  succeeded: number;
};
type Done = { action: string; done: number; refused: number; people: number };

/** A name that there was no such miner for, which is how miners that are not reached read, was sent nothing. */
const NOBODY = sql`(c.miner_id is not null and c.state = 'refused' and c.sent_at is null
  and coalesce(c.code, '') = 'no_such_miner')`;

/** SQL: whether a command, `c`, of an order, `o`, is meant: of a customer those to a miner that was theirs by then. */
const isMeant = ({ customer }: About) =>
  customer === null
    ? sql`true`
    : sql`(not ${NOBODY} and exists (
        select from owned w where w.site_no = o.site_no and w.miner_id = c.miner_id and ${holdsAt(sql`o.given_at`)}))`;

const givenIn = (about: About) => sql`o.site_no = any(${numbersOf(about)}::int[])
  and o.given_at >= ${about.span.from} and o.given_at < ${about.span.to}`;

async function outcomesOf(about: About): Promise<Outcome[]> {
  const count = (states: string[]) => sql`count(*) filter (where c.state = any(${states}::text[]))::int`;
  const { rows } = await sql<Outcome>`
    with ${ownedBy(about)}
    select c.name, count(*)::int as devices, ${count(["succeeded"])} as succeeded, ${count(["failed"])} as failed,
      ${count(["refused"])} as refused, ${count(["unknown"])} as unknown,
      ${count(["expired", "cancelled", "pending-approval", "queued", "sent", "executing", "verifying"])} as other
    from orders o join commands c using (order_id) where ${givenIn(about)} and ${isMeant(about)}
    group by 1 order by 2 desc`.execute(about.db);
  return rows;
}

/** The newest orders. Why one was given, and that somebody approved it, may be because of the others that it was to. */
async function ordersOf(about: About): Promise<Row[]> {
  const ofAll = (column: string) =>
    about.customer === null ? sql.ref(column) : sql`case when meant.devices = meant.known then ${sql.ref(column)} end`;
  const { rows } = await sql<Row>`
    with ${ownedBy(about)}
    select o.given_at, s.name as site, o.name, ${ofAll("o.reason")} as reason, o.given_by,
      ${ofAll("o.decided_by")} as decided_by, ${sql.ref(about.customer === null ? "o.devices" : "meant.devices")} as devices,
      meant.succeeded
    from orders o join sites s using (site_no)
      cross join lateral (
        select (count(*) filter (where ${isMeant(about)}))::int as devices, (count(*) filter (where not ${NOBODY}))::int as known,
          (count(*) filter (where c.state = 'succeeded' and ${isMeant(about)}))::int as succeeded
        from commands c where c.order_id = o.order_id) meant
    where ${givenIn(about)} ${about.customer === null ? sql`` : sql`and meant.devices > 0`}
    order by o.given_at desc limit ${ROWS}`.execute(about.db);
  return rows;
}

/** What people did at the sites; nothing of it is told apart by customer. */
async function doneAt({ db, sites, span: { from, to } }: About): Promise<Done[]> {
  const { rows } = await sql<Done>`
    select action, count(*) filter (where result = 'done')::int as done,
      count(*) filter (where result = 'refused')::int as refused, count(distinct actor)::int as people
    from audit where at >= ${from.toISOString()} and at < ${to.toISOString()}
      and site = any(${sites.map(({ site_id }) => site_id)}::text[]) group by 1 order by 2 desc`.execute(db);
  return rows;
}

async function build({ progress, language, ...about }: Sources): Promise<Built> {
  const outcomes = await outcomesOf(about);
  await progress(0.4);
  const given = await ordersOf(about);
  await progress(0.7);
  const done = about.customer === null ? await doneAt(about) : null;
  const total = outcomes.reduce((sum, { devices }) => sum + devices, 0);
  const well = outcomes.reduce((sum, { succeeded }) => sum + succeeded, 0);
  const unknown = outcomes.reduce((sum, row) => sum + row.unknown, 0);
  return {
    coverage: null,
    figures: [
      figure(both("Commands", "命令"), total, "", 0),
      figure(both("Succeeded", "成功率"), times(share(well, total), 100), "%", 1, "more"),
      figure(both("Unknown outcome", "结果未知"), unknown, "", 0, "less"),
      ...(done === null
        ? []
        : [
            figure(both("Audited actions", "审计操作"), sumOf(done.map((row) => row.done)) ?? 0, "", 0),
            figure(both("Refused actions", "被拒绝的操作"), sumOf(done.map((row) => row.refused)) ?? 0, "", 0),
          ]),
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
        rows: outcomes.map((row) => [
          wordOf(ORDER_WORDS, row.name, language),
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
        rows: given.map((row) => [
          row.given_at.toISOString(),
          row.site,
          wordOf(ORDER_WORDS, row.name, language),
          row.given_by,
          row.decided_by,
          row.devices,
          row.succeeded,
          row.reason,
        ]),
        note: noteOf(about, given.length),
      },
      ...(done === null ? [] : [auditTable(done, language)]),
    ],
  };
}

function noteOf({ customer }: About, shown: number): LocalText | null {
  const newest = shown === ROWS ? both(`The newest ${ROWS}.`, `仅列最新 ${ROWS} 条。`) : null;
  if (customer === null) return newest;
  const theirs = both(
    "Of each order the commands to miners that were this customer's when it was given. Who approved it and its reason are told where it was to no others. The audit trail is of whole sites and no part of a customer's report.",
    "每条指令仅计下达时属于该客户的矿机。仅当指令未涉及其他设备时列出批准人与原因。审计记录按整个站点，不列入客户报表。",
  );
  return newest === null ? theirs : both(`${newest.en} ${theirs.en}`, `${newest.zh}${theirs.zh}`);
}

function auditTable(done: readonly Done[], language: Sources["language"]) {
  return {
    type: "table" as const,
    title: both("Audit trail by action", "审计记录（按操作）"),
    columns: [
      textColumn("action", both("Action", "操作")),
      numberColumn("done", both("Done", "完成"), { total: "sum" }),
      numberColumn("refused", both("Refused", "被拒绝"), { total: "sum" }),
      numberColumn("people", both("People", "人数")),
    ],
    rows: done.map((row) => [wordOf(ACTION_WORDS, row.action, language), row.done, row.refused, row.people]),
    note: both(
      "Actions at these sites; those of the whole installation are in the trail itself.",
      "仅含这些站点的操作；全局操作见审计记录。",
    ),
  };
}

/** What was ordered and how it ended; who did what. */
export const orders: Kind = {
  title: both("Orders and audit", "指令与审计"),
  needs: ["command.read", "audit.read"],
  needsOfCustomer: ["command.read"],
  build,
};
