import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { createLog } from "@banksman/kit";
import { startPostgres } from "@banksman/testkit";
import type { ReportCell, ReportDocument, ReportKind, ReportPeriod } from "@banksman/wire/model";
import { ServerConfig } from "../config.ts";
import { openDatabase } from "../db/connect.ts";
import { migrate } from "../db/migrations.ts";
import { nativeFlavour } from "../db/partitions.ts";
import { createRollUp } from "../jobs/roll-up.ts";
import { marketService } from "../market/service.ts";
import { marketStore } from "../market/store.ts";
import { documentOf } from "../reports/build.ts";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

export type WorldSite = { site_no: number; site_id: string; name: string; time_zone: string };
export type ReportWorld = Awaited<ReturnType<typeof startReportWorld>>;

/** Nine days with the end of summer time in Berlin and, a week later, in New York. */
export const periodIn = (time_zone: string): ReportPeriod => ({
  span: "range",
  from: "2025-10-25",
  to: "2025-11-03",
  time_zone,
});
export const ZONES = ["Europe/Berlin", "America/New_York", "Asia/Shanghai"] as const;

export const ACME = { customer_id: "acme", name: "Acme" };

/** A database with a site in each zone and two customers, and reports over it, beside which tests set slow reckonings of their own. */
export async function startReportWorld(paidByAll: { price?: number | undefined; overhead: number } = { overhead: 1 }) {
  const postgres = await startPostgres({ fsync: "off" });
  const database = await openDatabase(postgres.url, "unused", createLog("test", "silent"));
  await migrate(database.pool, createLog("test", "silent"));
  const { rows: sites } = await database.pool.query<WorldSite>(
    `insert into sites (site_id, name, time_zone) select lower(zone), 'Site ' || zone, zone from unnest($1::text[]) zone
     returning site_no, site_id, name, time_zone`,
    [ZONES],
  );
  await database.pool.query(
    "insert into customers (customer_id, name, contact, note) values ('acme', 'Acme', '', ''), ('other', 'Other', '', '')",
  );
  const market = marketService(marketStore(database.db), () => paidByAll);
  return {
    pool: database.pool,
    sites,
    /** Of all that there is at some sites, or of acme's miners alone. */
    report: (
      kind: ReportKind,
      period: ReportPeriod,
      of: readonly WorldSite[] = sites,
      customer: typeof ACME | null = null,
      nowMs = momentsOf(period).to + HOUR,
    ): Promise<ReportDocument> =>
      documentOf(
        {
          ...{ kind, period, compare: false, language: "en" },
          scope: { site_id: null, region: null, customer_id: customer?.customer_id ?? null },
        },
        { db: database.db, market, sites: of, customer },
        nowMs,
        async () => undefined,
      ),
    close: async () => {
      await database.close();
      await postgres[Symbol.asyncDispose]();
    },
  };
}

/** Room for raw readings of the period, and what makes their hourly sums. */
export async function hourSums({ pool }: Pick<ReportWorld, "pool">): Promise<() => Promise<unknown>> {
  const flavour = nativeFlavour(pool);
  const { from } = momentsOf(periodIn("UTC"));
  await flavour.ensure(Array.from({ length: 12 }, (_, day) => new Date(from + (day - 1) * 24 * HOUR)));
  return createRollUp(pool, flavour, () => ServerConfig.parse({}).intervals);
}

type GivenOrder = {
  siteNo: number | undefined;
  name: string;
  at: number;
  reason?: string;
  devices?: number;
  decided?: string | null;
};

/** An order by ann without its commands; gives its id. */
export async function storeOrder({ pool }: Pick<ReportWorld, "pool">, given: GivenOrder): Promise<string> {
  const { siteNo, name, at, reason = "", devices = 1, decided = null } = given;
  const id = randomUUID();
  await pool.query(
    `insert into orders (order_id, site_no, name, shown, sealed, reason, given_by, given_at, devices, ttl_seconds, steps,
       decided_by, payload_hash, devices_hash, request_hash, sealed_hash, authors)
     values ($1, $2, $3, '{}', '', $4, 'ann', $5, $6, 60, 1, $7, '', '', '', '', '{}')`,
    [id, siteNo, name, reason, iso(at), devices, decided],
  );
  return id;
}

