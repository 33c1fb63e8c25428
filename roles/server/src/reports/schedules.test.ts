import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { createLog, VirtualClock } from "@banksman/kit";
import { type PrivatePostgres, startPostgres } from "@banksman/testkit";
import type { ReportScheduleWish } from "@banksman/wire/api";
import { createOutbox } from "../channels/outbox.ts";
import { type Database, openDatabase } from "../db/connect.ts";
import { migrate } from "../db/migrations.ts";
import type { Caller } from "../http/caller.ts";
import { HttpProblem } from "../http/problem.ts";
import { reachOfGrants } from "../identity/reach.ts";
import { scheduleStore } from "./schedule-store.ts";
import { scheduleService } from "./schedules.ts";
import { reportService } from "./service.ts";
import { reportStore } from "./store.ts";
import { mailedFiles, tellOver } from "./tell.ts";

/** Half an hour before a Friday ends in New York; the clocks went forward on the 8th. */
const START = Date.parse("2026-03-14T03:30:00Z");
const HOUR = 3_600_000;
const WISH: ReportScheduleWish = {
  ...{
    kind: "miners",
    scope: { site_id: null, region: null, customer_id: null },
    span: "day",
    time_zone: "America/New_York",
  },
  ...{ compare: false, language: "en", hour: 6, channels: ["boss"] },
};

let postgres: PrivatePostgres;
let database: Database;
let clock: VirtualClock;
let asked: unknown[];
let owner: Caller;
let userNo: number;

const SEES_CHANNELS = { role: "watcher", permissions: ["alert.read"], sites: null };
const adminAt = (
  siteId: string,
  user: number,
  username: string,
  customer: string | null = null,
  more: readonly (typeof SEES_CHANNELS)[] = [SEES_CHANNELS],
): Caller => ({
  ...{ is: "person", userNo: user, username, role: "admin", via: { is: "token", id: 1 } },
  reach: reachOfGrants(
    [{ role: "admin", permissions: null, sites: [siteId], customer }, ...more].map((grant) => ({
      ...{ container: null, customer: null, region: null },
      ...grant,
    })),
  ),
  expiresAt: new Date(START + 1e9),
});

before(async () => {
  postgres = await startPostgres({ fsync: "off" });
  database = await openDatabase(postgres.url, "unused", createLog("test", "silent"));
  await migrate(database.pool, createLog("test", "silent"));
  await database.pool.query("insert into sites (site_id, name) values ('own', 'Own'), ('far', 'Far')");
  const { rows } = await database.pool.query(
    "insert into users (username, password_hash) values ('mia', 'x') returning user_no",
  );
  userNo = rows[0].user_no;
  owner = adminAt("own", userNo, "mia");
});
after(async () => {
  await database.close();
  await postgres[Symbol.asyncDispose]();
});
beforeEach(async () => {
  clock = new VirtualClock(START);
  asked = [];
  for (const table of ["report_schedules", "reports", "grants", "deliveries"])
    await database.pool.query(`delete from ${table}`);
  await database.pool.query("update users set disabled_at = null");
  await database.pool.query(
    "insert into grants (user_no, role, scope, site_no) select $1, 'admin', 'site', site_no from sites where site_id = 'own'",
    [userNo],
  );
});

/** Made anew, as after a restart. */
const service = () =>
  scheduleService({
    store: scheduleStore(database.db),
    reports: reportStore(database.db),
    channels: { all: async () => [{ name: "boss" }] },
    ask: async (_name, { args }) => {
      asked.push(args);
      return null;
    },
    clock,
  });
const reports = async () =>
  (await database.pool.query("select period->>'from' as day, sites, asked_by from reports order by 1")).rows;

