import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { createLog } from "@banksman/kit";
import { type PrivatePostgres, startPostgres } from "@banksman/testkit";
import type { Tariff } from "@banksman/wire/api";
import type { ReportDocument, ReportKind, ReportTable } from "@banksman/wire/model";
import fc from "fast-check";
import { type Database, openDatabase } from "../db/connect.ts";
import { migrate } from "../db/migrations.ts";
import { marketService } from "../market/service.ts";
import { marketStore } from "../market/store.ts";
import { documentOf } from "./build.ts";
import { usd, usdDigitsOf } from "./kind.ts";
import { midnight } from "./period.ts";
import { reportStore } from "./store.ts";
import { totalsOf } from "./totals.ts";

/** Figures of reports beside a slow reckoning over the same minutes, one by one, in plain words. */
const MINUTE = 60_000;
type Site = { site_no: number; site_id: string; name: string; time_zone: string };
type Minute = { at: number; total: number; online: number; ghs: number | null; plate: number; watts: number | null };

let postgres: PrivatePostgres;
let database: Database;
let sites: Site[];

before(async () => {
  postgres = await startPostgres({ fsync: "off" });
  database = await openDatabase(postgres.url, "unused", createLog("test", "silent"));
  await migrate(database.pool, createLog("test", "silent"));
  const { rows } = await database.pool.query(`insert into sites (site_id, name, time_zone) values
    ('ny', 'New York', 'America/New_York'), ('lh', 'Lord Howe', 'Australia/Lord_Howe'), ('dark', 'Dark', 'UTC')
    returning site_no, site_id, name, time_zone`);
  sites = rows;
});
after(async () => {
  await database.close();
  await postgres[Symbol.asyncDispose]();
});

/** A day around a change of the clocks, every ten minutes or so, with holes. */
const ZONE = "America/New_York";
const PERIOD = { span: "range" as const, from: "2026-10-31", to: "2026-11-03", time_zone: ZONE };
const [FROM, TO] = [midnight(PERIOD.from, ZONE), midnight(PERIOD.to, ZONE)];

const minute = fc.record({
  total: fc.integer({ min: 1, max: 50 }),
  share: fc.oneof({ weight: 3, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) }, fc.constant(0)),
  ghs: fc.option(fc.integer({ min: 0, max: 10_000_000 })),
  plate: fc.double({ min: 1e6, max: 1e7, noNaN: true }),
  watts: fc.option(fc.integer({ min: 0, max: 1_000_000 })),
});
const stretch = fc.array(fc.option(minute, { freq: 5 }), { minLength: 30, maxLength: 30 });
const band = fc.record({
  from: fc.integer({ min: 0, max: 23 }),
  to: fc.integer({ min: 0, max: 23 }),
  price: fc.double({ min: 0, max: 1, noNaN: true }),
});
const tariff = fc.option(
  fc.record({
    price: fc.double({ min: 0, max: 1, noNaN: true }),
    overhead: fc.double({ min: 1, max: 2, noNaN: true }),
    bands: fc.array(
      band.filter(({ from, to }) => from !== to),
      { maxLength: 3 },
    ),
  }),
);

async function store(siteNo: number, minutes: readonly Minute[], paid: Tariff | null): Promise<void> {
  await database.pool.query("delete from site_1m where site_no = $1", [siteNo]);
  await database.pool.query("delete from site_tariffs where site_no = $1", [siteNo]);
  if (paid) await database.pool.query("insert into site_tariffs (site_no, tariff) values ($1, $2)", [siteNo, paid]);
  for (const { at, total, online, ghs, plate, watts } of minutes)
    await database.pool.query(
      `insert into site_1m (site_no, bucket, total, online, hashrate_ghs, expected_hashrate_ghs, power_consumption)
       values ($1, $2, $3, $4, $5, $6, $7)`,
      [siteNo, new Date(at), total, online, ghs, plate, watts],
    );
}

const report = (kind: ReportKind): Promise<ReportDocument> =>
  documentOf(
    { kind, period: PERIOD, compare: false, scope: { site_id: null, region: null, customer_id: null }, language: "en" },
    {
      db: database.db,
      market: marketService(marketStore(database.db), () => ({ overhead: 1 })),
      sites,
      customer: null,
    },
    TO + 60 * MINUTE,
    async () => undefined,
  );
