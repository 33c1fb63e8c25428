import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { siteWithKey, startTestServer, type TestServer } from "../test/test-server.ts";

const runShell = promisify(execFile);

let server: TestServer;
let key: string;
let cookie: string;
before(async () => {
  server = await startTestServer({ public_read: "loopback" });
  ({ key, cookie } = await siteWithKey(server, "1"));
});
after(() => server[Symbol.asyncDispose]());

/** Runs a shell line as somebody would paste it, with host and key put in. */
const shell = async (line: string) => {
  const { stdout } = await runShell("bash", ["-c", line], { env: { ...process.env, URL: server.url, KEY: key } });
  return JSON.parse(stdout);
};
const upload = (readings: unknown, headers: Record<string, string> = {}) =>
  server.call("POST", "/api/collector/upload", { key, body: readings, headers });
const latest = (query: string) => server.call("GET", `/api/collector/monitor/sites/1/miners/latest?${query}`, {});

describe("the curl lines of the original collector API", () => {
  test("a plain upload is stored and counted", async () => {
    const reply =
      await shell(`curl -s -X POST "$URL/api/collector/upload" -H "X-Collector-Key: $KEY" -H "X-Site-ID: 1" -H "Content-Type: application/json" \
      -d '[{"miner_id":"miner-001","ip_address":"192.168.1.101","online":true,"hashrate_ghs":140000,"temperature_avg":65,"temperature_max":72,"fan_speeds":[4500,4600],"power_consumption":3250,"accepted_shares":12500,"rejected_shares":15,"uptime_seconds":86400}]'`);
    assert.equal(reply.success, true);
    assert.deepEqual([reply.inserted, reply.updated], [1, 0]);
    const { processed, inserted, updated, online, offline, duplicate } = reply.data;
    assert.deepEqual(
      { processed, inserted, updated, online, offline, duplicate },
      { processed: 1, inserted: 1, updated: 0, online: 1, offline: 0, duplicate: false },
    );
  });

  test("a gzip upload of a known miner updates it", async () => {
    const reply =
      await shell(`echo '[{"miner_id":"miner-001","ip_address":"192.168.1.101","online":true,"hashrate_ghs":140000,"temperature_avg":65}]' | gzip -c | \
      curl -s -X POST "$URL/api/collector/upload" -H "X-Collector-Key: $KEY" -H "X-Site-ID: 1" -H "Content-Type: application/gzip" -H "Content-Encoding: gzip" --data-binary @-`);
    assert.deepEqual([reply.success, reply.inserted, reply.updated], [true, 0, 1]);
  });

  test("summary, list and history answer, also without a key on this machine", async () => {
    await shell(`curl -s -X POST "$URL/api/collector/upload" -H "X-Collector-Key: $KEY" -H "X-Site-ID: 1" -H "Content-Type: application/json" -d '[
      {"miner_id":"rack1-001","ip_address":"10.0.1.1","online":true,"hashrate_ghs":140000,"temperature_max":68},
      {"miner_id":"rack1-002","ip_address":"10.0.1.2","online":true,"hashrate_ghs":138500,"temperature_max":71},
      {"miner_id":"rack1-003","ip_address":"10.0.1.3","online":false,"hashrate_ghs":0}]'`);
    const summary = await shell(`curl -s "$URL/api/collector/summary/1" -H "X-Collector-Key: $KEY"`);
    assert.deepEqual(
      [summary.data.total, summary.data.online, summary.data.offline, summary.data.hashrate_ghs],
      [4, 3, 1, 418_500],
    );
    const list = await shell(
      `curl -s "$URL/api/collector/monitor/sites/1/miners/latest?page=1&per_page=50&online_only=true"`,
    );
    assert.deepEqual(list.data.pagination, { page: 1, per_page: 50, total: 3, pages: 1 });
    assert.deepEqual(
      list.data.miners.map((m: { miner_id: string }) => m.miner_id),
      ["miner-001", "rack1-001", "rack1-002"],
    );
    const history = await shell(
      `curl -s "$URL/api/collector/monitor/sites/1/miners/miner-001/history?metric=hashrate_ghs&hours=24"`,
    );
    assert.deepEqual(
      [history.data.miner_id, history.data.metric, history.data.unit],
      ["miner-001", "hashrate_ghs", "GH/s"],
    );
    assert.ok(history.data.points.some((p: { avg: number | null }) => p.avg === 140_000));
    assert.ok(history.data.points.length <= 1_000);
  });
});