test("a day's report is asked for at its hour of the zone's clock, once, also when the server starts anew", async () => {
  const made = await service().create(WISH, owner);
  assert.equal(made.next_at, "2026-03-14T10:00:00.000Z");
  await clock.advance(6 * HOUR);
  assert.deepEqual(await service().run(), { asked: 0 });
  await clock.advance(HOUR);
  assert.deepEqual(await service().run(), { asked: 1 });
  assert.deepEqual(await service().run(), { asked: 0 });
  assert.deepEqual(await reports(), [{ day: "2026-03-13", sites: ["own"], asked_by: "mia" }]);
  assert.equal((await service().list(owner))[0]?.next_at, "2026-03-15T10:00:00.000Z");
});

test("just after midnight nothing fails: a report of hour 0 comes when the day's last hour is reckoned, as it is told", async () => {
  const made = await service().create({ ...WISH, hour: 0 }, owner);
  const kolkata = await service().create({ ...WISH, hour: 0, time_zone: "Asia/Kolkata" }, owner);
  assert.deepEqual([made.next_at, kolkata.next_at], ["2026-03-14T04:10:00.000Z", "2026-03-14T19:10:00.000Z"]);
  for (const at of ["2026-03-14T04:00:05Z", "2026-03-14T04:05:05Z"]) {
    await clock.advance(Date.parse(at) - clock.now());
    assert.deepEqual(await service().run(), { asked: 0 });
    await assert.rejects(
      reportService({ store: reportStore(database.db), ask: async () => null, clock }).build(WISH, owner),
      /last hour of this period is being reckoned/,
    );
  }
  // One that is made or changed then begins with the day that goes on.
  const late = await service().create(WISH, owner);
  assert.equal(late.next_at, "2026-03-15T10:00:00.000Z");
  const { next_at } = await service().change(late.schedule_id, { span: "week" }, owner);
  assert.equal(next_at, "2026-03-16T10:00:00.000Z");
  for (const [at, count] of [
    ["2026-03-14T04:10:00Z", 1],
    ["2026-03-14T18:41:00Z", 0],
    ["2026-03-14T19:10:00Z", 1],
  ] as const) {
    await clock.advance(Date.parse(at) - clock.now());
    assert.deepEqual(await service().run(), { asked: count }, at);
  }
});

test("a schedule that fails keeps no other from its report, and the job says which one it was", async () => {
  const { schedule_id } = await service().create(WISH, owner);
  await service().create({ ...WISH, kind: "energy" }, owner);
  await database.pool.query("update report_schedules set time_zone = 'Mars/Base' where schedule_id = $1", [
    schedule_id,
  ]);
  await clock.advance(7 * HOUR);
  await assert.rejects(service().run(), {
    message: new RegExp(`^no report of schedule ${schedule_id} \\(miners, of mia\\): .*Mars/Base`),
  });
  assert.deepEqual(
    (await reports()).map(({ day }) => day),
    ["2026-03-13"],
  );
});

test("a server that was killed after it asked asks for the same report", async () => {
  const { schedule_id } = await service().create(WISH, owner);
  await clock.advance(7 * HOUR);
  await service().run();
  await scheduleStore(database.db).seenTo(schedule_id, "2026-03-13", null);
  await service().run();
  assert.equal(asked.length, 2);
  assert.deepEqual(asked[0], asked[1]);
  assert.equal((await reports()).length, 1);
});

test("after days without a server the last whole period is built, and no other", async () => {
  await service().create(WISH, owner);
  await clock.advance(80 * HOUR);
  assert.deepEqual(await service().run(), { asked: 1 });
  assert.deepEqual(
    (await reports()).map(({ day }) => day),
    ["2026-03-16"],
  );
});

test("a report holds the sites that its owner reaches when it is built; without any it says why there is none", async () => {
  await service().create(WISH, owner);
  await database.pool.query("update grants set site_no = (select site_no from sites where site_id = 'far')");
  await clock.advance(7 * HOUR);
  await service().run();
  assert.deepEqual((await reports())[0]?.sites, ["far"]);
  await database.pool.query("delete from grants");
  await clock.advance(24 * HOUR);
  assert.deepEqual(await service().run(), { asked: 0 });
  assert.equal((await reports()).length, 1);
  assert.equal((await service().list(owner))[0]?.trouble, "no_sites");
});

