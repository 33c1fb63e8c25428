import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import { POOL_STATS_PREFIX, POOL_STATS_ROUTES } from "@banksman/wire/api";
import { PeerFigures } from "../scale/peer-figures.ts";
import { View } from "../scale/view.ts";
import { Statistics } from "../statistics.ts";
import { silent } from "../test/log-kit.ts";
import { count } from "../test/shares.ts";
import { JsonApi } from "./json-api.ts";
import { serveApi } from "./serve-api.ts";

/** A full minute. */
const NOW = 1_750_000_020;
const BIG = -5812682134549083291n;
const HASHES = 2 ** 32;
const DUPLICATE = 22;

type Json = Record<string, unknown>;

/** The API over statistics of one's own, behind a real socket. */
async function serveFigures(
  statistics: Statistics,
  peers = new PeerFigures(),
  seriesOfAll?: (userId: number | null) => Promise<ReadonlyMap<number, number>>,
) {
  const api = new JsonApi({
    view: new View(statistics, peers),
    clock: { now: () => NOW * 1_000 },
    facts: () => ({ caught_up: true, lag: 0, refused: { bad_checksum: 2 }, last_flush_at: null }),
    seriesOfAll,
    namesOf: async (_userId, ids) => new Map(ids.map((id) => [id, { name: `name of ${id}`, agent: null }])),
  });
  const answer = serveApi(api, silent);
  const server = createServer((request, response) => {
    if (!answer(request, response, (request.url ?? "").split("?")[0] ?? "")) response.writeHead(418).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const get = async (path: string, method = "GET") => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method });
    const text = await response.text();
    const body = text.startsWith("{") ? (JSON.parse(text) as Json) : {};
    return { status: response.status, body, data: (body.data ?? {}) as Json };
  };
  return { get, [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())) };
}

/** Users 601 to 605 with 1 to 5 workers; worker w of a user does w × 1,000 of difficulty every minute for half an hour. */
function busyPool(compat: "g2" | "g4" = "g4"): Statistics {
  const statistics = new Statistics({ compat });
  for (let minute = 30; minute >= 0; minute--)
    for (let userId = 601; userId <= 605; userId++)
      for (let worker = 1; worker <= userId - 600; worker++)
        count(
          statistics,
          { userId, workerId: BigInt(worker), difficulty: worker * 1_000, time: NOW - minute * 60 },
          NOW,
        );
  return statistics;
}

