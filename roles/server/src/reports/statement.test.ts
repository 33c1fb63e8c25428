import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createLog } from "@banksman/kit";
import { type PrivatePostgres, startPostgres } from "@banksman/testkit";
import type { Tariff } from "@banksman/wire/api";
import type { ReportDocument } from "@banksman/wire/model";
import fc from "fast-check";
import { ServerConfig } from "../config.ts";
import { healthCode, UNREACHABLE } from "../db/codes.ts";
import { type Database, openDatabase } from "../db/connect.ts";
import { migrate } from "../db/migrations.ts";
import { nativeFlavour } from "../db/partitions.ts";
import { createRollUp } from "../jobs/roll-up.ts";
import { marketService } from "../market/service.ts";
import { marketStore } from "../market/store.ts";
import { gapsIn, movesIn, type Owned, ownedFrom, partsOf, piecesOf, storeOwned } from "../test/report-reckoning.ts";
import { close, HOUR, hourIn, MINUTE, mean, sum } from "../test/report-world.ts";
import { documentOf } from "./build.ts";
import { totalsOf } from "./totals.ts";

/** A customer's statement beside a slow reckoning over raw readings, one by one, in plain words. */
const PERIOD = { span: "day" as const, from: "2025-11-02", to: "2025-11-03", time_zone: "America/New_York" };
/** The clocks go back that night: 25 hours. */
const [FROM, HOURS] = [Date.parse("2025-11-02T04:00:00Z"), 25];
const TO = FROM + HOURS * HOUR;

let postgres: PrivatePostgres;
let database: Database;
let rollUp: () => Promise<unknown>;
const sites: { site_no: number; site_id: string; name: string; time_zone: string }[] = [];
const TARIFFS: readonly (Tariff | null)[] = [
  { price: 0.07, overhead: 1.1, bands: [{ from: 22, to: 6, price: 0.03 }] },
  null,
];

before(async () => {
  postgres = await startPostgres({ fsync: "off" });
  database = await openDatabase(postgres.url, "unused", createLog("test", "silent"));
  await migrate(database.pool, createLog("test", "silent"));
  const { rows } = await database.pool.query(`insert into sites (site_id, name, time_zone)
    values ('a', 'A', 'America/New_York'), ('b', 'B', 'UTC') returning site_no, site_id, name, time_zone`);
  sites.push(...rows);
  await database.pool.query("insert into site_tariffs (site_no, tariff) values ($1, $2)", [
    rows[0].site_no,
    TARIFFS[0],
  ]);
  await database.pool.query(
    "insert into customers (customer_id, name, contact, note) values ('acme', 'Acme', '', ''), ('other', 'Other', '', '')",
  );
  const flavour = nativeFlavour(database.pool);
  await flavour.ensure([-1, 0, 1, 2].map((day) => new Date(FROM + day * 24 * HOUR)));
  rollUp = createRollUp(database.pool, flavour, () => ServerConfig.parse({}).intervals);
});
after(async () => {
  await database.close();
  await postgres[Symbol.asyncDispose]();
});

type Reading = { at: number; online: boolean; ghs: number | null; watts: number | null };

/** An hour of a miner: nothing, some of its minutes, or all of them; sometimes two readings in a minute. */
const reading = fc.record({
  second: fc.constantFrom(0, 20, 40),
  online: fc.boolean(),
  ghs: fc.option(fc.integer({ min: 0, max: 300_000 })),
  watts: fc.option(fc.integer({ min: 0, max: 4_000 })),
});
const hour = fc.oneof(
  fc.constant([]),
  fc.array(fc.tuple(fc.integer({ min: 0, max: 59 }), reading), { maxLength: 12 }),
  fc
    .tuple(fc.integer({ min: 45, max: 60 }), reading)
    .map(([count, one]) =>
      Array.from({ length: count }, (_, minute): [number, typeof one] => [
        minute,
        { ...one, online: minute % 7 !== 3 },
      ]),
    ),
);
const miner = fc.record({ hours: fc.array(hour, { minLength: HOURS, maxLength: HOURS }), moves: movesIn(HOURS) });

const HASHING = healthCode.toNumber("hashing");

async function store(siteNo: number, minerId: string, readings: readonly Reading[], owned: readonly Owned[]) {
  const { pool } = database;
  const { rows } = await pool.query(
    "insert into miners (site_no, miner_id) values ($1, $2) on conflict (site_no, miner_id) do update set serial = null returning miner_no",
    [siteNo, minerId],
  );
  const minerNo: number = rows[0].miner_no;
  await pool.query(
    `insert into telemetry (site_no, miner_no, ts, health, hashrate_ghs, power_consumption)
     select $1, $2, * from unnest($3::timestamptz[], $4::int2[], $5::float8[], $6::real[])`,
    [
      siteNo,
      minerNo,
      readings.map(({ at }) => new Date(at)),
      readings.map(({ online }) => (online ? HASHING : UNREACHABLE)),
      readings.map(({ ghs }) => ghs),
      readings.map(({ watts }) => watts),
    ],
  );
  await storeOwned(pool, siteNo, minerNo, owned);
}

const statement = (): Promise<ReportDocument> =>
  documentOf(
    {
      kind: "statement",
      period: PERIOD,
      compare: false,
      scope: { site_id: null, region: null, customer_id: "acme" },
      language: "en",
    },
    {
      db: database.db,
      market: marketService(marketStore(database.db), () => ({ overhead: 1 })),
      sites,
      customer: { customer_id: "acme", name: "Acme" },
    },
    TO + HOUR,
    async () => undefined,
  );

