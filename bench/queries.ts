/**
 * What a screen waits for, through HTTP: pages of the live table of a large site, and a week's chart of one miner.
 *   node bench/queries.ts [--site 100000] [--fleet 6000] [--days 7] [--interval 60]
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import pg from "pg";
import { ServerConfig } from "../roles/server/src/config.ts";
import { nativeFlavour } from "../roles/server/src/db/partitions.ts";
import { createRollUp } from "../roles/server/src/jobs/roll-up.ts";
import { siteWithKey, startTestServer } from "../roles/server/src/test/test-server.ts";
import { noise } from "./readings.ts";

const { values } = parseArgs({
  options: {
    site: { type: "string", default: "100000" },
    fleet: { type: "string", default: "6000" },
    days: { type: "string", default: "7" },
    interval: { type: "string", default: "60" },
  },
});
const [site, fleet, days, interval] = [values.site, values.fleet, values.days, values.interval].map(Number) as [
  number,
  number,
  number,
  number,
];

const folder = await mkdtemp(join(tmpdir(), "banksman-bench-"));
const server = await startTestServer({ data_dir: folder });
const { key } = await siteWithKey(server, "large");
await siteWithKey(server, "week");
const client = new pg.Client({ host: join(folder, "run"), user: "banksman", database: "banksman" });
await client.connect();

/** Miners of a site with a newest row each, spread over models, racks and states. */
async function fill(siteId: string, count: number): Promise<void> {
  const { rows } = await client.query<{ site_no: number }>("select site_no from sites where site_id = $1", [siteId]);
  await client.query(
    "insert into miners (site_no, miner_id) select $1, 'S21_' || lpad(n::text, 6, '0') from generate_series(1, $2::int) n",
    [rows[0]?.site_no, count],
  );
  await client.query(
    `insert into latest (site_no, miner_no, ts, received_at, health, status, miner_id, ip_address, hashrate_ghs, expected_hashrate_ghs,
       temperature_avg, temperature_max, power_consumption, accepted_shares, rejected_shares, model, make, worker_name, rack, position, pool_url, firmware, driver)
     select site_no, miner_no, now(), now() + interval '1 day', case when random() < 0.02 then 4 when random() < 0.02 then 2 else 0 end, 0, miner_id,
       '10.' || (miner_no / 65536) || '.' || (miner_no / 256 % 256) || '.' || (miner_no % 256), 200000 * (0.9 + random() / 5), 200000,
       60 + random() * 10, 70 + random() * 15, 3500 + random() * 100, 12000, random() * 200,
       (array['Antminer S21', 'Antminer S19 XP', 'M50S_VJ30', 'AvalonMiner 1466'])[1 + miner_no % 4], 'Antminer', 'farm.' || miner_no,
       'R' || (miner_no / 60), 'L' || (miner_no % 10) || '-N' || (miner_no % 6), 'stratum+tcp://pool.example:3333', 'Thu Jul 11 2024', 'antminer'
     from miners where site_no = $1`,
    [rows[0]?.site_no],
  );
}

/** A week of readings, day by day, each sweep's rows together as ingest writes them. */
async function fillWeek(): Promise<number> {
  const { rows } = await client.query<{ site_no: number }>("select site_no from sites where site_id = 'week'");
  let inserted = 0;
  for (let day = days; day >= 1; day--) {
    const from = new Date(Math.floor(Date.now() / 86_400_000 - day + 1) * 86_400_000);
    const name = `telemetry_${from.toISOString().slice(0, 10).replaceAll("-", "")}`;
    const to = new Date(from.getTime() + 86_400_000);
    await client.query(
      `create table if not exists ${name} partition of telemetry for values from ('${from.toISOString()}') to ('${to.toISOString()}')`,
    );
    const result = await client.query(
      `insert into telemetry (site_no, miner_no, ts, health, status, hashrate_ghs, hashrate_5s_ghs, expected_hashrate_ghs, temperature_avg, temperature_max,
         temperature_chip_min, temperature_chip_avg, temperature_chip_max, frequency_avg, power_consumption, latency_ms, accepted_shares, rejected_shares,
         hardware_errors, uptime_seconds, fan_1, fan_2, fan_3, fan_4)
       select m.site_no, m.miner_no, t, 0, 0, 200000 + m.miner_no % 977, 201000, 200000, 61, 73, 55, 61, 73, 490, 3520, 45, 12000, 15, 3, 86400, 4500, 4560, 4620, 4680
       from generate_series($2::timestamptz, least($3::timestamptz, now()) - interval '1 second', make_interval(secs => $4)) t, miners m where m.site_no = $1`,
      [rows[0]?.site_no, from, to, interval],
    );
    inserted += result.rowCount ?? 0;
  }
  return inserted;
}