test("who holds a role for a customer gets reports of that customer at their times, as long as they hold it", async () => {
  const acme = { site_id: null, region: null, customer_id: "acme" };
  await database.pool.query("insert into customers (customer_id, name, contact, note) values ('acme', 'Acme', '', '')");
  await database.pool.query(
    `with made as (insert into miners (site_no, miner_id) select site_no, 'm' from sites where site_id = 'far' returning *)
     insert into customer_miners (site_no, miner_no, valid_from, customer_id) select site_no, miner_no, $1, 'acme' from made`,
    [new Date(START - HOUR)],
  );
  await database.pool.query("update grants set scope = 'customer', site_no = null, customer_id = 'acme'");
  const mia = adminAt("far", userNo, "mia", "acme");
  for (const kind of ["operation", "energy", "alerts", "orders", "miners", "statement"] as const)
    await service().create({ ...WISH, kind, scope: acme }, mia);
  await assert.rejects(service().create(WISH, mia), /may have such a report of/);
  await clock.advance(7 * HOUR);
  assert.deepEqual(await service().run(), { asked: 6 });
  const { rows } = await database.pool.query("select distinct scope->>'customer_id' as customer, sites from reports");
  assert.deepEqual(rows, [{ customer: "acme", sites: ["far"] }]);
  await database.pool.query(`update grants set scope = 'site', customer_id = null,
    site_no = (select site_no from sites where site_id = 'own')`);
  await clock.advance(24 * HOUR);
  assert.deepEqual(await service().run(), { asked: 0 });
  assert.deepEqual(new Set((await service().list(mia)).map(({ trouble }) => trouble)), new Set(["no_sites"]));
});

test("who was disabled gets no more reports", async () => {
  await service().create(WISH, owner);
  await database.pool.query("update users set disabled_at = now()");
  await clock.advance(7 * HOUR);
  assert.deepEqual(await service().run(), { asked: 0 });
  assert.deepEqual(await reports(), []);
  assert.equal((await service().list(owner))[0]?.trouble, "owner_disabled");
});

test("a paused schedule builds nothing; it goes on with the next period, not with those that it missed", async () => {
  const { schedule_id } = await service().create(WISH, owner);
  assert.equal((await service().change(schedule_id, { enabled: false }, owner)).next_at, null);
  await clock.advance(31 * HOUR);
  assert.deepEqual(await service().run(), { asked: 0 });
  const { next_at } = await service().change(schedule_id, { enabled: true }, owner);
  assert.equal(next_at, "2026-03-16T10:00:00.000Z");
  assert.deepEqual(await service().run(), { asked: 0 });
  await clock.advance(24 * HOUR);
  assert.deepEqual(await service().run(), { asked: 1 });
  assert.deepEqual(
    (await reports()).map(({ day }) => day),
    ["2026-03-15"],
  );
});

test("what of a schedule is not named stays; one of another rhythm begins with the next period that is over", async () => {
  const { schedule_id, next_at: _next, ...made } = await service().create(WISH, owner);
  const { next_at: hourly, ...later } = await service().change(schedule_id, { hour: 9, channels: [] }, owner);
  assert.deepEqual(later, { ...made, schedule_id, hour: 9, channels: [] });
  assert.equal(hourly, "2026-03-14T13:00:00.000Z");
  const { next_at } = await service().change(schedule_id, { span: "week" }, owner);
  assert.equal(next_at, "2026-03-16T13:00:00.000Z");
  const nowhere = { scope: { site_id: "far", region: null, customer_id: null } };
  await assert.rejects(
    service().change(schedule_id, nowhere, owner),
    /there is no site "far" that mia may have such a report of/,
  );
  await assert.rejects(service().change(schedule_id, { channels: ["nowhere"] }, owner), /no channel "nowhere"/);
  const other = adminAt("far", userNo + 1, "eve");
  await assert.rejects(service().change(schedule_id, { enabled: false }, other), /there is no such schedule/);
});

