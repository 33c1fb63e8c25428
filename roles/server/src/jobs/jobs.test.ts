import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, beforeEach, describe, test } from "node:test";
import { createLog, VirtualClock } from "@banksman/kit";
import { type PrivatePostgres, startPostgres, tempFolder } from "@banksman/testkit";
import type { Reading } from "@banksman/wire/model";
import { ServerConfig } from "../config.ts";
import { type Database, openDatabase } from "../db/connect.ts";
import { migrate } from "../db/migrations.ts";
import { nativeFlavour } from "../db/partitions.ts";
import { historyStore } from "../fleet/history-store.ts";
import { ingestStore, prepareRows } from "../ingest/store.ts";
import { createDiskAlert } from "./disk-alert.ts";
import { createRetention, type Watermark } from "./retention.ts";
import { createRollUp } from "./roll-up.ts";
import { createStaleCheck, tellStale } from "./stale.ts";

const log = createLog("test", "silent");
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const patience = () => ServerConfig.parse({}).intervals;
let postgres: PrivatePostgres;
let database: Database;
before(async () => {
  postgres = await startPostgres();
  await using folder = await tempFolder();
  database = await openDatabase(postgres.url, folder.path, log);
  await migrate(database.pool, log);
  await database.pool.query("insert into sites (site_id, name) values ('1', 'one')");
});
after(async () => {
  await database.close();
  await postgres[Symbol.asyncDispose]();
});

async function store(ts: number, readings: Reading[], receivedAt = ts): Promise<void> {
  const flavour = nativeFlavour(database.pool);
  const ingest = ingestStore(database.pool, flavour);
  const { numbers } = await ingest.minerNumbers(
    1,
    readings.map(({ miner_id }) => miner_id),
  );
  const rows = readings.map((reading) => ({
    reading,
    siteNo: 1,
    minerNo: numbers.get(reading.miner_id) ?? 0,
    ts,
    receivedAt,
  }));
  await ingest.write([{ siteNo: 1, batchId: randomUUID(), rows: prepareRows(rows), figures: () => ({}) }]);
}

const hashing = (miner_id: string, hashrate_ghs: number, power_consumption = 3_000): Reading => ({
  miner_id,
  online: true,
  hashrate_ghs,
  power_consumption,
});

describe("roll-ups", () => {
  /** The start of an hour three days back: its minutes, its hour and its day are over. */
  const hour = Math.floor((Date.now() - 3 * DAY) / HOUR) * HOUR;

  test("sum each minute by site, each hour and day by miner, and count late readings too", async () => {
    const flavour = nativeFlavour(database.pool);
    const rollUp = createRollUp(database.pool, flavour, patience);
    await store(hour, [hashing("a", 100), hashing("b", 200)]);
    await store(hour + 30_000, [hashing("a", 110), hashing("b", 200)]);
    await store(hour + 30 * 60_000, [hashing("a", 300), { miner_id: "b", online: false }]);
    assert.deepEqual(await rollUp(), { minutes: 2, hours: 1, days: 1 });
    const minutes = await database.pool.query("select total, online, hashrate_ghs from site_1m order by bucket");
    assert.deepEqual(minutes.rows, [
      { total: 2, online: 2, hashrate_ghs: 305 },
      // Nobody was told in the second minute, and nobody's reading was stale.
      { total: 2, online: 2, hashrate_ghs: 310 },
      { total: 2, online: 1, hashrate_ghs: 300 },
    ]);
    const hours = () =>
      database.pool.query(
        "select readings, online, hashrate_ghs_min as min, hashrate_ghs_avg as avg, hashrate_ghs_max as max from telemetry_1h order by miner_no",
      );
    assert.deepEqual((await hours()).rows, [
      { readings: 3, online: 3, min: 100, avg: 170, max: 300 },
      { readings: 3, online: 2, min: 200, avg: 200, max: 200 },
    ]);
    await store(hour + 40 * 60_000, [hashing("a", 10)]);
    await rollUp();
    assert.equal((await hours()).rows[0].min, 10);
    const days = await database.pool.query(
      "select readings, hashrate_ghs_min as min, hashrate_ghs_max as max from telemetry_1d order by miner_no",
    );
    assert.deepEqual(days.rows[0], { readings: 4, min: 10, max: 300 });
    assert.deepEqual(await rollUp(), { minutes: 0, hours: 0, days: 0 });
  });

  test("are not wiped out by a late reading of a day whose raw readings are gone", async () => {
    const rollUp = createRollUp(database.pool, nativeFlavour(database.pool), patience);
    const before = await database.pool.query("select readings, hashrate_ghs_avg from telemetry_1h order by miner_no");
    await database.pool.query("truncate telemetry");
    await store(hour + 50 * 60_000, [hashing("a", 9_999)]);
    await rollUp();
    const after = await database.pool.query("select readings, hashrate_ghs_avg from telemetry_1h order by miner_no");
    assert.deepEqual(after.rows, before.rows);
  });

  test("carry the chart where raw readings are gone", async () => {
    const history = historyStore(database.db);
    await database.pool.query("truncate telemetry");
    const range = { siteNo: 1, minerNo: 1, nowMs: Date.now(), hours: 96, resolution: 3_600, since: null };
    const at = (points: { timestamp: string; avg: number | null }[]) =>
      points.find(({ timestamp }) => Date.parse(timestamp) === hour)?.avg;
    assert.equal(at((await history.metric("hashrate_ghs", { ...range, rolledUpBefore: null })).points), null);
    const { points } = await history.metric("hashrate_ghs", { ...range, rolledUpBefore: new Date() });
    assert.equal(at(points), 130);
    assert.ok(((await history.rolledUpTo(1, 1, new Date(hour)))?.getTime() ?? 0) > hour);
  });
});