describe("a batch id", () => {
  test("makes a resend change nothing and repeat the first figures", async () => {
    const headers = { "x-batch-id": randomUUID(), "x-collected-at": new Date().toISOString() };
    const first = await upload([{ miner_id: "again", online: true, hashrate_ghs: 1 }], headers);
    const second = await upload(
      [
        { miner_id: "again", online: true, hashrate_ghs: 2 },
        { miner_id: "more", online: true },
      ],
      headers,
    );
    const figures = (body: Record<string, unknown>) => ({ ...(body.data as object), processing_time_ms: 0 });
    assert.deepEqual(figures(second.body), { ...figures(first.body), duplicate: true });
    const { body } = await latest("q=again");
    assert.equal((body.data as { miners: { hashrate_ghs: number }[] }).miners[0]?.hashrate_ghs, 1);
  });

  test("that is no UUID is refused with the header's name", async () => {
    const { status, body } = await upload([], { "x-batch-id": "17" });
    assert.deepEqual([status, body.path, body.success], [400, "x-batch-id", false]);
  });
});

describe("bad input", () => {
  test("one bad reading is listed and sinks no other; unknown members are counted", async () => {
    const { status, body } = await upload([
      { miner_id: "good-1", online: true, colour: "red" },
      { miner_id: "bad", online: "yes" },
      { online: true },
      { miner_id: "good-2", online: true, hashrate_ghs: -5 },
      { miner_id: "good-3", online: true, colour: "blue" },
    ]);
    const data = body.data as {
      processed: number;
      rejected: { index: number; miner_id: string | null; path: string }[];
      unknown_fields: object;
    };
    assert.equal(status, 200);
    assert.equal(data.processed, 2);
    assert.deepEqual(
      data.rejected.map(({ index, miner_id, path }) => [index, miner_id, path]),
      [
        [1, "bad", "online"],
        [2, null, "miner_id"],
        [3, "good-2", "hashrate_ghs"],
      ],
    );
    assert.deepEqual(data.unknown_fields, { colour: 2 });
  });

  test("times that can't be are refused: a sweep ahead of us as a whole, a reading by itself", async () => {
    const ahead = new Date(Date.now() + 11 * 60_000).toISOString();
    const whole = await upload([{ miner_id: "a", online: true }], { "x-collected-at": ahead });
    assert.deepEqual([whole.status, whole.body.code], [400, "CLOCK_AHEAD"]);
    const one = await upload([
      { miner_id: "late-1", online: true, collected_at: ahead },
      { miner_id: "late-2", online: true },
    ]);
    const data = one.body.data as { processed: number; rejected: { index: number; path: string }[] };
    assert.deepEqual([data.processed, data.rejected[0]?.index, data.rejected[0]?.path], [1, 0, "collected_at"]);
  });

  const raw = (body: Uint8Array<ArrayBuffer> | string, headers: Record<string, string>) =>
    fetch(`${server.url}/api/collector/upload`, {
      method: "POST",
      headers: { "x-collector-key": key, ...headers },
      body,
    });

  test("broken JSON, a lone object, broken gzip and foreign kinds each get their own refusal", async () => {
    const refusal = async (response: Promise<Response>) => {
      const answer = await response;
      const body = await answer.json();
      assert.equal(body.success, false);
      assert.match(answer.headers.get("content-type") ?? "", /^application\/problem\+json/);
      return [answer.status, body.code];
    };
    const json = { "content-type": "application/json" };
    assert.deepEqual(await refusal(raw("[{]", json)), [400, "BAD_JSON"]);
    assert.deepEqual(await refusal(raw('{"miner_id":"x"}', json)), [400, "NOT_AN_ARRAY"]);
    assert.deepEqual(await refusal(raw("no gzip", { "content-type": "application/gzip" })), [400, "BAD_GZIP"]);
    assert.deepEqual(
      await refusal(raw(new Uint8Array(gzipSync("[]").subarray(0, 12)), { "content-type": "application/gzip" })),
      [400, "BAD_GZIP"],
    );
    assert.deepEqual(await refusal(raw("<a/>", { "content-type": "text/xml" })), [415, "TYPE_NOT_TAKEN"]);
    assert.deepEqual(await refusal(raw("[]", { "content-type": "application/json", "content-encoding": "br" })), [
      415,
      "ENCODING_NOT_TAKEN",
    ]);
    assert.deepEqual(await refusal(raw(JSON.stringify(Array(20_001).fill({})), json)), [413, "TOO_MANY_READINGS"]);
  });

  test("a zip bomb is cut off", async () => {
    const bomb = new Uint8Array(gzipSync(Buffer.alloc(300 * 1024 * 1024, " ")));
    const response = await raw(bomb, { "content-type": "application/gzip", "content-encoding": "gzip" });
    assert.deepEqual([response.status, (await response.json()).code], [413, "TOO_LARGE"]);
    assert.ok(process.memoryUsage().rss < 900 * 1024 * 1024);
  });

  test("texts with a NUL and a lone surrogate are stored without harm", async () => {
    const { body } = await upload([
      {
        miner_id: "odd",
        online: true,
        worker_name: "a\0b\ud800",
        model: "矿机",
        boards: [{ slot: 1, serial: "x\0y\ud800" }],
        temperature_chips: [1],
      },
    ]);
    assert.equal((body.data as { processed: number }).processed, 1);
    const detail = await server.call("GET", "/api/sites/1/miners/odd", { cookie });
    const data = detail.body.data as { worker_name: string; model: string; boards: { serial: string }[] };
    assert.deepEqual([data.worker_name, data.model, data.boards[0]?.serial], ["ab\ufffd", "矿机", "x\0y\ud800"]);
  });
});