async function measure(
  name: string,
  paths: string[],
  as: string,
): Promise<{ name: string; p50: string; p95: string; max: string }> {
  const times: number[] = [];
  for (const path of paths) {
    const began = performance.now();
    const { status } = await server.call("GET", path, as === "key" ? { key } : { cookie: as });
    if (status !== 200) throw new Error(`${path}: ${status}`);
    times.push(performance.now() - began);
  }
  const sorted = times.slice(5).toSorted((a, b) => a - b);
  const at = (share: number) =>
    `${(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(1)} ms`;
  return { name, p50: at(0.5), p95: at(0.95), max: at(1) };
}

const began = performance.now();
await fill("large", site);
await fill("week", fleet);
const rows = await fillWeek();
// As the roll-up job would have done hour by hour.
await client.query(
  "insert into rollup_dirty (site_no, grain, bucket) select distinct site_no, 'hour', date_trunc('hour', ts, 'UTC') from telemetry where miner_no = (select min(miner_no) from telemetry)",
);
const pool = new pg.Pool({ host: join(folder, "run"), user: "banksman", database: "banksman" });
const rolledUp = await createRollUp(pool, nativeFlavour(pool), () => ServerConfig.parse({}).intervals)();
await pool.end();
await client.query("vacuum analyze");
console.log(
  `${site} miners at one site, ${fleet} miners with ${rows} readings of ${days} days, ${rolledUp.hours} hours rolled up, filled in ${Math.round((performance.now() - began) / 1000)} s`,
);
const cookie = await server.signIn();
const random = noise(1);
const pick = (count: number) => Math.floor(random() * count);
const latest = (query: () => string) =>
  Array.from({ length: 105 }, () => `/api/collector/monitor/sites/large/miners/latest?per_page=50&${query()}`);
const page = () => `page=${1 + pick(site / 50)}`;
const miner = () => `S21_${String(1 + pick(fleet)).padStart(6, "0")}`;
const history = (metric: string, hours: number) =>
  Array.from(
    { length: 105 },
    () => `/api/collector/monitor/sites/week/miners/${miner()}/history?metric=${metric}&hours=${hours}`,
  );
console.table([
  await measure("latest, any page by id", latest(page), "key"),
  await measure(
    "latest, worst first",
    latest(() => `sort=health&page=${1 + pick(20)}`),
    "key",
  ),
  await measure(
    "latest, by hashrate",
    latest(() => `sort=hashrate_ghs&order=desc&page=${1 + pick(20)}`),
    "key",
  ),
  await measure(
    "latest, offline only",
    latest(() => "online=false"),
    "key",
  ),
  await measure(
    "latest, one model by temperature",
    latest(() => "model=M50S_VJ30&sort=temperature_max&order=desc"),
    "key",
  ),
  await measure(
    "latest, search",
    latest(() => `q=S21_0${pick(99_999)}`),
    "key",
  ),
  await measure("summary", Array(40).fill("/api/collector/summary/large"), "key"),
  await measure("history 24 h, hashrate", history("hashrate_ghs", 24), cookie),
  await measure("history 7 d, hashrate", history("hashrate_ghs", 168), cookie),
  await measure("history 7 d, fans", history("fan_speeds", 168), cookie),
]);
await client.end();
await server[Symbol.asyncDispose]();
await rm(folder, { recursive: true, force: true });
