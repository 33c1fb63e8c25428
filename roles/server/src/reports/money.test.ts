import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createLog } from "@banksman/kit";
import { type PrivatePostgres, startPostgres } from "@banksman/testkit";
import type { ReportDocument, ReportKind } from "@banksman/wire/model";
import fc from "fast-check";
import { type Database, openDatabase } from "../db/connect.ts";
import { migrate } from "../db/migrations.ts";
import { marketService } from "../market/service.ts";
import { marketStore } from "../market/store.ts";
import { documentOf } from "./build.ts";

/** Revenue and pool reconciliation beside a slow reckoning, one row at a time. */
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const PERIOD = { span: "day" as const, from: "2026-11-01", to: "2026-11-02", time_zone: "America/New_York" };
/** The clocks go back that night: 25 hours. */
const [FROM, TO] = [Date.parse("2026-11-01T04:00:00Z"), Date.parse("2026-11-02T05:00:00Z")];
/** What all sites pay that have no tariff of their own. */
const FOR_ALL = { price: 0.05, overhead: 1.25 };
const FEE = 0.02;
const HASHPRICE = 48.5;

let postgres: PrivatePostgres;
let database: Database;
const sites: { site_no: number; site_id: string; name: string; time_zone: string }[] = [];

before(async () => {
  postgres = await startPostgres({ fsync: "off" });
  database = await openDatabase(postgres.url, "unused", createLog("test", "silent"));
  await migrate(database.pool, createLog("test", "silent"));
  const { rows } = await database.pool.query(`insert into sites (site_id, name, time_zone)
    values ('a', 'A', 'America/New_York'), ('b', 'B', 'UTC') returning site_no, site_id, name, time_zone`);
  sites.push(...rows);
  const [own] = sites;
  const tariff = { price: 0.07, overhead: 1.1, bands: [{ from: 22, to: 6, price: 0.03 }] };
  await database.pool.query("insert into site_tariffs (site_no, tariff) values ($1, $2)", [own?.site_no, tariff]);
  await database.pool.query("insert into market_facts values ('hashprice', 'manual', $1, now(), 'test')", [HASHPRICE]);
  await database.pool.query("update market_settings set pool_fee = $1", [FEE]);
});
after(async () => {
  await database.close();
  await postgres[Symbol.asyncDispose]();
});

const report = (kind: ReportKind): Promise<ReportDocument> =>
  documentOf(
    { kind, period: PERIOD, compare: false, scope: { site_id: null, region: null, customer_id: null }, language: "en" },
    { db: database.db, market: marketService(marketStore(database.db), () => FOR_ALL), sites, customer: null },
    TO + 1,
    async () => undefined,
  );
/** A row of a table by its first cells, as an object by column. */
function rowOf(document: ReportDocument, title: string, ...first: string[]): Record<string, unknown> {
  const table = document.sections.find((section) => section.title.en === title);
  if (table?.type !== "table") assert.fail(`no table ${title}`);
  const row = table.rows.find((cells) => first.every((cell) => cells.includes(cell)));
  assert.ok(row, `no row ${first}`);
  return Object.fromEntries(table.columns.map(({ key }, n) => [key, row[n]]));
}
function close(told: unknown, reckoned: number | null, what: string): void {
  const within =
    told === reckoned ||
    (reckoned !== null &&
      typeof told === "number" &&
      Math.abs(told - reckoned) <= 1e-6 * Math.max(1, Math.abs(reckoned)));
  assert.ok(within, `${what}: ${told}, ${reckoned}`);
}
const known = (values: readonly (number | null)[]) => values.filter((value) => value !== null);
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const mean = (values: readonly (number | null)[]): number | null =>
  known(values).length === 0 ? null : sum(known(values)) / known(values).length;

const told = fc.option(fc.integer({ min: 0, max: 9_000_000 }), { freq: 3 });
const moments = <T>(one: fc.Arbitrary<T>) =>
  fc.uniqueArray(fc.record({ at: fc.integer({ min: 0, max: (TO - FROM) / MINUTE - 1 }), one }), {
    selector: ({ at }) => at,
    maxLength: 60,
  });