describe("the JSON API", () => {
  let api: Awaited<ReturnType<typeof serveFigures>>;
  before(async () => {
    const statistics = busyPool();
    count(statistics, { userId: 605, workerId: BIG, difficulty: 7, time: NOW - 100 }, NOW);
    count(statistics, { userId: 605, workerId: BIG, difficulty: 7, time: NOW - 90, status: DUPLICATE }, NOW);
    api = await serveFigures(statistics);
  });
  after(() => api[Symbol.asyncDispose]());

  test("the pool: hashrate by what is covered of a window, rejects with their reasons", async () => {
    const { data } = await api.get("/api/v1/pool");
    assert.deepEqual([data.workers, data.users, data.instances, data.caught_up], [16, 5, 1, true]);
    const minute = 1_000 * (1 + 3 + 6 + 10 + 15);
    const windows = data.windows as Json[];
    const hour = windows.find(({ window }) => window === "1h");
    assert.equal(hour?.covered_seconds, 1_800, "known for half an hour alone");
    assert.equal(hour?.accepted, String(31 * minute + 7));
    assert.equal(hour?.hashrate_hs, ((31 * minute + 7) * HASHES) / 1_800);
    assert.equal(hour?.rejected, "7");
    assert.deepEqual(data.reject_reasons, [{ status: 22, reason: "duplicate share", m15: "7", h1: "7" }]);
    assert.deepEqual(data.refused, { bad_checksum: 2 });
    assert.equal(data.last_share_at, new Date(NOW * 1_000).toISOString());
    assert.equal(windows.find(({ window }) => window === "1m")?.reject_share, null, "no such window of rejects");
  });

  test("users, sorted and paged", async () => {
    const { data } = await api.get("/api/v1/users?sort=workers&per_page=2");
    assert.deepEqual(
      (data.users as Json[]).map(({ puid, workers }) => [puid, workers]),
      [
        ["605", 6],
        ["604", 4],
      ],
    );
    assert.deepEqual(data.pagination, { page: 1, per_page: 2, total: 5, pages: 3 });
    const last = await api.get("/api/v1/users?sort=puid&order=desc&per_page=2&page=3");
    assert.deepEqual(
      (last.data.users as Json[]).map(({ puid }) => puid),
      ["601"],
    );
  });

  test("a user and its workers, with 64-bit ids as text and names where the events told them", async () => {
    const user = await api.get("/api/v1/users/605");
    assert.deepEqual([user.data.puid, user.data.workers], ["605", 6]);
    const { data } = await api.get("/api/v1/users/605/workers?sort=hashrate&order=asc&per_page=1");
    const [least] = data.workers as Json[];
    assert.deepEqual([least?.worker_id, least?.worker_name], [String(BIG), `name of ${BIG}`]);
    const one = await api.get(`/api/v1/workers/605/${BIG}`);
    assert.deepEqual([one.data.worker_id, one.data.accept_count], [String(BIG), 1]);
    assert.deepEqual(one.data.reject_reasons, [{ status: 22, reason: "duplicate share", m15: "7", h1: "7" }]);
  });

  test("the workers at the top, by hashrate or by rejects", async () => {
    const best = await api.get("/api/v1/top-workers?limit=2");
    assert.deepEqual(
      (best.data.workers as Json[]).map(({ puid, worker_id }) => `${puid}/${worker_id}`),
      ["605/5", "604/4"],
    );
    const worst = await api.get("/api/v1/top-workers?by=rejected&limit=1");
    assert.deepEqual((worst.data.workers as Json[])[0]?.worker_id, String(BIG));
  });

  test("a series by the minute, of the pool or of one user, null before it was known", async () => {
    const { data } = await api.get("/api/v1/series?puid=602");
    const points = data.points as { timestamp: string; hashrate_hs: number | null }[];
    assert.equal(points.length, 60);
    assert.equal(points.at(-1)?.timestamp, new Date((NOW - 60) * 1_000).toISOString());
    assert.equal(points.at(-1)?.hashrate_hs, (3_000 * HASHES) / 60);
    assert.equal(points.filter(({ hashrate_hs }) => hashrate_hs === null).length, 30);
    const pool = await api.get("/api/v1/series?minutes=5");
    assert.equal((pool.data.points as Json[]).length, 5);
  });

  test("what is not there, or asked wrongly, is said so", async () => {
    const cases: [string, number, string][] = [
      ["/api/v1/users/999", 404, "NO_SUCH_USER"],
      ["/api/v1/users/999/workers", 404, "NO_SUCH_USER"],
      ["/api/v1/series?puid=999", 404, "NO_SUCH_USER"],
      ["/api/v1/workers/605/12345", 404, "NO_SUCH_WORKER"],
      ["/api/v1/workers/605/99999999999999999999", 400, "INVALID_INPUT"],
      ["/api/v1/workers/605/9999999999999999999", 400, "INVALID_INPUT"],
      ["/api/v1/users/4294967897", 400, "INVALID_INPUT"],
      ["/api/v1/users?per_page=100000", 400, "INVALID_INPUT"],
      ["/api/v1/users?sort=luck", 400, "INVALID_INPUT"],
      ["/api/v2/pool", 404, "NO_SUCH_PATH"],
    ];
    for (const [path, status, code] of cases) {
      const reply = await api.get(path);
      assert.deepEqual([reply.status, reply.body.code], [status, code], path);
    }
    assert.equal((await api.get("/api/v1/pool", "POST")).status, 405);
    assert.equal((await api.get("/worker_status")).status, 418, "what is not the API's is left to others");
  });

  test("every route of the wire is answered in the wire's own form, and stands in the document", async () => {
    const { body } = await api.get("/api/v1/openapi.json");
    const paths = body.paths as Json;
    for (const route of POOL_STATS_ROUTES) {
      const path = route.path.slice(POOL_STATS_PREFIX.length);
      assert.ok(paths[`/api/v1${path.replace(/:(\w+)/g, "{$1}")}`], path);
      const reply = await api.get(`/api/v1${path.replace(":puid", "605").replace(":worker_id", "5")}`);
      assert.equal(reply.status, 200, path);
      assert.doesNotThrow(() => route.reply.parse(reply.body), path);
    }
  });
});

test("what S3's figures lack is null in g2: stale work, and rejects by the minute", async () => {
  await using api = await serveFigures(busyPool("g2"));
  const { data } = await api.get("/api/v1/users/601");
  for (const { stale } of data.windows as Json[]) assert.equal(stale, null);
});