const tableOf = (document: ReportDocument, title: string): ReportTable => {
  const found = document.sections.find((section) => section.title.en === title);
  if (found?.type !== "table") assert.fail(`no table ${title}`);
  return found;
};
const cell = ({ columns, rows }: ReportTable, name: string, key: string) =>
  rows.find(([first]) => first === name)?.[columns.findIndex((column) => column.key === key)];
const close = (told: unknown, reckoned: number | null, what: string) => {
  if (reckoned === null) return assert.equal(told, null, what);
  assert.ok(
    typeof told === "number" && Math.abs(told - reckoned) <= 1e-6 * Math.max(1, Math.abs(reckoned)),
    `${what}: ${told}, ${reckoned}`,
  );
};
const mean = (values: (number | null)[]) => {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
};
const hourIn = (at: number, zone: string) =>
  Number(new Intl.DateTimeFormat("en", { timeZone: zone, hour: "2-digit", hourCycle: "h23" }).format(at));

/** J/TH of the minutes that tell watts and hashrate: joules a second over terahashes a second. */
function perTh(minutes: readonly Minute[]): number | null {
  const both = minutes.flatMap(({ watts, ghs }) =>
    watts === null || ghs === null ? [] : [{ watts, ths: ghs / 1_000 }],
  );
  const done = both.reduce((sum, { ths }) => sum + ths, 0);
  return done === 0 ? null : both.reduce((sum, { watts }) => sum + watts, 0) / done;
}

/** Power step by step: each site's mean of what it told, unless one of those that tell power told none of it then. */
function checkPower(energy: ReportDocument, told: readonly { minutes: readonly Minute[] }[]): void {
  const [chart] = energy.sections;
  assert.ok(chart?.type === "chart");
  const stepOf = ({ at }: Minute) => Math.floor((at - FROM) / 1_000 / chart.step_s);
  const own = told.flatMap(({ minutes }) => (minutes.length === 0 ? [] : [Map.groupBy(minutes, stepOf)]));
  for (const [n, value] of (chart.lines[0]?.values ?? []).entries()) {
    const steps = own.map((bySteps) => ({
      isDue: [...bySteps.values()].flat().some(({ watts }) => watts !== null),
      isTold: bySteps.has(n),
      watts: mean((bySteps.get(n) ?? []).map(({ watts }) => watts)),
    }));
    const isWhole = steps.every(({ isDue, isTold, watts }) => isTold && (watts !== null || !isDue));
    const known = steps.flatMap(({ watts }) => watts ?? []);
    const sum = isWhole && known.length > 0 ? known.reduce((a, b) => a + b, 0) * 1e-6 : null;
    close(value, sum, `power, step ${n}`);
  }
}

