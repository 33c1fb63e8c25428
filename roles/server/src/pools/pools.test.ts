import assert from "node:assert/strict";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import { createLog, VirtualClock } from "@banksman/kit";
import { startPostgres, tempFolder } from "@banksman/testkit";
import { openDatabase } from "../db/connect.ts";
import { migrate } from "../db/migrations.ts";
import { siteFinder } from "../sites/service.ts";
import { siteStore } from "../sites/store.ts";
import { siteWithKey, startTestServer, type TestServer } from "../test/test-server.ts";
import { poolService } from "./service.ts";
import { poolStore } from "./store.ts";

const MINUTE = 60_000;
const HASHES = 2 ** 32;
const NOW = { at: "2026-03-04T12:00:00.000Z" };
const TOTALS = {
  ...NOW,
  caught_up: true,
  workers: 2,
  users: 1,
  windows: [],
  accept_count: 9,
  last_share_at: null,
  last_share_ip: null,
  reject_reasons: [],
  lag: 0,
  refused: { bad_checksum: 3 },
  last_flush_at: null,
  instances: 1,
};

/** A pool-stats process that says what it is told to. */
async function fakePoolStats(reply: (request: IncomingMessage) => { status: number; body: unknown }) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.url} ${request.headers.authorization ?? ""}`.trim());
    const { status, body } = reply(request);
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

/** The start of the minute, so many minutes ago. */
const minutesAgo = (count: number) => new Date(Math.floor(Date.now() / MINUTE) * MINUTE - count * MINUTE).toISOString();

describe("minute sums of a pool", () => {
  let server: TestServer;
  let cookie: string;
  let key: string;
  before(async () => {
    server = await startTestServer();
    ({ cookie, key } = await siteWithKey(server, "1"));
  });
  after(() => server[Symbol.asyncDispose]());

  const row = (at: string, partition: number, accepted: number, puid = 0) => ({
    at,
    partition,
    puid,
    accepted,
    stale: 0,
    rejected: accepted / 3,
    shares: 4,
  });
  const send = (pool: string, minutes: object[], as: { key?: string; cookie?: string } = { key }) =>
    server.call("POST", "/api/pool-stats/readings", { ...as, body: { version: 1, pool, minutes } });
  const history = async (query: string) => {
    const { body } = await server.call("GET", `/api/pool-stats/history?site_id=1&${query}`, { cookie });
    const data = body.data as {
      resolution_seconds: number;
      points: { timestamp: string; hashrate_hs: number | null }[];
    };
    return { width: data.resolution_seconds, points: data.points.filter(({ hashrate_hs }) => hashrate_hs !== null) };
  };

  test("partitions add up, a row sent again changes nothing, and a smaller one doesn't take anything away", async () => {
    const at = minutesAgo(10);
    for (let again = 0; again < 2; again++) {
      const { status, body } = await send("main", [row(at, 0, 600), row(at, 1, 300)]);
      assert.deepEqual([status, body.data], [200, { processed: 2 }]);
    }
    await send("main", [row(at, 1, 100)]);
    const { width, points } = await history("pool=main&hours=1");
    assert.equal(width, 60);
    assert.deepEqual(points, [{ timestamp: at, hashrate_hs: (900 * HASHES) / 60, reject_share: 0.25 }]);
  });

  test("a user's history is apart from the pool's", async () => {
    await send("users", [row(minutesAgo(5), 0, 60, 601), row(minutesAgo(5), 0, 90)]);
    assert.equal((await history("pool=users&puid=601&hours=1")).points[0]?.hashrate_hs, HASHES);
    assert.equal((await history("pool=users&puid=602&hours=1")).points.length, 0);
  });

  test("wider charts take whole buckets, and minutes that never came don't pull the rate down", async () => {
    await send("wide", [row(minutesAgo(61), 0, 60), row(minutesAgo(60), 0, 60)]);
    const { width, points } = await history("pool=wide&hours=24");
    assert.ok(width > 60);
    assert.deepEqual([...new Set(points.map(({ hashrate_hs }) => hashrate_hs))], [HASHES]);
  });

  test("pools are listed with their newest minute", async () => {
    const at = minutesAgo(3);
    await send("listed", [row(minutesAgo(4), 0, 1), row(at, 0, 1)]);
    const { body } = await server.call("GET", "/api/pool-stats/pools", { cookie });
    const { live, pools } = body.data as { live: boolean; pools: { pool: string }[] };
    assert.equal(live, false);
    assert.deepEqual(
      pools.filter(({ pool }) => pool === "listed"),
      [{ site_id: "1", pool: "listed", newest_at: at }],
    );
  });

  test("only a collector key sends, and nonsense is refused by name", async () => {
    assert.equal((await send("main", [], { cookie })).status, 403);
    assert.equal((await send("main", [], {})).status, 401);
    const { status, body } = await send("main", [row("yesterday", 0, 1)]);
    assert.deepEqual([status, body.path], [400, "minutes.0.at"]);
    assert.equal((await send("no/such", [])).status, 400);
  });

  test("without a pool-stats process the live figures say so", async () => {
    const { status, body } = await server.call("GET", "/api/pool-stats/v1/pool", { cookie });
    assert.deepEqual([status, body.code], [404, "NO_POOL_STATS"]);
  });
});

describe("live figures of a pool", () => {
  test("questions are passed on with the server's own token, and answers come back as the wire knows them", async () => {
    await using source = await fakePoolStats(() => ({
      status: 200,
      body: { success: true, data: { ...TOTALS, secret: "not of the wire" } },
    }));
    await using server = await startTestServer({ pool_stats_url: source.url, pool_stats_token: "hidden" });
    const cookie = await server.signIn();
    const { status, body } = await server.call("GET", "/api/pool-stats/v1/pool", { cookie });
    assert.equal(status, 200);
    assert.deepEqual(body.data, TOTALS);
    assert.deepEqual(source.asked, ["/api/v1/pool Bearer hidden"]);
    const wrong = await server.call("GET", "/api/pool-stats/v1/users?per_page=9999", { cookie });
    assert.equal(wrong.status, 400, "what is wrong is refused here");
    await server.call("GET", "/api/pool-stats/v1/workers/601/-5812682134549083291", { cookie });
    assert.equal(source.asked.at(-1), "/api/v1/workers/601/-5812682134549083291 Bearer hidden");
  });

  test("its refusals, its silence and its nonsense each become an answer that says so", async () => {
    let reply: { status: number; body: unknown } = { status: 404, body: { code: "NO_SUCH_USER", detail: "no user 7" } };
    const source = await fakePoolStats(() => reply);
    await using server = await startTestServer({ pool_stats_url: source.url });
    const cookie = await server.signIn();
    const ask = async () => {
      const { status, body } = await server.call("GET", "/api/pool-stats/v1/users/7", { cookie });
      return [status, body.code];
    };
    assert.deepEqual(await ask(), [404, "NO_SUCH_USER"]);
    reply = { status: 200, body: { success: true, data: { puid: 7 } } };
    assert.deepEqual(await ask(), [503, "POOL_STATS_AWAY"]);
    reply = { status: 403, body: null };
    assert.deepEqual(await ask(), [503, "POOL_STATS_AWAY"]);
    await source[Symbol.asyncDispose]();
    assert.deepEqual(await ask(), [503, "POOL_STATS_AWAY"]);
  });
});

describe("a pool's hours", () => {
  const HOUR = 60 * MINUTE;
  const DAY = 24 * HOUR;

  test("are added up from minutes of all partitions, also from late ones, and outlive them", async () => {
    await using postgres = await startPostgres();
    await using folder = await tempFolder();
    const log = createLog("test", "silent");
    const database = await openDatabase(postgres.url, folder.path, log);
    await migrate(database.pool, log);
    await database.pool.query("insert into sites (site_id, name) values ('1', 'one')");
    const start = Date.UTC(2026, 2, 4, 12);
    const clock = new VirtualClock(start + HOUR);
    const keep = { pool_minute_days: 1, hourly_days: 400 };
    const pools = poolService(poolStore(database.db), siteFinder(siteStore(database.db)), () => keep, clock);
    const minute = (offset: number, partition: number, accepted: number) => ({
      at: new Date(start + offset * MINUTE).toISOString(),
      partition,
      puid: 0,
      accepted,
      stale: 0,
      rejected: 0,
      shares: 1,
    });
    await pools.accept(1, { version: 1, pool: "main", minutes: [minute(0, 0, 1_000), minute(0, 1, 2_000)] });
    await pools.upkeep();
    await pools.accept(1, { version: 1, pool: "main", minutes: [minute(59, 0, 600)] });
    await pools.upkeep();
    await clock.advance(10 * DAY);
    await pools.upkeep();
    const { points } = await pools.history({ site_id: "1", pool: "main", puid: 0, hours: 24 * 30 }, "all");
    const known = points.filter(({ hashrate_hs }) => hashrate_hs !== null);
    assert.deepEqual(known, [{ timestamp: new Date(start).toISOString(), hashrate_hs: HASHES, reject_share: 0 }]);
    const { rows } = await database.pool.query("select count(*)::int as minutes from pool_1m");
    assert.deepEqual(rows, [{ minutes: 0 }]);
    await database.close();
  });
});