test("odd texts among what is refused do no harm either", async () => {
  const { status, body } = await upload([
    { miner_id: "bad\0\ud800", online: true, "odd\0": 1 },
    { miner_id: "half\ud800", online: true },
    { miner_id: "fine", online: true, "odd\ud800": 1 },
  ]);
  assert.equal(status, 200);
  assert.equal((body.data as { processed: number }).processed, 1);
  assert.equal((await latest("per_page=1000")).status, 200);
});

describe("who may upload", () => {
  test("no key, a wrong key, a revoked key: 401; a key of another site: 403", async () => {
    const none = await server.call("POST", "/api/collector/upload", { body: [] });
    const wrong = await server.call("POST", "/api/collector/upload", { body: [], key: "hsc_wrong" });
    const other = await upload([], { "x-site-id": "2" });
    assert.deepEqual(
      [none.status, wrong.status, other.status, other.body.code],
      [401, 401, 403, "KEY_OF_ANOTHER_SITE"],
    );
    const made = await server.call("POST", "/api/sites/1/collector-keys", { cookie, body: { name: "short-lived" } });
    const { collector_key, key_id } = made.body.data as { collector_key: string; key_id: number };
    assert.match(collector_key, /^hsc_[\w-]{43}$/);
    const works = await server.call("POST", "/api/collector/upload", { body: [], key: collector_key });
    await server.call("DELETE", `/api/sites/1/collector-keys/${key_id}`, { cookie });
    const revoked = await server.call("POST", "/api/collector/upload", { body: [], key: collector_key });
    assert.deepEqual([works.status, revoked.status], [200, 401]);
  });

  test("keys are listed by hint and last use, never whole", async () => {
    const { body } = await server.call("GET", "/api/sites/1/collector-keys", { cookie });
    assert.ok(!JSON.stringify(body).includes(key));
    const keys = (body.data as { keys: { hint: string; last_used_at: string | null }[] }).keys;
    assert.ok(keys.every(({ hint }) => hint.startsWith("hsc_")));
    assert.ok(keys.some(({ last_used_at }) => last_used_at !== null));
  });
});

test("a collector's own words come back in its status, with its clock skew", async () => {
  const sentAt = new Date(Date.now() + 90_000).toISOString();
  await upload([{ miner_id: "x", online: true }], {
    "x-collector-id": "edge-7",
    "x-collector-version": "0.1.0",
    "x-collector-interval": "30",
    "x-collector-backlog": "4",
    "x-sent-at": sentAt,
  });
  const { body } = await server.call("GET", "/api/collector/status", { key });
  const { collectors } = body.data as { collectors: { collector_id: string; clock_skew_ms: number }[] };
  const edge = collectors.find(({ collector_id }) => collector_id === "edge-7");
  assert.ok(edge && Math.abs(edge.clock_skew_ms - 90_000) < 5_000);
  assert.deepEqual(
    { ...edge, clock_skew_ms: 0, last_upload_at: "" },
    {
      collector_id: "edge-7",
      key_name: "test",
      version: "0.1.0",
      interval_seconds: 30,
      last_upload_at: "",
      last_readings: 1,
      backlog_batches: 4,
      clock_skew_ms: 0,
      address: "127.0.0.1",
    },
  );
});