/** When a day begins in a zone: the first quarter of an hour in which its calendar shows that day. */
function beginOf(date: string, zone: string): number {
  const shown = new Intl.DateTimeFormat("sv", { timeZone: zone });
  for (let at = Date.parse(date) - 24 * HOUR; ; at += 15 * MINUTE) if (shown.format(at) === date) return at;
}
/** A period's first moment and its end. */
export const momentsOf = ({ from, to, time_zone }: ReportPeriod) => ({
  from: beginOf(from, time_zone),
  to: beginOf(to, time_zone),
});
/** What the clock of a zone shows. */
export const hourIn = (at: number, zone: string): number =>
  Number(new Intl.DateTimeFormat("en", { timeZone: zone, hour: "2-digit", hourCycle: "h23" }).format(at));

export const iso = (at: number): string => new Date(at).toISOString();
export const known = <T>(values: readonly (T | null)[]): T[] => values.filter((value) => value !== null);
export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
/** The sum of what is known; null where nothing is. */
export const sumKnown = (values: readonly (number | null)[]): number | null =>
  known(values).length === 0 ? null : sum(known(values));
/** The mean of what is known; null where nothing is. */
export const mean = (values: readonly (number | null)[]): number | null =>
  known(values).length === 0 ? null : sum(known(values)) / known(values).length;
export function median(values: readonly (number | null)[]): number | null {
  const sorted = known(values).toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return mean([sorted[Math.floor(middle)] ?? null, sorted[Math.ceil(middle)] ?? null]);
}
export const percent = (part: number | null, whole: number | null): number | null =>
  part === null || !whole ? null : (100 * part) / whole;

/** A table's rows as objects by column. */
export function rowsOf(document: ReportDocument, title: string): Record<string, ReportCell | undefined>[] {
  const table = document.sections.find((section) => section.type === "table" && section.title.en === title);
  if (table?.type !== "table") assert.fail(`no table ${title}`);
  return table.rows.map((row) => Object.fromEntries(table.columns.map(({ key }, n) => [key, row[n]])));
}

/** A line of a chart. */
export function lineOf(document: ReportDocument, name: string): (number | null)[] {
  const lines = document.sections.flatMap((section) => (section.type === "chart" ? section.lines : []));
  return lines.find((line) => line.name.en === name)?.values ?? assert.fail(`no line ${name}`);
}

/** Figures are alike to what a four-byte number keeps. */
export function close(told: unknown, reckoned: number | string | null, what: string): void {
  const isNear =
    typeof told === "number" &&
    typeof reckoned === "number" &&
    Math.abs(told - reckoned) <= 1e-5 * Math.max(1, Math.abs(reckoned));
  assert.ok(isNear || told === reckoned, `${what}: the report tells ${told}, reckoned ${reckoned}`);
}

type Row = Record<string, number | string | null>;

/** A table has these rows and no other, in any order: text as it is, figures nearly so. */
export function sameRows(document: ReportDocument, title: string, reckoned: readonly Row[]): void {
  const told = rowsOf(document, title);
  assert.equal(told.length, reckoned.length, `${title}: rows`);
  const keys = Object.keys(reckoned[0] ?? {});
  assert.deepEqual(Object.keys(told[0] ?? {}), keys, `${title}: columns`);
  const textOf = (row: Record<string, unknown>) =>
    keys.map((key) => (typeof row[key] === "number" ? "" : `${row[key]}`)).join("\n");
  const order = (a: Record<string, unknown>, b: Record<string, unknown>) => {
    const [first, second] = [textOf(a), textOf(b)];
    if (first !== second) return first < second ? -1 : 1;
    const differing = keys.find((key) => a[key] !== b[key] && typeof a[key] === "number");
    return differing === undefined ? 0 : Number(a[differing]) - Number(b[differing]);
  };
  const [left, right] = [told.toSorted(order), reckoned.toSorted(order)];
  for (const [n, row] of right.entries())
    for (const [key, value] of Object.entries(row))
      close(left[n]?.[key], value, `${title}, ${Object.values(row).slice(0, 3).join(" ")}, ${key}`);
}

/** The head has these figures, in this order, and no other. */
export function sameFigures(document: ReportDocument, reckoned: Record<string, number | null>): void {
  assert.deepEqual(
    document.figures.map(({ name }) => name.en),
    Object.keys(reckoned),
  );
  for (const { name, value } of document.figures) close(value, reckoned[name.en] ?? null, name.en);
}