describe("a site's minutes", () => {
  const MINUTE = 60_000;
  const start = Math.floor(Date.now() / HOUR) * HOUR - 2 * HOUR;
  const listed = (miner_id: string): Reading => ({
    miner_id,
    online: true,
    hashrate_ghs: 75,
    driver: "cooling:bitmain",
  });
  const rollUp = () => createRollUp(database.pool, nativeFlavour(database.pool), patience)();
  const told = async () => {
    const { rows } = await database.pool.query<{ bucket: Date; total: number; hashrate_ghs: number }>(
      "select bucket, total, hashrate_ghs from site_1m order by bucket",
    );
    return rows.map((row) => [(row.bucket.getTime() - start) / MINUTE, row.total, row.hashrate_ghs]);
  };
  const minutes = (from: number, to: number, total: number, ghs: number) =>
    Array.from({ length: to - from + 1 }, (_, n) => [from + n, total, ghs]);
  beforeEach(() => database.pool.query("truncate telemetry, latest, site_1m, rollup_dirty"));

  test("count a miner of a container's list with its last reading until that is stale, and no longer", async () => {
    for (const minute of [0, 5]) await store(start + minute * MINUTE, [listed("10.0.0.1")]);
    for (let minute = 0; minute <= 22; minute++) await store(start + minute * MINUTE, [hashing("own", 30)]);
    await rollUp();
    // Three lists may be missed: what was told at 5 counts up to 20.
    assert.deepEqual(await told(), [...minutes(0, 19, 2, 105), ...minutes(20, 22, 1, 30)]);
    const points = await historyStore(database.db).site(1, Date.now(), 4, 1_800);
    const point = points.find(({ timestamp }) => Date.parse(timestamp) === start);
    assert.deepEqual([point?.total, point?.online], [2, 2], "20 minutes of two miners and 3 of one are whole miners");

    await store(start + 15 * MINUTE, [listed("10.0.0.1")]);
    await rollUp();
    const late = [...minutes(0, 22, 2, 105), ...minutes(23, 29, 1, 75)];
    assert.deepEqual(await told(), late, "a list that comes late counts in the minutes after it too");
  });

  test("that are not over yet get what was told before at their time", async () => {
    await store(Date.now() - 3 * MINUTE, [listed("10.0.0.1")]);
    await rollUp();
    const { rows } = await database.pool.query("select from rollup_dirty where grain = 'minute' and bucket > now()");
    assert.ok(rows.length > 5, "minutes to come are marked");
  });

  test("do not count a miner twice that its own edge reads by now", async () => {
    await store(start, [listed("10.0.0.1")]);
    await database.pool.query("delete from latest where miner_id = '10.0.0.1'");
    await store(start + MINUTE, [hashing("own", 75)]);
    await rollUp();
    assert.deepEqual(await told(), [...minutes(0, 0, 1, 75), ...minutes(1, 1, 1, 75)]);
  });
});