test("an unreachable miner keeps what it is; what it said last is null", async () => {
  await upload(
    [
      {
        miner_id: "keep",
        online: true,
        model: "Antminer S21",
        hashrate_ghs: 200_000,
        expected_hashrate_ghs: 200_000,
        pool_url: "stratum+tcp://a",
      },
    ],
    { "x-collected-at": new Date(Date.now() - 60_000).toISOString() },
  );
  await upload([{ miner_id: "keep", online: false, offline_reason: "timed_out" }]);
  const { body } = await latest("q=keep");
  const [row] = (body.data as { miners: Record<string, unknown>[] }).miners;
  assert.deepEqual(
    [row?.online, row?.health, row?.offline_reason, row?.model, row?.hashrate_ghs, row?.expected_hashrate_ghs],
    [false, "unreachable", "timed_out", "Antminer S21", null, 200_000],
  );
});

describe("odd values from outside", () => {
  test("members named as every object's own are counted like any other", async () => {
    const { body } = await upload([{ miner_id: "proto", online: true, toString: 1, __proto__x: 2, constructor: 3 }]);
    assert.deepEqual((body.data as { unknown_fields: object }).unknown_fields, {
      toString: 1,
      __proto__x: 1,
      constructor: 1,
    });
  });

  test("headers out of range are refused before anything is stored", async () => {
    const wrong: Record<string, string>[] = [
      { "x-collector-backlog": "99999999999" },
      { "x-collector-interval": "1e-50" },
    ];
    for (const headers of wrong) {
      const { status } = await upload([{ miner_id: "not-stored", online: true }], headers);
      assert.equal(status, 400, JSON.stringify(headers));
    }
    const { body } = await latest("q=not-stored");
    assert.deepEqual((body.data as { miners: unknown[] }).miners, []);
  });

  test("a NUL in an address or a query is the caller's mistake, not the server's", async () => {
    for (const path of [
      "/api/collector/monitor/sites/1/miners/latest?q=%00",
      "/api/sites/1/miners/%00",
      "/api/sites/%00",
      "/api/sites/1/sparklines?miner_ids=%00",
    ]) {
      const { status, body } = await server.call("GET", path, { cookie });
      assert.deepEqual([status, body.success], [400, false], path);
    }
    const signIn = await server.call("POST", "/api/session", { body: { username: "\0", password: "x" } });
    assert.equal(signIn.status, 400);
    const key9 = await server.call("DELETE", "/api/sites/1/collector-keys/99999999999", { cookie });
    assert.equal(key9.status, 400);
    const nothing = await server.call("PATCH", "/api/users/admin", { cookie, body: {} });
    assert.equal(nothing.status, 400);
    const broken = await server.call("GET", "/api/collector/summary/%zz");
    assert.deepEqual([broken.status, broken.body.success, broken.body.code], [400, false, "BAD_URL"]);
    const spelt = await server.call("GET", "/%61pi/collector/summary/1", {});
    assert.ok([200, 404].includes(spelt.status));
  });

  test("an address that is none spoils no order", async () => {
    await upload([
      { miner_id: "odd-ip", online: true, ip_address: "999.1.1" },
      { miner_id: "port-ip", online: true, ip_address: "10.0.0.9:4029" },
    ]);
    assert.equal((await latest("sort=ip_address&per_page=1000")).status, 200);
  });

  test("chips and pool of an older reading don't stand beside a newer one", async () => {
    const at = (seconds: number) => ({ "x-collected-at": new Date(Date.now() - seconds * 1_000).toISOString() });
    await upload(
      [{ miner_id: "chips", online: true, temperature_chips: [60, 61], pool_url: "stratum+tcp://a", worker_name: "w" }],
      at(30),
    );
    await upload([{ miner_id: "chips", online: true, hashrate_ghs: 5 }], at(10));
    const { body } = await latest("q=chips");
    const [row] = (body.data as { miners: Record<string, unknown>[] }).miners;
    assert.deepEqual([row?.temperature_chips, row?.pool_url, row?.worker_name], [null, null, null]);
  });

  test("a sweep dated ahead tells the skew of a collector that says no more", async () => {
    await upload([{ miner_id: "ahead", online: true }], {
      "x-collector-id": "fast-clock",
      "x-collected-at": new Date(Date.now() + 300_000).toISOString(),
    });
    const { body } = await server.call("GET", "/api/collector/status", { key });
    const { collectors } = body.data as { collectors: { collector_id: string; clock_skew_ms: number | null }[] };
    const skew = collectors.find(({ collector_id }) => collector_id === "fast-clock")?.clock_skew_ms ?? 0;
    assert.ok(Math.abs(skew - 300_000) < 10_000);
  });
});