test("a schedule is its owner's: nobody of another site sees it, ends it, or makes one of sites they don't reach", async () => {
  const { schedule_id } = await service().create(WISH, owner);
  const other = adminAt("far", userNo + 1, "eve");
  assert.deepEqual(await service().list(other), []);
  await assert.rejects(service().remove(schedule_id, other), /there is no such schedule/);
  await assert.rejects(
    service().create({ ...WISH, scope: { site_id: "own", region: null, customer_id: null } }, other),
    /may have such a report of/,
  );
  await assert.rejects(service().create({ ...WISH, channels: ["nowhere"] }, owner), /no channel "nowhere"/);
  await service().remove(schedule_id, owner);
  assert.deepEqual(await service().list(owner), []);
});

test("who may not see the channels names none, and learns of none; what a schedule names already stays", async () => {
  const blind = adminAt("own", userNo, "mia", null, []);
  const refused = (doing: Promise<unknown>) =>
    assert.rejects(
      doing,
      (error) => error instanceof HttpProblem && error.status === 403 && error.body.needs === "alert.read",
    );
  for (const channels of [["boss"], ["nowhere"]]) await refused(service().create({ ...WISH, channels }, blind));
  const { schedule_id } = await service().create({ ...WISH, channels: [] }, blind);
  for (const channels of [["boss"], ["nowhere"]]) await refused(service().change(schedule_id, { channels }, blind));
  await service().change(schedule_id, { channels: ["boss"] }, owner);
  assert.deepEqual((await service().change(schedule_id, { hour: 9, channels: ["boss"] }, blind)).channels, ["boss"]);
  await refused(service().change(schedule_id, { channels: ["boss", "nowhere"] }, blind));
  assert.deepEqual((await service().change(schedule_id, { channels: [] }, blind)).channels, []);
});

test("a report's channels are told once, with its figures and a link, also where it is built again", async () => {
  await service().create(WISH, owner);
  await clock.advance(7 * HOUR);
  await service().run();
  const { rows } = await database.pool.query("select report_id from reports");
  const report = await reportStore(database.db).find(rows[0].report_id);
  assert.ok(report);
  const figure = { name: { en: "Miners", zh: "矿机" }, value: 6_000, unit: "", digits: 0, before: null };
  const document = {
    ...{ kind: report.kind, title: { en: "Miners", zh: "矿机" }, scope: { en: "Own", zh: "Own" } },
    ...{ period: report.period, compared: null, coverage: 1, sections: [] },
    figures: [{ ...figure, better: null, note: null }],
  };
  const tell = tellOver(createOutbox(database.db, database.pool), "https://mine.example/");
  for (const _time of [1, 2]) await database.db.transaction().execute((tx) => tell(report, document, tx));
  const sent = await database.pool.query("select channel, message from deliveries");
  assert.equal(sent.rows.length, 1);
  assert.equal(sent.rows[0].channel, "boss");
  assert.deepEqual(
    [sent.rows[0].message.title, sent.rows[0].message.text, sent.rows[0].message.link],
    ["Miners 2026-03-13", "Own\nMiners: 6,000", `https://mine.example/reports?report=${report.report_id}`],
  );
  assert.equal(sent.rows[0].message.report_id, report.report_id);
  const put = (format: string, bytes: number) =>
    database.pool.query("insert into report_files values ($1, $2, $3, '')", [
      report.report_id,
      format,
      Buffer.alloc(bytes),
    ]);
  await Promise.all([put("pdf", 600), put("xlsx", 500), put("parquet", 1)]);
  const mailed = async (most: number) =>
    (await mailedFiles(reportStore(database.db))(report.report_id, most)).map(({ name }) => name);
  assert.deepEqual(await mailed(2_000), ["miners-2026-03-13.pdf", "miners-2026-03-13.xlsx"]);
  assert.deepEqual(await mailed(1_000), ["miners-2026-03-13.pdf"]);
  assert.deepEqual(await mailed(550), ["miners-2026-03-13.xlsx"]);
});
