import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type HttpAnswer, serveHttp } from "@banksman/replay";
import { waitFor } from "@banksman/testkit";
import type { PoolAccount, ReconciledWorker } from "@banksman/wire/api";
import { siteWithKey, startTestServer, type TestServer } from "../test/test-server.ts";

const TH = 1e12;
let server: TestServer;
let pool: Awaited<ReturnType<typeof serveHttp>>;
let cookie: string;
let key: string;
let answer: () => HttpAnswer;

/** A worker as F2Pool's old API lists it. */
const listed = (name: string, th: number, ageS: number) => [
  name,
  th * TH,
  th * TH * 3_600,
  0,
  0,
  0,
  new Date(Date.now() - ageS * 1_000).toISOString(),
];
const usual = (): HttpAnswer => ({
  body: {
    hashrate: 210 * TH,
    workers: [listed("acc.a", 99, 20), listed("acc.b", 70, 20), listed("acc.c", 0, 3_000), listed("acc.x", 41, 5)],
  },
});

/** Readings of an hour, one every two minutes. */
async function anHourOfReadings(): Promise<void> {
  const miners = ["a", "b", "c"].map((name) => ({
    miner_id: `m-${name}`,
    ip_address: "10.0.0.1",
    online: true,
    status: "hashing",
    hashrate_ghs: 100_000,
    worker_name: `acc.${name}`,
  }));
  for (let minutes = 58; minutes >= 0; minutes -= 2) {
    const headers = { "x-collected-at": new Date(Date.now() - minutes * 60_000).toISOString() };
    const { status } = await server.call("POST", "/api/collector/upload", { key, body: miners, headers });
    assert.equal(status, 200);
  }
}

before(async () => {
  answer = usual;
  pool = await serveHttp(() => answer());
  server = await startTestServer({ egress: { allow: ["127.0.0.0/8"] } });
  ({ cookie, key } = await siteWithKey(server, "1"));
  await anHourOfReadings();
});
after(async () => {
  await server[Symbol.asyncDispose]();
  await pool[Symbol.asyncDispose]();
});

const account = (more: Record<string, unknown> = {}) => ({
  site_id: "1",
  pool: "f2pool-v1",
  account: "acc",
  api_base: pool.url,
  api_key: "sec-ret-key-of-acc",
  ...more,
});
const add = async (more: Record<string, unknown> = {}, as = cookie) =>
  server.call("POST", "/api/pool-accounts", { cookie: as, body: account(more) });
const accounts = async () => {
  const { body } = await server.call("GET", "/api/pool-accounts", { cookie });
  return (body.data as { accounts: PoolAccount[] }).accounts;
};
const detail = async (no: number, query = "") => {
  const { body } = await server.call("GET", `/api/pool-accounts/${no}?${query}`, { cookie });
  return body.data as { account: PoolAccount; workers: ReconciledWorker[]; total: number };
};

describe("an account that this server reads", () => {
  let no: number;

  test("is read by itself soon after it is added, with its key, which is never shown again", async () => {
    const { status, body } = await add();
    assert.equal(status, 200, JSON.stringify(body));
    no = (body.data as PoolAccount).account_no;
    const read = await waitFor(
      "the first reading",
      async () => (await accounts()).find(({ read_at }) => read_at !== null),
      {
        withinMs: 20_000,
      },
    );
    assert.deepEqual(
      [read.hashrate_hs, read.workers, read.workers_online, read.workers_offline, read.source],
      [210 * TH, 4, 3, 1, "server"],
    );
    assert.equal(pool.calls[0]?.headers["f2p-api-secret"], "sec-ret-key-of-acc");
    assert.equal(read.key_hint, "se…cc");
    assert.doesNotMatch(JSON.stringify(await accounts()), /sec-ret/);
  });

  test("sets each worker beside its device, the worst first", async () => {
    const { workers, total, account: own } = await detail(no);
    assert.equal(total, 4);
    assert.deepEqual(
      workers.map(({ worker, verdict, miner_ids }) => [worker, verdict, miner_ids.join()]),
      [
        ["acc.c", "pool_silent", "m-c"],
        ["acc.b", "below_device", "m-b"],
        ["acc.x", "unregistered", ""],
        ["acc.a", "matching", "m-a"],
      ],
    );
    assert.deepEqual([workers[1]?.pool_hs, workers[1]?.device_hs], [70 * TH, 100 * TH]);
    assert.ok(Math.abs((workers[1]?.difference ?? 0) + 0.3) < 1e-9);
    assert.deepEqual(own.verdicts, { pool_silent: 1, below_device: 1, unregistered: 1, matching: 1 });
    assert.equal(own.device_hashrate_hs, 300 * TH);
    assert.deepEqual(
      (await detail(no, "verdict=pool_silent")).workers.map(({ worker }) => worker),
      ["acc.c"],
    );
    assert.deepEqual(
      (await detail(no, "q=M-B")).workers.map(({ worker }) => worker),
      ["acc.b"],
    );
  });

  test("charts both sides, of the account and of a worker", async () => {
    const history = async (query: string) => {
      const { body } = await server.call("GET", `/api/pool-accounts/${no}/history?${query}`, { cookie });
      return (body.data as { points: { pool_hs: number | null; device_hs: number | null }[] }).points.at(-1);
    };
    assert.deepEqual(
      [(await history("hours=24"))?.pool_hs, (await history("hours=24"))?.device_hs],
      [210 * TH, 300 * TH],
    );
    assert.deepEqual(
      [(await history("hours=24&worker=acc.b"))?.pool_hs, (await history("hours=24&worker=acc.b"))?.device_hs],
      [70 * TH, 100 * TH],
    );
  });

  test("that can't be read keeps its last figures and says since how many reads and why", async () => {
    answer = () => ({ status: 502, body: "bad gateway" });
    const { body } = await server.call("POST", `/api/pool-accounts/${no}/read`, { cookie });
    const read = body.data as PoolAccount;
    assert.deepEqual([read.failures, read.hashrate_hs], [1, 210 * TH]);
    assert.match(read.trouble ?? "", /502/);
    answer = usual;
    const again = await server.call("POST", `/api/pool-accounts/${no}/read`, { cookie });
    assert.deepEqual([(again.body.data as PoolAccount).failures, (again.body.data as PoolAccount).trouble], [0, null]);
  });

  test("is there once a site, needs a key where its pool does, and a pool there is", async () => {
    assert.deepEqual((await add()).body.code, "POOL_ACCOUNT_EXISTS");
    const keyless = await add({ pool: "viabtc", api_key: undefined });
    assert.deepEqual([keyless.status, keyless.body.path], [400, "api_key"]);
    const unknown = await add({ pool: "nopool" });
    assert.deepEqual([unknown.status, unknown.body.path], [400, "pool"]);
  });

  test("goes with its history", async () => {
    assert.equal((await server.call("DELETE", `/api/pool-accounts/${no}`, { cookie })).status, 200);
    assert.equal((await server.call("GET", `/api/pool-accounts/${no}`, { cookie })).status, 404);
    assert.deepEqual(await accounts(), []);
  });
});