/** What the statement has to say of a miner's hours from `from` up to `to`. */
function reckon(readings: readonly Reading[], from: number, to: number, zone: string, tariff: Tariff | null) {
  const own = readings.filter(({ at }) => at >= from && at < to);
  const pieces = piecesOf(own);
  const online = pieces.filter((one) => one.online);
  const drawn = online.filter(({ watts }) => watts !== null);
  const kwhOf = ({ watts, minutes }: (typeof pieces)[number]) => ((watts ?? 0) * minutes) / 60_000;
  const cost = sum(
    drawn.map((one) => {
      const clock = hourIn(one.at, zone);
      const band = tariff?.bands.find(({ from: since, to: until }) => clock >= since || clock < until);
      return kwhOf(one) * (tariff?.overhead ?? 0) * (band?.price ?? tariff?.price ?? 0);
    }),
  );
  const hours = [...Map.groupBy(own, ({ at }) => Math.floor(at / HOUR))].map(([at, list]) => ({
    ghs: mean(list.map(({ ghs }) => ghs)),
    online: sum(online.filter((one) => Math.floor(one.at / HOUR) === at).map(({ minutes }) => minutes)),
  }));
  const hashed = hours.filter(({ ghs }) => ghs !== null);
  const weight = sum(hashed.map((one) => one.online));
  return {
    hours: (to - from) / HOUR,
    told: sum(pieces.map(({ minutes }) => minutes)),
    online: sum(online.map(({ minutes }) => minutes)),
    kwh: drawn.length === 0 ? null : sum(drawn.map(kwhOf)),
    power: sum(drawn.map(({ minutes }) => minutes)),
    cost: drawn.length === 0 || tariff === null ? null : cost,
    ths: weight === 0 ? null : sum(hashed.map((one) => (one.ghs ?? 0) * one.online)) / weight / 1_000,
    gaps: gapsIn(own, from, to),
  };
}

test("a statement equals what a slow reckoning over raw readings gives: moves, holes, the clock's change, bands of price", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(miner, { minLength: 4, maxLength: 4 }), async (miners) => {
      await database.pool.query(
        "truncate telemetry, telemetry_1h, telemetry_1d, site_1m, rollup_dirty, customer_miners",
      );
      const expected = new Map<string, ReturnType<typeof reckon>>();
      const gaps = new Map<string, number>();
      for (const [n, { hours, moves: list }] of miners.entries()) {
        const site = sites[n % 2];
        if (!site) continue;
        const minerId = `m${n}`;
        const byMoment = new Map<number, Reading>();
        for (const [index, minutes] of hours.entries())
          for (const [minute, { second, ...one }] of minutes) {
            const at = FROM + index * HOUR + minute * MINUTE + second * 1_000;
            byMoment.set(at, { at, ...one });
          }
        const readings = [...byMoment.values()];
        const owned = ownedFrom(FROM, list);
        await store(site.site_no, minerId, readings, owned);
        for (const { from: since, to: until } of partsOf(owned, FROM, TO)) {
          const told = reckon(readings, since, until, site.time_zone, TARIFFS[n % 2] ?? null);
          expected.set(`${minerId} ${new Date(since).toISOString()}`, told);
          for (const [a, b] of told.gaps) {
            const key = [site.name, new Date(a).toISOString(), new Date(b).toISOString()].join(" ");
            gaps.set(key, (gaps.get(key) ?? 0) + 1);
          }
        }
      }
      await database.pool.query(
        `insert into rollup_dirty select site_no, 'hour', $1::timestamptz + make_interval(hours => n)
         from sites, generate_series(0, $2) n`,
        [new Date(FROM), HOURS - 1],
      );
      await rollUp();
      const document = await statement();
      const [table, missing] = document.sections;
      assert.ok(table?.type === "table");
      assert.equal(table.rows.length, expected.size);
      const keys = table.columns.map(({ key }) => key);
      for (const row of table.rows) {
        const cell = Object.fromEntries(keys.map((key, at) => [key, row[at]]));
        const name = `${cell.miner} ${cell.from}`;
        const told = expected.get(name) ?? assert.fail(`nobody reckoned ${name}`);
        close(cell.hours, told.hours, `${name} hours`);
        close(cell.coverage, (100 * told.told) / 60 / told.hours, `${name} coverage`);
        close(cell.online_hours, told.online / 60, `${name} online`);
        close(cell.uptime, told.told === 0 ? null : (100 * told.online) / told.told, `${name} uptime`);
        close(cell.hashrate, told.ths, `${name} hashrate`);
        close(cell.kwh, told.kwh, `${name} energy`);
        close(cell.power_told, told.online === 0 ? null : (100 * told.power) / told.online, `${name} power told`);
        close(cell.cost, told.cost, `${name} cost`);
      }
      const rows = missing?.type === "table" ? missing.rows : [];
      assert.deepEqual(new Map(rows.map(([site, from, to, , count]) => [[site, from, to].join(" "), count])), gaps);
      const all = [...expected.values()];
      const [hours, minutes] = [sum(all.map((one) => one.hours)), sum(all.map(({ told }) => told))];
      close(document.coverage, hours === 0 ? null : minutes / 60 / hours, "coverage of all");
      const totals = totalsOf(table) ?? [];
      close(
        totals[keys.indexOf("online_hours")],
        all.length === 0 ? null : sum(all.map(({ online }) => online / 60)),
        "total online",
      );
      const uptime = minutes === 0 ? null : (100 * sum(all.map(({ online }) => online))) / minutes;
      close(totals[keys.indexOf("uptime")], uptime, "total uptime");
      close(document.figures[1]?.value, uptime, "uptime at the head");
    }),
    { numRuns: 12 },
  );
});
