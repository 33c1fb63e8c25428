import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { createLog, systemClock } from "@banksman/kit";
import { tempFolder, waitFor } from "@banksman/testkit";
import type { CoolingHistory, CoolingUnit } from "@banksman/wire/api";
import type { CoolingUpload } from "@banksman/wire/ingest";
import { openDatabase } from "../db/connect.ts";
import { nativeFlavour } from "../db/partitions.ts";
import { HYDRO, MINUTE, NOW, reading } from "../test/cooling-readings.ts";
import { siteWithKey, startTestServer, type TestServer } from "../test/test-server.ts";
import { createFindings } from "./findings-job.ts";
import { createCoolingRollUp } from "./roll-up.ts";

let server: TestServer & { dataDir: string };
let folder: Awaited<ReturnType<typeof tempFolder>>;
let cookie: string;
let key: string;

before(async () => {
  folder = await tempFolder();
  server = { ...(await startTestServer({ data_dir: folder.path })), dataDir: folder.path };
  ({ cookie, key } = await siteWithKey(server, "mine"));
});
after(async () => {
  await server[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const send = async (part: Partial<CoolingUpload>): Promise<void> => {
  const body = { batch_id: randomUUID(), collector_id: "edge-1", rounds: [], readings: [], failures: [], ...part };
  assert.equal((await server.call("POST", "/api/collector/cooling", { key, body })).status, 200);
};
const get = async <T>(path: string): Promise<T> => {
  const { status, body } = await server.call("GET", `/api${path}`, { cookie });
  assert.equal(status, 200, JSON.stringify(body));
  return body.data as T;
};
const unit = (host: string) => get<CoolingUnit>(`/sites/mine/cooling-units/${encodeURIComponent(host)}`);

test("a water meter that begins anew has not used all that it showed", async () => {
  const database = await openDatabase(undefined, server.dataDir, createLog("test", "silent"), { beside: true });
  const rollUp = createCoolingRollUp(database.pool, nativeFlavour(database.pool));
  const host = "10.1.101.29";
  const from = Math.floor(NOW / 3_600_000) * 3_600_000 - 5 * 3_600_000;
  const shown = [5_000, 5_001, 0, 1];
  await send({
    readings: shown.map((used, n) =>
      reading(host, new Date(from + (5 * n + 1) * MINUTE).toISOString(), { ...HYDRO, "water.used": used }),
    ),
  });
  await rollUp();
  const { water_l_per_kwh, derived } = await unit(host);
  const litres = (water_l_per_kwh ?? Number.NaN) * (derived.heat ?? Number.NaN) * 0.25;
  assert.ok(Math.abs(litres - 2_000) < 2, `${litres} litres in a quarter of an hour`);
  await database.close();
});

test("roll-ups and history over weeks come from the same snapshots, late ones too", async () => {
  const database = await openDatabase(undefined, server.dataDir, createLog("test", "silent"), { beside: true });
  const rollUp = createCoolingRollUp(database.pool, nativeFlavour(database.pool));
  const host = "10.1.101.30";
  const hour = Math.floor(NOW / 3_600_000) * 3_600_000 - 5 * 3_600_000;
  const at = (minute: number) => new Date(hour + minute * MINUTE).toISOString();
  await send({ readings: [1, 2, 7].map((minute) => reading(host, at(minute), { "supply.temp": 30 + minute })) });
  await rollUp();
  const points = async () => {
    const { series, resolution_seconds } = await get<CoolingHistory>(
      `/sites/mine/cooling-units/${host}/history?values=supply.temp&hours=30`,
    );
    assert.equal(resolution_seconds, 300);
    return series[0]?.points.flatMap(({ min, avg, max }) => (avg === null ? [] : [[min, avg, max]]));
  };
  assert.deepEqual(await points(), [
    [31, 31.5, 32],
    [37, 37, 37],
  ]);
  await send({ readings: [reading(host, at(4), { "supply.temp": 36 })] });
  await rollUp();
  assert.deepEqual(await points(), [
    [31, 33, 36],
    [37, 37, 37],
  ]);
  const { series } = await get<CoolingHistory>(
    `/sites/mine/cooling-units/${host}/history?values=supply.temp&hours=2000`,
  );
  assert.deepEqual(
    series[0]?.points.flatMap(({ min, avg, max }) => (avg === null ? [] : [[min, avg, max]])),
    [[31, 34, 37]],
  );
  await database.close();
});

test("what shows over half a day is a fault of its own until it shows no more", async () => {
  const database = await openDatabase(undefined, server.dataDir, createLog("test", "silent"), { beside: true });
  const look = createFindings(database.pool, systemClock);
  const host = "10.1.101.31";
  await send({ readings: [reading(host, new Date().toISOString(), HYDRO)] });
  const { unit_no } = await unit(host);
  const write = (stuck: boolean) =>
    database.pool.query(
      `insert into cooling_1h select site_no, unit_no, date_trunc('hour', now()) - n * interval '1 hour', 60, v.a, v.a, v.a
       from cooling_units, generate_series(1, 14) n, lateral (select array(select case f
         when 'supply.temp' then 35 + case when $2 then 0 else n * 0.2 end when 'return.temp' then 43 + n * 0.2
         when 'ambient.temp' then 20 + n when 'derived.power' then 1000 end::real from unnest(fields) with ordinality t (f, i) order by i) as a) v
       where unit_no = $1 on conflict (site_no, unit_no, bucket) do update set least = excluded.least, mean = excluded.mean, most = excluded.most`,
      [unit_no, stuck],
    );
  await write(true);
  await look();
  assert.deepEqual(
    (await waitForFaults(host, 1)).map(({ code }) => code),
    ["stuck_sensor"],
  );
  await send({ readings: [reading(host, new Date().toISOString(), HYDRO)] });
  assert.equal((await unit(host)).faults.length, 1, "a record that tells no fault does not end it");
  await write(false);
  await look();
  await waitForFaults(host, 0);
  await database.close();
});
const waitForFaults = (host: string, count: number) =>
  waitFor(`${count} faults`, async () => {
    const { faults } = await unit(host);
    return faults.length === count ? faults : undefined;
  });

test("a unit that an edge still reads is forgotten when its lease has ended", async () => {
  const database = await openDatabase(undefined, server.dataDir, createLog("test", "silent"), { beside: true });
  const host = "10.1.101.32";
  await send({ readings: [reading(host, new Date().toISOString(), HYDRO)] });
  const { unit_no } = await unit(host);
  const { rows } = await database.pool.query<{ ends: Date }>(
    `insert into cooling_leases select site_no, unit_no, collected_by, gen_random_uuid(), 'edge-1', now(), now() + interval '1 second'
     from cooling_units where unit_no = $1 returning expires_at as ends`,
    [unit_no],
  );
  const gone = await server.call("DELETE", `/api/sites/mine/cooling-units/${host}`, { cookie });
  assert.equal(gone.status, 200);
  assert.ok(Date.now() >= (rows[0]?.ends.getTime() ?? Number.POSITIVE_INFINITY));
  assert.equal((await server.call("GET", `/api/sites/mine/cooling-units/${host}`, { cookie })).status, 404);
  await database.close();
});

test("a rule is tried over stored snapshots: figures, and the faults that stood then", async () => {
  const host = "10.1.101.40";
  const at = (minute: number) => new Date(NOW - (60 - minute) * MINUTE).toISOString();
  const leak = [{ code: "leakage_fault", level: "urgent" as const, text: "leak" }];
  const supply = (minute: number) => (minute >= 10 && minute < 20 ? 47 : 34);
  for (let minute = 0; minute < 40; minute++)
    await send({
      readings: [
        reading(
          host,
          at(minute),
          { "supply.temp": supply(minute) },
          { faults: minute >= 30 && minute < 35 ? leak : [] },
        ),
      ],
    });
  const run = async (condition: string) => {
    const rule = {
      name: { zh: "热", en: "Hot" },
      target: "cooling",
      condition: `${condition} && host == "${host}"`,
      for_s: 120,
      level: "warning",
      title: { zh: "{unit}", en: "{unit} at {supply_temp}" },
    };
    const { status, body } = await server.call("POST", "/api/alert-rules/dry-run", { cookie, body: { rule, days: 1 } });
    assert.equal(status, 200, JSON.stringify(body));
    const { firings, not_kept } = body.data as {
      firings: { since: string; resolved_at: string }[];
      not_kept: string[];
    };
    const minutes = (moment: string) => Math.round((Date.parse(moment) - Date.parse(at(0))) / MINUTE);
    return { spans: firings.map(({ since, resolved_at }) => [minutes(since), minutes(resolved_at)]), not_kept };
  };
  assert.deepEqual(await run("supply_temp > 45.0"), { spans: [[10, 20]], not_kept: [] });
  assert.deepEqual(await run("leak"), { spans: [[30, 35]], not_kept: [] });
  assert.deepEqual(await run('failure == "silent"'), { spans: [], not_kept: ["failure"] });
});
