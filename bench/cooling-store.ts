/**
 * Cooling units at the server: snapshots stored a second, and what a chart and a screen wait for over 90 days of 150 units.
 *   node bench/cooling-store.ts [--days 90] [--units 150] [--rounds 60]
 * The past is made inside the database, row by row as uploads would have written it; the roll-ups of all but the last hour as
 * well. Uploads, the last hour's roll-up and all queries go the product's own way, over HTTP.
 */
import { randomUUID } from "node:crypto";
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { createLog } from "@banksman/kit";
import { tempFolder } from "@banksman/testkit";
import type { CoolingReading } from "@banksman/wire/ingest";
import { COOLING_FIGURES, COOLING_SWITCHES } from "@banksman/wire/model";
import { createCoolingRollUp } from "../roles/server/src/cooling/roll-up.ts";
import { openDatabase } from "../roles/server/src/db/connect.ts";
import { COOLING_TABLES, nativeFlavour } from "../roles/server/src/db/partitions.ts";
import { siteWithKey, startTestServer } from "../roles/server/src/test/test-server.ts";

const { values } = parseArgs({
  options: {
    days: { type: "string", default: "90" },
    units: { type: "string", default: "150" },
    rounds: { type: "string", default: "60" },
    users: { type: "string", default: "50" },
  },
});
const [days, units, rounds, users] = [values.days, values.units, values.rounds, values.users].map(Number) as [
  number,
  number,
  number,
  number,
];
const MINUTE = 60_000;
const DAY = 86_400_000;
const NOW = Math.floor(Date.now() / MINUTE) * MINUTE;
const quantile = (list: readonly number[], share: number) =>
  list.toSorted((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * share))] ?? 0;
const told = (list: readonly number[]) =>
  `p50 ${quantile(list, 0.5).toFixed(1)} ms, p95 ${quantile(list, 0.95).toFixed(1)} ms, most ${Math.max(...list).toFixed(0)} ms`;
const say = (line: string) => process.stdout.write(`${line}\n`);

/** A hydro box with every figure and switch that an AntBox tells of, and a few more. */
const FIGURES = Object.entries(COOLING_FIGURES).slice(0, 34);
const SWITCHES = COOLING_SWITCHES.slice(0, 12);
const hostOf = (unit: number) => `10.1.${100 + Math.floor(unit / 200)}.${1 + (unit % 200)}`;

function reading(unit: number, roundAt: number): CoolingReading {
  const at = new Date(roundAt).toISOString();
  const figures = FIGURES.map(([name, { least, most }]) => {
    const value = Number((least + (most - least) * (0.4 + Math.random() * 0.05)).toFixed(2));
    return [name, { value, quality: "good" as const, at }];
  });
  const switches = SWITCHES.map((name) => [name, { value: Math.random() > 0.1, quality: "good" as const, at }]);
  const values = Object.fromEntries([...figures, ...switches]);
  return {
    site_id: "mine",
    host: hostOf(unit),
    round_at: at,
    lane: "fast",
    record: {
      ...{ driver: "antbox", profile: "hydro", make: "Bitmain", model: "HK3", firmware: null, connected: true },
      ...{ at, values, faults: [], miners: { count: 189, list: [] } },
    },
  };
}

await using folder = await tempFolder();
await using server = await startTestServer({ data_dir: folder.path });
const { cookie, key } = await siteWithKey(server, "mine");
const database = await openDatabase(undefined, folder.path, createLog("bench", "silent"), { beside: true });
const { pool } = database;
const flavour = nativeFlavour(pool);
const headers = { "x-collector-key": key, "content-type": "application/json", "content-encoding": "gzip" };

const upload = async (roundAt: number): Promise<number> => {
  const readings = Array.from({ length: units }, (_, unit) => reading(unit, roundAt));
  const body = gzipSync(
    JSON.stringify({ batch_id: randomUUID(), collector_id: "bench", rounds: [], failures: [], readings }),
  );
  const began = performance.now();
  const response = await fetch(`${server.url}/api/collector/cooling`, { method: "POST", headers, body });
  await response.json();
  return performance.now() - began;
};

// Storing.
await upload(NOW - (rounds + 1) * MINUTE);
const times: number[] = [];
for (let round = rounds; round > 0; round--) times.push(await upload(NOW - round * MINUTE));
const total = times.reduce((sum, ms) => sum + ms, 0);
say(
  `uploads of ${units} readings, one at a time: ${told(times)}; ${Math.round((units * rounds * 1_000) / total)} snapshots/s`,
);
const rolled = performance.now();
const made = await createCoolingRollUp(pool, flavour)();
say(
  `roll-up of the last hour: ${made.fives} five minutes and ${made.hours} hours in ${Math.round(performance.now() - rolled)} ms`,
);

