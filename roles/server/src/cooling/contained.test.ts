import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { createMetrics, systemClock } from "@banksman/kit";
import { type PrivatePostgres, startPostgres, waitFor } from "@banksman/testkit";
import type { CoolingOverview, CoolingUnit, Site } from "@banksman/wire/api";
import type { CoolingRecord } from "@banksman/wire/model";
import pg from "pg";
import { offlineCode } from "../db/codes.ts";
import { nativeFlavour } from "../db/partitions.ts";
import { HYDRO, minutesAgo, reading } from "../test/cooling-readings.ts";
import { siteWithKey, startTestServer, type TestServer } from "../test/test-server.ts";
import { coolingUploadService } from "./upload-service.ts";
import { coolingUploadStore } from "./upload-store.ts";

/** What a container tells of its miners when the edge that reads it changes. */
const HOST = "10.1.101.1";
let postgres: PrivatePostgres;
let pool: pg.Pool;
let server: TestServer;
let cookie: string;
let key: string;

before(async () => {
  postgres = await startPostgres();
  server = await startTestServer({ database_url: postgres.url });
  pool = new pg.Pool({ connectionString: postgres.url });
  ({ cookie, key } = await siteWithKey(server, "mine"));
});
after(async () => {
  await pool.end();
  await server[Symbol.asyncDispose]();
  await postgres[Symbol.asyncDispose]();
});

const miner = (n: number) => ({
  ...{ ip_address: `10.9.0.${n}`, model: "S21 Hyd", firmware: null, uptime_seconds: 60 },
  ...{ hashrate_5s_ghs: 300_000, hashrate_ghs: 300_000, temperature_board: 55, temperature_chip: 70 },
});

async function send(collector_id: string, minutes: number, miners: CoolingRecord["miners"]): Promise<void> {
  const { status, body } = await server.call("POST", "/api/collector/cooling", {
    key,
    body: {
      ...{ batch_id: randomUUID(), collector_id, rounds: [], failures: [] },
      readings: [reading(HOST, minutesAgo(minutes), HYDRO, { miners })],
    },
  });
  assert.equal(status, 200, JSON.stringify(body));
}
async function get<T>(path: string): Promise<T> {
  const { body } = await server.call("GET", `/api${path}`, { cookie });
  return body.data as T;
}
const unit = () => get<CoolingUnit>(`/sites/mine/cooling-units/${HOST}`);
const overview = () => get<CoolingOverview>("/cooling/overview");

test("an edge that takes a unit over takes nothing back of its miners, and what nobody tells for three lists is stale", async () => {
  await send("edge-1", 2, { count: 3, list: [miner(1), miner(2)] });
  await send("edge-2", 1, null);
  const site = await get<Site>("/sites/mine");
  assert.deepEqual([site.total, site.interval_seconds, site.reading_seconds], [2, null, 300], "told by lists alone");
  const taken = await unit();
  assert.equal(taken.collector_id, "edge-2");
  assert.deepEqual([taken.miners, taken.hashrate_ghs], [3, 600_000]);
  assert.deepEqual([taken.contained?.count, taken.contained?.list.length], [3, 2]);
  assert.ok(Date.now() - Date.parse(taken.contained?.listed_at ?? "") < 60_000, "the list has its age");
  assert.deepEqual([(await overview()).miners, (await overview()).hashrate_ghs], [3, 600_000]);

  await pool.query(
    "update cooling_latest set counted_at = now() - interval '16 minutes', listed_at = now() - interval '16 minutes'",
  );
  await waitFor("the miners to be unknown", async () => (await unit()).miners === null);
  const old = await unit();
  assert.deepEqual([old.contained, old.hashrate_ghs], [null, null]);
  await waitFor("the overview to know it too", async () => (await overview()).miners === null);

  await send("edge-2", 0.5, { count: 3, list: [] });
  await waitFor("their number", async () => (await unit()).miners === 3);
  assert.deepEqual((await unit()).contained, { count: 3, list: [], listed_at: null }, "the old list is none of now");
});

test("a list in which no miner tells its hashrate leaves none of an earlier list", async () => {
  await send("edge-2", 0.4, { count: 1, list: [miner(1)] });
  await waitFor("its hashrate", async () => (await unit()).hashrate_ghs === 300_000);
  await send("edge-2", 0.3, { count: 1, list: [{ ...miner(1), hashrate_5s_ghs: null, hashrate_ghs: null }] });
  await waitFor("none", async () => (await unit()).hashrate_ghs === null);
});

test("a list that there is no room for takes nothing from rules and live pages of what its unit measured", async () => {
  const { rows } = await pool.query<{ site_no: number }>("select site_no from sites where site_id = 'mine'");
  const heard: string[] = [];
  const uploads = coolingUploadService({
    store: coolingUploadStore(pool, nativeFlavour(pool)),
    keptDays: () => 30,
    onStored: ({ readings }) => heard.push(...readings.map(({ unit: { host } }) => host)),
    takeMiners: () => Promise.reject(new Error("no room")),
    clock: systemClock,
    metrics: createMetrics("test"),
  });
  const body = JSON.stringify({
    ...{ batch_id: randomUUID(), collector_id: "edge-1", rounds: [], failures: [] },
    readings: [reading("10.1.101.2", minutesAgo(1), HYDRO, { miners: { count: 1, list: [miner(9)] } })],
  });
  const accept = () => uploads.accept({ siteNo: rows[0]?.site_no ?? 0, siteId: "mine", body });
  await assert.rejects(accept(), /no room/);
  await assert.rejects(accept(), /no room/);
  assert.deepEqual(heard, ["10.1.101.2"]);
});

test("a site of which an edge reads a miner itself is told with each sweep, until nobody tells of that one", async () => {
  const headers = { "x-collector-id": "edge-1", "x-collector-interval": "30" };
  const body = [{ miner_id: "own", online: true }];
  await server.call("POST", "/api/collector/upload", { key, headers, body });
  const reading = async () => (await get<Site>("/sites/mine")).reading_seconds;
  await waitFor("the sweep", async () => (await reading()) === 30);
  const silentFor = (time: string) =>
    pool.query("update latest set received_at = now() - $1::interval where miner_id = 'own'", [time]);
  await silentFor("2 minutes");
  const stale = "select 1 from latest where miner_id = 'own' and offline_reason = $1";
  await waitFor("its edge to be missed", async () =>
    Boolean((await pool.query(stale, [offlineCode.toNumber("stale")])).rowCount),
  );
  assert.equal(await reading(), 30, "the site's data is late by its sweeps, all the more now");
  await silentFor("11 minutes");
  await waitFor("the lists alone", async () => (await reading()) === 300);
});