describe("an account that a pool-watch elsewhere reads", () => {
  const worker = {
    name: "acc.a",
    hashrate_hs: 98 * TH,
    hashrate_1h_hs: null,
    last_share_at: new Date().toISOString(),
    state: null,
    reject_share: 0.01,
    source_ip: null,
  };
  const reading = (at = new Date().toISOString()) => ({
    pool: "ocean",
    coin: "bitcoin",
    account: "acc",
    at,
    clock_skew_ms: null,
    hashrate_hs: 98 * TH,
    truncated: false,
    workers: [worker],
  });
  const post = (body: unknown, as = { key }) => server.call("POST", "/api/collector/pool-accounts", { ...as, body });

  test("appears by itself at the site of the key, with the same comparison", async () => {
    const { status, body } = await post({ version: 1, readings: [reading()] });
    assert.deepEqual([status, body.data], [200, { stored: 1 }]);
    const [own] = await accounts();
    assert.deepEqual([own?.source, own?.site_id, own?.reject_share], ["pool-watch", "1", 0.01]);
    const { workers } = await detail(own?.account_no ?? 0);
    assert.deepEqual(
      workers.map((one) => `${one.worker} ${one.verdict}`),
      ["acc.b pool_silent", "acc.c pool_silent", "acc.a matching"],
    );
    const now = await server.call("POST", `/api/pool-accounts/${own?.account_no}/read`, { cookie });
    assert.equal(now.body.code, "READ_ELSEWHERE");
  });

  test("a report of 20,000 workers is taken whole", async () => {
    const workers = Array.from({ length: 20_000 }, (_, n) => ({ ...worker, name: `big.worker-${n}` }));
    const { status, body } = await post({ version: 1, readings: [{ ...reading(), account: "big", workers }] });
    assert.deepEqual([status, body.data], [200, { stored: 1 }]);
    const big = (await accounts()).find(({ account: name }) => name === "big");
    assert.equal(big?.workers, 20_000);
    await server.call("DELETE", `/api/pool-accounts/${big?.account_no}`, { cookie });
  });

  test("an older reading that comes late changes nothing that is shown", async () => {
    await post({
      version: 1,
      readings: [{ ...reading(new Date(Date.now() - 600_000).toISOString()), hashrate_hs: 1 }],
    });
    assert.equal((await accounts())[0]?.hashrate_hs, 98 * TH);
  });

  test("one that could not be read says so", async () => {
    const { pool: name, coin, account: user, at } = reading();
    const failure = { pool: name, coin, account: user, at, failures: 3, reason: "timed out" };
    await post({ version: 1, readings: [], failures: [failure] });
    const [own] = await accounts();
    assert.deepEqual([own?.failures, own?.trouble], [3, "timed out"]);
  });

  test("nonsense is refused by name, and a person's session sends nothing", async () => {
    const bad = await post({ version: 1, readings: [{ ...reading(), hashrate_hs: -1 }] });
    assert.deepEqual([bad.status, bad.body.path], [400, "readings.0.hashrate_hs"]);
    const person = await server.call("POST", "/api/collector/pool-accounts", {
      cookie,
      body: { version: 1, readings: [] },
    });
    assert.equal(person.status, 403);
  });
});

test("an address in an inner network is not asked unless the configuration lists it", async () => {
  const { body } = await add({ account: "inner", api_base: "http://10.0.0.1:8080" });
  const { account_no } = body.data as PoolAccount;
  const read = await server.call("POST", `/api/pool-accounts/${account_no}/read`, { cookie });
  assert.match((read.body.data as PoolAccount).trouble ?? "", /egress\.allow/);
});
