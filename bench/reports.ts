/**
 * Reports of a fleet of 6,000 miners at four sites over 90 days: how long each kind takes and what its files weigh, rows a
 * second of the export, the server's memory, and how long requests wait while 20 reports are built at once.
 *   node bench/reports.ts
 */
import { readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createLog } from "@banksman/kit";
import { freePort, run, startPostgres, tempFolder, waitFor } from "@banksman/testkit";
import type { Report } from "@banksman/wire/api";
import { openDatabase } from "../roles/server/src/db/connect.ts";
import { migrate } from "../roles/server/src/db/migrations.ts";
import { nativeFlavour } from "../roles/server/src/db/partitions.ts";

const LAUNCHER = fileURLToPath(new URL("../cli/banksman.js", import.meta.url));
const [MINERS, DAYS, AT_ONCE] = [6_000, 90, 20];
const PASSWORD = "a-long-bench-password";
const LONG = { withinMs: 600_000 };

await using folder = await tempFolder();
await using postgres = await startPostgres({ shared_buffers: "256MB", max_wal_size: "4GB", fsync: "off" });
const database = await openDatabase(postgres.url, folder.path, createLog("bench", "silent"));
await migrate(database.pool, createLog("bench", "silent"));
const moments = Array.from({ length: DAYS + 3 }, (_, n) => new Date(Date.now() + (1 - n) * 86_400_000));
await nativeFlavour(database.pool).ensure(moments);
const fill = (text: string) => database.pool.query(text);
await fill("insert into sites (site_id, name) select 'site-' || n, 'Site ' || n from generate_series(1, 4) n");
await fill(`insert into miners (site_no, miner_id, first_seen_at)
  select 1 + n % 4, 'S21_' || lpad(n::text, 5, '0'), now() - interval '200 days' from generate_series(1, ${MINERS}) n`);
await fill(`insert into latest (site_no, miner_no, ts, health, received_at, miner_id, model, mac, ip_address, firmware)
  select site_no, miner_no, now(), 0, now(), miner_id, 'Antminer S21', '02:00:00:00:00:01', '10.0.0.1', '49.0.1.3' from miners`);
await fill(`insert into telemetry_1h (site_no, miner_no, bucket, readings, online, hashrate_ghs_avg, expected_hashrate_ghs_avg,
    temperature_chip_max, power_consumption_avg, accepted_shares_min, accepted_shares_max, rejected_shares_min, rejected_shares_max,
    minutes, online_minutes, power_minutes, kwh)
  select site_no, miner_no, b, 60, 59, 200000 + 10000 * random(), 210000, 80 + 16 * random(), 3500, 1, 900, 1, 3, 60, 59, 59, 3.4
  from miners, generate_series(date_trunc('hour', now()) - interval '${DAYS} days', now() - interval '1 hour', '1 hour') b`);
await fill(`insert into site_1m (site_no, bucket, total, online, hashrate_ghs, expected_hashrate_ghs, power_consumption)
  select site_no, b, 1500, 1480, 3.1e8, 3.15e8, 5.2e6
  from sites, generate_series(date_trunc('minute', now()) - interval '${DAYS} days', now(), '1 minute') b`);
await fill("insert into customers (customer_id, name, contact, note) values ('acme', 'Acme', '', '')");
await fill(`insert into customer_miners (customer_id, site_no, miner_no, valid_from)
  select 'acme', site_no, miner_no, date_trunc('hour', now()) - interval '200 days' from miners`);
await fill("analyze");
await database.close();

const port = await freePort();
const server = run(process.execPath, [LAUNCHER, "server"], {
  env: {
    ...process.env,
    DATABASE_URL: postgres.url,
    DATA_DIR: folder.path,
    ADMIN_PASSWORD: PASSWORD,
    PORT: String(port),
    LOG_LEVEL: "warn",
  },
});
await server.output(/Banksman is at/, 60_000);
const url = `http://127.0.0.1:${port}/api`;
const headers: Record<string, string> = { "content-type": "application/json" };
const call = async <T>(method: string, path: string, body?: object): Promise<T> => {
  const reply = await fetch(url + path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
  if (!headers.cookie) headers.cookie = reply.headers.getSetCookie()[0]?.split(";")[0] ?? "";
  return ((await reply.json()) as { data: T }).data;
};
await call("POST", "/session", { username: "admin", password: PASSWORD });

const peakMb = (): number =>
  Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${server.child.pid}/status`, "utf8"))?.[1] ?? 0) / 1_000;
const day = (ago: number) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);
const wish = (kind: string) => ({
  kind,
  scope: { customer_id: kind === "statement" ? "acme" : null },
  span: "range",
  from: day(DAYS - 1),
  to: day(-1),
  compare: false,
  language: "zh",
});
const built = async (report: Report): Promise<Report> =>
  waitFor(
    "the report",
    async () => {
      const now = await call<Report>("GET", `/reports/${report.report_id}`);
      if (now.state === "failed") throw new Error(now.reason ?? "failed");
      return now.state === "kept" ? now : null;
    },
    LONG,
  );
const kb = (report: Report, format: string) =>
  `${((report.files.find((file) => file.format === format)?.bytes ?? 0) / 1_000).toFixed(0)} kB`;

process.stdout.write(`idle server: ${peakMb().toFixed(0)} MB\n`);
for (const kind of ["operation", "energy", "miners", "statement"]) {
  const report = await built(await call<Report>("POST", "/reports", wish(kind)));
  const seconds = (Date.parse(report.built_at ?? "") - Date.parse(report.asked_at)) / 1_000;
  const rows = kind === "miners" ? `, ${(MINERS / seconds).toFixed(0)} rows a second into four files` : "";
  process.stdout.write(
    `${kind}: ${seconds.toFixed(1)} s, PDF ${kb(report, "pdf")}, Excel ${kb(report, "xlsx")}, peak ${peakMb().toFixed(0)} MB${rows}\n`,
  );
}

/** Milliseconds of one request after the other until `until`. */
async function waits(until: Promise<unknown>): Promise<number[]> {
  let isOver = false;
  void until.finally(() => {
    isOver = true;
  });
  const taken: number[] = [];
  while (!isOver) {
    const began = performance.now();
    await call("GET", "/collector/monitor/sites/site-1/miners/latest?per_page=50");
    taken.push(performance.now() - began);
    await setTimeout(20);
  }
  return taken.toSorted((a, b) => a - b);
}
const told = (taken: readonly number[]) =>
  `p50 ${(taken[Math.floor(taken.length * 0.5)] ?? 0).toFixed(0)} ms, p95 ${(taken[Math.floor(taken.length * 0.95)] ?? 0).toFixed(0)} ms`;
process.stdout.write(`requests beside nothing: ${told(await waits(setTimeout(5_000)))}\n`);
const began = performance.now();
const kinds = ["operation", "energy", "miners", "alerts", "orders"];
const all = Promise.all(
  Array.from({ length: AT_ONCE }, async (_, n) =>
    built(await call<Report>("POST", "/reports", wish(kinds[n % kinds.length] ?? "operation"))),
  ),
);
const beside = await waits(all);
process.stdout.write(
  `${AT_ONCE} reports at once: ${((performance.now() - began) / 1_000).toFixed(0)} s; requests meanwhile: ${told(beside)}; peak ${peakMb().toFixed(0)} MB\n`,
);
await server.stop("SIGTERM");