test("one share is no hashrate of a giant: less than a minute counts as a minute", async () => {
  const statistics = new Statistics({ compat: "g2" });
  count(statistics, { time: NOW - 1, difficulty: 60_000 }, NOW);
  await using api = await serveFigures(statistics);
  const { data } = await api.get("/api/v1/pool");
  const [minute, , , hour] = data.windows as Json[];
  assert.deepEqual(
    [hour?.covered_seconds, hour?.hashrate_hs, minute?.hashrate_hs],
    [1, 1_000 * HASHES, 1_000 * HASHES],
  );
});

test("the figures of other instances are in the answers", async () => {
  const statistics = new Statistics({ compat: "g2" });
  count(statistics, { userId: 601, workerId: 1n, difficulty: 100, time: NOW - 200 }, NOW);
  const peers = new PeerFigures();
  const row = (userId: number, workerId: string, accepted: number) => ({
    userId,
    workerId,
    accept: [0, accepted, accepted, accepted],
    stale: [0, 0],
    reject: [0, 0],
    reasons: [],
    acceptCount: 1,
    lastShareIp: "10.0.0.9",
    lastShareTime: NOW - 5,
    since: NOW - 1_800,
  });
  // Another instance has more of worker 1, a second worker of this user, and a user of its own.
  peers.take("b", [row(0, "0", 1_110), row(601, "0", 110), row(601, "1", 10), row(601, "2", 100)]);
  peers.take("b", [row(602, "0", 1_000), row(602, "7", 1_000)]);
  await using api = await serveFigures(statistics, peers);
  const hour = (data: Json) => (data.windows as Json[])[3]?.accepted;
  const pool = await api.get("/api/v1/pool");
  assert.deepEqual([pool.data.workers, pool.data.users, pool.data.instances, hour(pool.data)], [3, 2, 2, "1210"]);
  const user = await api.get("/api/v1/users/601");
  assert.deepEqual([user.data.workers, hour(user.data), user.data.last_share_ip], [2, "210", "10.0.0.9"]);
  assert.equal(hour((await api.get("/api/v1/workers/601/1")).data), "110");
  const workers = await api.get("/api/v1/users/601/workers?sort=worker_id&order=asc");
  assert.deepEqual(
    (workers.data.workers as Json[]).map(({ worker_id }) => worker_id),
    ["1", "2"],
  );
  const top = await api.get("/api/v1/top-workers?limit=1");
  assert.deepEqual((top.data.workers as Json[])[0]?.worker_id, "7");
  peers.expire(NOW + 3_600);
  peers.keepOnly(new Set());
  assert.deepEqual((await api.get("/api/v1/pool")).data.workers, 1);
});

test("where several instances count, a series is what all of them have written", async () => {
  const statistics = new Statistics({ compat: "g2" });
  count(statistics, { time: NOW - 90 }, NOW);
  let isAway = false;
  const series = async (userId: number | null) => {
    if (isAway) throw new Error("connect ECONNREFUSED");
    return new Map([[NOW / 60 - 2, userId === null ? 60 : 30]]);
  };
  await using api = await serveFigures(statistics, new PeerFigures(), series);
  const points = async (path: string) => (await api.get(path)).data.points as Json[];
  assert.deepEqual(await points("/api/v1/series?minutes=2"), [
    { timestamp: new Date((NOW - 120) * 1_000).toISOString(), hashrate_hs: HASHES },
    { timestamp: new Date((NOW - 60) * 1_000).toISOString(), hashrate_hs: null },
  ]);
  assert.equal((await points("/api/v1/series?minutes=2&puid=601"))[0]?.hashrate_hs, HASHES / 2);
  isAway = true;
  assert.deepEqual((await api.get("/api/v1/series")).body.code, "DATABASE_AWAY");
});

test("a question between two flushes hides no change from the next one", () => {
  const statistics = new Statistics({ compat: "g2" });
  count(statistics, { time: NOW });
  const flush = (now: number) => {
    const rows: string[] = [];
    for (const handle of statistics.takeChanged(now)) rows.push(String(statistics.read(handle, now).accept));
    return rows;
  };
  assert.equal(flush(NOW).length, 2, "a worker and its user");
  assert.equal(flush(NOW + 30).length, 0);
  statistics.read(statistics.findWorker(601, 0, 1), NOW + 61);
  assert.deepEqual(flush(NOW + 70), ["0,1000,1000,1000", "0,1000,1000,1000"]);
});