test("operation and energy equal what a slow reckoning over the minutes gives: gaps, clock changes, bands of price", async () => {
  const scene = fc.record({
    minutes: stretch,
    start: fc.integer({ min: 0, max: 4_000 }),
    step: fc.integer({ min: 1, max: 60 }),
    paid: tariff,
  });
  await fc.assert(
    fc.asyncProperty(fc.tuple(scene, scene), async (scenes) => {
      const bySite = new Map<string, { minutes: Minute[]; paid: Tariff | null }>();
      for (const [n, { minutes, start, step, paid }] of scenes.entries()) {
        const site = sites[n];
        if (!site) continue;
        const told = minutes.flatMap((one, at): Minute[] => {
          const moment = FROM + (start + at * step) * MINUTE;
          if (!one || moment >= TO) return [];
          const online = Math.floor(one.total * one.share);
          // Who doesn't answer tells neither.
          return [{ at: moment, ...one, online, ...(online === 0 && { ghs: null, watts: null }) }];
        });
        bySite.set(site.name, { minutes: told, paid });
        await store(site.site_no, told, paid);
      }
      const [operation, energy] = [await report("operation"), await report("energy")];
      const [ops, power] = [tableOf(operation, "Sites"), tableOf(energy, "Sites")];
      const bill: { cost: number; kwh: number }[] = [];
      for (const { name, time_zone } of sites) {
        const { minutes = [], paid = null } = bySite.get(name) ?? {};
        const known = minutes.reduce((sum, { total }) => sum + total, 0);
        const up = minutes.reduce((sum, { online }) => sum + online, 0);
        close(cell(ops, name, "availability"), known === 0 ? null : (100 * up) / known, `${name} availability`);
        close(cell(ops, name, "coverage"), (100 * minutes.length * MINUTE) / (TO - FROM), `${name} coverage`);
        // An outage is told, and hashes nothing.
        const ghs = mean(minutes.map((one) => (one.online === 0 ? 0 : one.ghs)));
        close(cell(ops, name, "hashrate"), ghs === null ? null : ghs * 1e-6, `${name} hashrate`);
        const drawn = minutes.filter(({ watts }) => watts !== null);
        const kwh = drawn.reduce((sum, { watts }) => sum + (watts ?? 0) / 60_000, 0);
        close(cell(power, name, "mwh"), drawn.length === 0 ? null : kwh / 1_000, `${name} energy`);
        close(cell(power, name, "j_th"), perTh(minutes), `${name} efficiency`);
        const cost = drawn.reduce((sum, { at, watts }) => {
          const hour = hourIn(at, time_zone);
          const band = paid?.bands.find(({ from, to }) =>
            from < to ? hour >= from && hour < to : hour >= from || hour < to,
          );
          return sum + ((watts ?? 0) / 60_000) * (paid?.overhead ?? 0) * (band?.price ?? paid?.price ?? 0);
        }, 0);
        close(cell(power, name, "cost"), drawn.length === 0 || !paid ? null : cost, `${name} cost`);
        if (paid) bill.push({ cost, kwh });
      }
      const [usd, mwh] = [
        bill.reduce((sum, one) => sum + one.cost, 0),
        bill.reduce((sum, { kwh }) => sum + kwh / 1_000, 0),
      ];
      checkPower(energy, [...bySite.values()]);
      const perMwh = energy.figures.find(({ name }) => name.en === "Cost a MWh");
      close(perMwh?.value, mwh === 0 ? null : usd / mwh, "cost a MWh, of sites that pay");
      const all = [...bySite.values()].flatMap(({ minutes }) => minutes);
      const total = all.reduce((sum, one) => sum + one.total, 0);
      const efficiency = energy.figures.find(({ name }) => name.en === "Efficiency");
      close(efficiency?.value, perTh(all), "efficiency of all");
      const last = totalsOf(power)?.[power.columns.findIndex(({ key }) => key === "j_th")];
      // A site that drew power and hashed nothing has none.
      const hashing = [...bySite.values()].flatMap(({ minutes }) => (perTh(minutes) === null ? [] : minutes));
      close(last ?? null, perTh(hashing), "efficiency in the last row");
      close(
        operation.figures[0]?.value,
        total === 0 ? null : (100 * all.reduce((sum, { online }) => sum + online, 0)) / total,
        "availability of all",
      );
      close(operation.coverage, (all.length * MINUTE) / (TO - FROM) / sites.length, "coverage of all");
      const missing = tableOf(operation, "Gaps in the data").rows.filter(([name]) => name === "Dark");
      assert.deepEqual(
        missing.map(([, from, to]) => [from, to]),
        [[new Date(FROM).toISOString(), new Date(TO).toISOString()]],
      );
    }),
    { numRuns: 12 },
  );
});

test("gaps are all that lies between minutes, also at the ends, and nothing is charted in them", async () => {
  const [first] = sites;
  assert.ok(first);
  for (const { site_no } of sites) await store(site_no, [], null);
  const at = (minutes: number): Minute => ({
    at: FROM + minutes * MINUTE,
    total: 1,
    online: 1,
    ghs: 1e6,
    plate: 1e6,
    watts: null,
  });
  await store(first.site_no, [...Array(60).keys()].map((n) => at(60 + n)).concat([at(131), at(140)]), null);
  const document = await report("operation");
  const own = tableOf(document, "Gaps in the data").rows.filter(([name]) => name === first.name);
  assert.deepEqual(
    own.map(([, from, to, minutes]) => [from, to, minutes]),
    [
      [FROM, FROM + 60 * MINUTE, 60],
      [FROM + 120 * MINUTE, FROM + 131 * MINUTE, 11],
      [FROM + 141 * MINUTE, TO, (TO - FROM) / MINUTE - 141],
    ].map(([from = 0, to = 0, minutes]) => [new Date(from).toISOString(), new Date(to).toISOString(), minutes]),
  );
  const [chart] = document.sections;
  assert.ok(chart?.type === "chart");
  assert.deepEqual(chart.lines[0]?.values.slice(0, 4), [null, 1, 1, null]);
});