// The past.
const fields =
  (await pool.query<{ n: number }>("select cardinality(fields) as n from cooling_units limit 1")).rows[0]?.n ?? 0;
const noise = Array.from({ length: fields }, (_, n) => `(${20 + n} + random())::real`).join(",");
const filled = performance.now();
for (let day = days; day >= 0; day--) {
  const from = NOW - day * DAY - DAY;
  const to = Math.min(from + DAY, NOW - (rounds + 2) * MINUTE);
  await flavour.ensure([new Date(from), new Date(from + DAY)], COOLING_TABLES);
  const moments = [new Date(from), new Date(to)];
  await pool.query(
    `insert into cooling_snapshots select site_no, unit_no, t, t + interval '1 second', array[${noise}]
     from generate_series($1::timestamptz, $2::timestamptz - interval '1 minute', '1 minute') t, cooling_units on conflict do nothing`,
    moments,
  );
  for (const [table, width] of [
    ["cooling_5min", "5 minutes"],
    ["cooling_1h", "1 hour"],
  ] as const)
    await pool.query(
      `insert into ${table} select site_no, unit_no, date_bin('${width}', t, timestamptz 'epoch'), 5, array[${noise}], array[${noise}], array[${noise}]
       from generate_series($1::timestamptz, $2::timestamptz - interval '${width}', '${width}') t, cooling_units on conflict do nothing`,
      moments,
    );
  if (day % 10 === 0) say(`  … ${days - day} days, ${Math.round((performance.now() - filled) / 1_000)} s`);
}
await pool.query("vacuum analyze cooling_snapshots").catch(() => undefined);
for (const table of COOLING_TABLES) {
  const { rows } = await pool.query<{ n: number; bytes: number }>(
    `select (select count(*) from ${table})::int8 as n,
       (select sum(pg_total_relation_size(inhrelid)) from pg_inherits where inhparent = '${table}'::regclass)::int8 as bytes`,
  );
  const { n = 0, bytes = 0 } = rows[0] ?? {};
  say(
    `${table}: ${n.toLocaleString("en-US")} rows of ${fields} values, ${(bytes / 2 ** 30).toFixed(2)} GiB, ${Math.round(bytes / Math.max(1, n))} bytes a row`,
  );
}

// Looking.
const get = async (path: string): Promise<number> => {
  const began = performance.now();
  const response = await fetch(`${server.url}/api${path}`, { headers: { cookie } });
  await response.text();
  if (response.status !== 200) throw new Error(`${path}: ${response.status}`);
  return performance.now() - began;
};
const anyUnit = () => `/sites/mine/cooling-units/${hostOf(Math.floor(Math.random() * units))}`;
const chart = (hours: number) => () =>
  get(`${anyUnit()}/history?values=supply.temp,return.temp,supply.flow,derived.heat&hours=${hours}`);
const measure = async (what: string, run: () => Promise<number>, times = 200) => {
  const list: number[] = [];
  for (let n = 0; n < times; n++) list.push(await run());
  say(`${what}: ${told(list)}`);
};
await upload(NOW);
await measure("chart of four values over 24 h, from snapshots", chart(24));
await measure("chart of four values over 7 days, from five minutes", chart(168));
await measure("chart of four values over 90 days, from hours", chart(2_160));
await measure("trend of all units over 24 h", () => get(`/cooling/trend?hours=${24 - Math.random()}`), 20);
await measure("trend of all units over 90 days", () => get(`/cooling/trend?hours=${2_160 - Math.random()}`), 10);

const screens: Record<"overview" | "detail", number[]> = { overview: [], detail: [] };
await Promise.all(
  Array.from({ length: users }, async () => {
    // Nobody opens a page at the same millisecond as 49 others.
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 1_500));
    for (let n = 0; n < 10; n++) {
      screens.overview.push(await get("/cooling/overview"));
      screens.detail.push(await get(anyUnit()));
      // A person looks for a while before the next page.
      await new Promise((resolve) => setTimeout(resolve, 500 + Math.random() * 1_000));
    }
  }),
);
say(`overview, ${users} people at once: ${told(screens.overview)}`);
say(`detail of a unit, ${users} people at once: ${told(screens.detail)}`);
await database.close();