test("revenue, cost, margin and break-even equal a reckoning minute by minute, by own tariff or the one for all", async () => {
  const stretch = moments(fc.record({ ghs: told, watts: told }));
  await fc.assert(
    fc.asyncProperty(fc.tuple(stretch, stretch), async (scenes) => {
      await database.pool.query("delete from site_1m");
      for (const [n, minutes] of scenes.entries())
        for (const { at, one } of minutes)
          await database.pool.query(
            "insert into site_1m (site_no, bucket, total, online, hashrate_ghs, power_consumption) values ($1, $2, 1, 1, $3, $4)",
            [sites[n]?.site_no, new Date(FROM + at * MINUTE), one.ghs, one.watts],
          );
      const document = await report("revenue");
      const paid = HASHPRICE * (1 - FEE);
      let margin: number | null = null;
      for (const [n, { name, time_zone }] of sites.entries()) {
        const minutes = scenes[n] ?? [];
        const row = rowOf(document, "Sites", name);
        const work = (of: typeof minutes) => sum(known(of.map(({ one }) => one.ghs))) / 1e6 / 1_440;
        const hashed = minutes.filter(({ one }) => one.ghs !== null);
        const powered = minutes.filter(({ one }) => one.watts !== null);
        close(row.ph_days, hashed.length === 0 ? null : work(minutes), `${name} work`);
        close(row.coverage, (100 * hashed.length * MINUTE) / (TO - FROM), `${name} coverage`);
        close(row.revenue, hashed.length === 0 ? null : work(minutes) * paid, `${name} revenue`);
        const costs = powered.map(({ at, one }) => {
          const clock = new Date(FROM + at * MINUTE).toLocaleString("en-GB", { timeZone: time_zone, hour: "2-digit" });
          const night = Number(clock) >= 22 || Number(clock) < 6;
          const [price, overhead] = n === 0 ? [night ? 0.03 : 0.07, 1.1] : [FOR_ALL.price, FOR_ALL.overhead];
          return { kwh: ((one.watts ?? 0) / 60_000) * overhead, price };
        });
        const cost = powered.length === 0 ? null : sum(costs.map(({ kwh, price }) => kwh * price));
        close(row.cost, cost, `${name} cost`);
        const earned = powered.some(({ one }) => one.ghs !== null) ? work(powered) * paid : null;
        const left: number | null = earned === null || cost === null ? null : earned - cost;
        close(row.margin, left, `${name} margin`);
        const kwh = sum(costs.map((one) => one.kwh));
        close(row.even, earned === null || kwh === 0 ? null : earned / kwh, `${name} break-even`);
        if (left !== null) margin = (margin ?? 0) + left;
      }
      close(document.figures.find(({ name }) => name.en === "Margin")?.value, margin, "margin of all");
    }),
    { numRuns: 15 },
  );
});

test("pools beside devices equal a reckoning hour by hour; hours in which one side told nothing are not compared", async () => {
  const side = fc.option(
    fc.integer({ min: 0, max: 9 }).map((ph) => ph * 1e15),
    { freq: 3 },
  );
  const readings = moments(fc.record({ pool: side, device: side }));
  await fc.assert(
    fc.asyncProperty(fc.tuple(readings, readings), async (scenes) => {
      await database.pool.query("delete from pool_accounts");
      for (const [n, history] of scenes.entries()) {
        const { rows } = await database.pool.query(
          `insert into pool_accounts (site_no, pool, coin, account, is_ours, created_at)
           values ($1, 'f2pool', 'bitcoin', $2, true, '2026-01-01') returning account_no`,
          [sites[n]?.site_no, `account-${n}`],
        );
        for (const { at, one } of history)
          await database.pool.query("insert into pool_account_history values ($1, $2, $3, $4)", [
            rows[0].account_no,
            new Date(FROM + at * MINUTE),
            one.pool,
            one.device,
          ]);
      }
      const document = await report("pools");
      for (const [n, history] of scenes.entries()) {
        const row = rowOf(document, "Accounts", `account-${n}`);
        const hours = [...Map.groupBy(history, ({ at }) => Math.floor((at * MINUTE) / HOUR)).values()].map((hour) => ({
          pool: mean(hour.map(({ one }) => one.pool)),
          device: mean(hour.map(({ one }) => one.device)),
        }));
        const whole = hours.filter(({ pool, device }) => pool !== null && device !== null);
        const [pool, device] = [mean(whole.map((hour) => hour.pool)), mean(whole.map((hour) => hour.device))];
        close(row.coverage, (100 * hours.length) / ((TO - FROM) / HOUR), "coverage");
        const all = mean(hours.map((hour) => hour.pool));
        close(row.pool_ths, all === null ? null : all / 1e12, "at the pool");
        close(row.difference, pool === null || !device ? null : (100 * (pool - device)) / device, "difference");
        assert.equal(row.silent, hours.filter((hour) => (hour.device ?? 0) > 0 && (hour.pool ?? 0) === 0).length);
      }
    }),
    { numRuns: 15 },
  );
});