test("an outage of all miners lowers the mean hashrate, and is no gap", async () => {
  const [first] = sites;
  assert.ok(first);
  for (const { site_no } of sites) await store(site_no, [], null);
  const up = { total: 2, online: 2, ghs: 2e6, plate: 2e6, watts: 6_000 };
  const minutes = [...Array(180).keys()].map((n): Minute => ({ at: FROM + n * MINUTE, ...up }));
  const away = (n: number, told: Minute) => (n < 60 ? told : { ...told, online: 0, ghs: null, watts: null });
  await store(
    first.site_no,
    minutes.map((told, n) => away(n, told)),
    null,
  );
  const [operation, revenue] = [await report("operation"), await report("revenue")];
  close(cell(tableOf(operation, "Sites"), first.name, "hashrate"), 2 / 3, "hashrate");
  close(cell(tableOf(operation, "Sites"), first.name, "of_plate"), 100 / 3, "of nameplate");
  close(cell(tableOf(revenue, "Sites"), first.name, "coverage"), (100 * 180 * MINUTE) / (TO - FROM), "coverage");
  const [chart] = operation.sections;
  assert.ok(chart?.type === "chart");
  assert.deepEqual(chart.lines[0]?.values.slice(0, 4), [2, 0, 0, null]);
  const gaps = tableOf(operation, "Gaps in the data").rows.filter(([name]) => name === first.name);
  assert.deepEqual(
    gaps.map(([, from]) => from),
    [new Date(FROM + 180 * MINUTE).toISOString()],
  );
});

test("a report of a customer who is not there is not built, and least of all of everybody's miners", async () => {
  const scope = { site_id: null, region: null, customer_id: "gone" };
  const sources = { db: database.db, market: marketService(marketStore(database.db), () => ({ overhead: 1 })), sites };
  for (const kind of ["operation", "miners", "statement"] as const)
    await assert.rejects(
      documentOf(
        { kind, period: PERIOD, compare: false, scope, language: "en" },
        { ...sources, customer: null },
        TO + 60 * MINUTE,
        async () => undefined,
      ),
      /no such customer/,
    );
});

test("totals are sums and weighed means of what is known", () => {
  const column = (key: string, total: ReportTable["columns"][number]["total"]) => ({
    key,
    name: { en: key, zh: key },
    type: "number" as const,
    unit: "",
    digits: 0,
    total,
  });
  const columns = [column("a", "sum"), column("b", { mean_by: "a" }), column("c", null)];
  assert.deepEqual(
    totalsOf({
      columns,
      rows: [
        [1, 10, 5],
        [3, 20, 5],
        [4, null, 5],
        [null, 99, 5],
      ],
    }),
    [8, 17.5, null],
  );
  assert.deepEqual(totalsOf({ columns, rows: [] }), [null, null, null]);
  assert.equal(totalsOf({ columns: [column("c", null)], rows: [[1]] }), null);
});

test("a report that nobody builds any more says so, and old ones are forgotten", async () => {
  const store = reportStore(database.db);
  const add = async (asked: string) => {
    const report_id = randomUUID();
    const scope = { site_id: null, region: null, customer_id: null };
    await store.add({
      report_id,
      kind: "miners",
      scope,
      sites: ["ny"],
      period: PERIOD,
      compare: false,
      language: "en",
      channels: [],
      asked_by: "ann",
    });
    await database.pool.query(`update reports set asked_at = now() - interval '${asked}' where report_id = $1`, [
      report_id,
    ]);
    return report_id;
  };
  const [old, lost, fresh] = [await add("800 days"), await add("7 hours"), await add("1 hour")];
  assert.deepEqual(await store.upkeep(730), { forgotten: 1, given_up: 1 });
  const states = await Promise.all([old, lost, fresh].map(async (id) => (await store.find(id))?.state ?? null));
  assert.deepEqual(states, [null, "failed", "waiting"]);
});

test("a small amount keeps its cents: a margin is what revenue and cost leave", () => {
  const name = { en: "Margin", zh: "毛利" };
  assert.deepEqual(
    [0.44, -99.9, 100, 12_345.6, null].map((value) => usd(name, value, "more").digits),
    [2, 2, 0, 0, 0],
  );
  assert.equal(usdDigitsOf([12_345.6, 0.44]), 2);
});