describe("retention", () => {
  const rawDays = async () =>
    (await nativeFlavour(database.pool).rawDays()).map((day) => day.toISOString().slice(0, 10));
  const config = { hourly_days: 400, cooling_days: 90, disk_watermark: 0.9 };
  const parts = () => ({
    pool: database.pool,
    flavour: nativeFlavour(database.pool),
    settings: () => config,
    dataDir: null,
    clock: new VirtualClock(Date.now()),
    log,
  });
  const day = (ago: number) => new Date(Date.now() - ago * DAY).toISOString().slice(0, 10);

  test("drops whole days past their time and makes those to come", async () => {
    for (const ago of [16, 15, 14, 5]) await store(Date.now() - ago * DAY, [hashing("a", 1)]);
    await createRetention(parts())();
    const days = await rawDays();
    assert.ok(!days.includes(day(16)) && !days.includes(day(15)), "older than 14 days is gone");
    assert.ok(days.includes(day(5)) && days.includes(day(-3)), "the rest is kept, three days ahead are there");
  });

  test("a large fleet keeps three raw days", async () => {
    await database.pool.query(
      "insert into miners (site_no, miner_id) select 1, 'bulk-' || n from generate_series(1, 10001) n",
    );
    await createRetention(parts())();
    assert.ok(!(await rawDays()).includes(day(5)));
    await database.pool.query("delete from miners where miner_id like 'bulk-%'");
  });

  test("a disk over its watermark loses the oldest raw day first, and never today", async () => {
    await store(Date.now() - 2 * DAY, [hashing("a", 1)]);
    await store(Date.now(), [hashing("a", 1)]);
    const uses = [0.95, 0.5];
    const [oldest, ...others] = await rawDays();
    await createRetention({ ...parts(), dataDir: "/tmp", diskUse: async () => uses.shift() ?? 0 })();
    assert.notEqual(oldest, day(0));
    assert.deepEqual(await rawDays(), others);
    await createRetention({ ...parts(), dataDir: "/tmp", diskUse: async () => 0.99 })();
    assert.ok((await rawDays()).includes(day(0)));
  });

  test("cooling snapshots go last, when no raw day of miners is left, and whoever looks after the disk hears of it", async () => {
    const flavour = nativeFlavour(database.pool);
    await store(Date.now() - 2 * DAY, [hashing("a", 1)]);
    await flavour.ensure(
      [3, 2, 0].map((ago) => new Date(Date.now() - ago * DAY)),
      ["cooling_snapshots"],
    );
    const cooling = async () =>
      (await flavour.rawDays("cooling_snapshots")).map((one) => one.toISOString().slice(0, 10));
    const miners = (await rawDays()).filter((one) => one < day(0));
    const told: Watermark[] = [];
    const run = (uses: number[]) =>
      createRetention({
        ...parts(),
        dataDir: "/tmp",
        diskUse: async () => uses.shift() ?? 0.5,
        onWatermark: async (one) => void told.push(one),
      })();
    await run(miners.map(() => 0.95));
    assert.ok((await cooling()).includes(day(3)), "while miners' days are there, none of cooling goes");
    // Yesterday's, made by each run, is a raw day of miners too.
    await run([0.95, 0.95]);
    assert.ok(!(await cooling()).includes(day(3)) && (await cooling()).includes(day(2)));
    assert.deepEqual(
      told.map(({ dropped, isOver }) => [dropped.at(-1)?.replace(/_\d+$/, ""), isOver]),
      [
        ["telemetry", false],
        ["cooling_snapshots", false],
      ],
    );
    await run(Array(20).fill(0.95));
    assert.equal(told.at(-1)?.isOver, true);
  });

  test("an alert is raised when days were dropped, and is over when a run finds room", async () => {
    const sent: string[] = [];
    let since: Date | null = null;
    const alert = createDiskAlert(
      {
        openSince: async () => since,
        takeAlertmanager: async ({ status, alerts: [one] }) => {
          sent.push(`${status} ${one?.labels.severity}`);
          since = status === "firing" ? new Date(one?.startsAt ?? 0) : null;
        },
      },
      new VirtualClock(Date.now()),
    );
    const fine = { used: 0.5, watermark: 0.9, dropped: [], isOver: false };
    for (const told of [fine, { ...fine, dropped: ["telemetry_20261101"] }, fine, fine]) await alert(told);
    assert.deepEqual(sent, ["firing critical", "resolved critical"]);
  });
});

describe("a miner without a reading for three intervals", () => {
  const healthOf = async (miner: string) =>
    (await database.pool.query("select health, offline_reason from latest where miner_id = $1", [miner])).rows[0];

  test("turns offline as stale, by the collector's own interval and by the server's clock", async () => {
    const check = createStaleCheck(database.pool, patience);
    await database.pool.query(
      "insert into collectors (site_no, collector_id, interval_seconds, last_upload_at, last_readings) values (1, 'e', 60, now(), 1)",
    );
    await store(Date.now() - 170_000, [hashing("nearly", 1)]);
    await store(Date.now() - 190_000, [hashing("silent", 1)]);
    await store(Date.now() - 20 * 60_000, [hashing("slow clock", 1)], Date.now());
    const turned = await check();
    assert.ok(turned[0]?.minerIds.includes("silent"));
    assert.deepEqual(await healthOf("silent"), { health: 4, offline_reason: 6 });
    assert.deepEqual(await healthOf("nearly"), { health: 0, offline_reason: null });
    assert.deepEqual(await healthOf("slow clock"), { health: 0, offline_reason: null });
    assert.deepEqual(await check(), []);
    await store(Date.now(), [hashing("silent", 1)]);
    assert.deepEqual(await healthOf("silent"), { health: 0, offline_reason: null });
  });

  test("is told to rules and pages, and to the webhooks of every site that can be told", async () => {
    const told: string[] = [];
    await tellStale({
      check: async () => ["1", "2"].map((siteId) => ({ siteNo: Number(siteId), siteId, minerIds: ["m"] })),
      publish: ({ siteId }) => told.push(`page ${siteId}`),
      evaluator: { takeStale: (siteId) => void told.push(`rule ${siteId}`) },
      webhooks: {
        emitLate: async (siteId) => {
          if (siteId === "1") throw new Error("no database");
          told.push(`webhook ${siteId}`);
        },
      },
      log,
    })();
    assert.deepEqual(told, ["page 1", "rule 1", "page 2", "rule 2", "webhook 2"]);
  });
});
