import assert from "node:assert/strict";
import { test } from "node:test";
import { type HttpAnswer, type HttpCall, serveHttp } from "@banksman/replay";
import { signAntpool } from "./drivers/antpool.ts";
import { signNicehash } from "./drivers/nicehash.ts";
import type { PoolReading } from "./pool.ts";
import { poolOf, readAccount } from "./pools.ts";

const TIMEOUT_MS = 2_000;
type Answers = (call: HttpCall) => HttpAnswer;

async function read(
  pool: string,
  answers: Answers,
  account: { account?: string; coin?: string; api_key?: string } = {},
) {
  await using server = await serveHttp(answers);
  const driver = { ...poolOf(pool), pause_s: 0 };
  const reading = await readAccount(
    driver,
    { account: "acc", coin: "bitcoin", ...account, api_base: server.url },
    TIMEOUT_MS,
  );
  return { reading, calls: server.calls };
}
const rows = ({ workers }: PoolReading) =>
  workers.map(({ name, hashrate_hs, last_share_at, state }) => [
    name,
    hashrate_hs,
    last_share_at?.getTime() ?? null,
    state,
  ]);
const at = (text: string) => Date.parse(text);

/** The answer printed on the pool's developer page (www.f2pool.com/developer/api), with its long numerals as they stand. */
const F2POOL_V1 = `{"balance": 0.000045036645168645, "hashes_last_day": 0, "value": 0.000045036645168645,
  "workers": [["minerx01", 12650560751040, 0, 0, 1084452716521979904, 2533274790395904, "2018-06-19T10:02:19.810789Z", false]],
  "value_last_day": 0, "worker_length_online": 0, "worker_length": 0, "hashrate": 0}`;

test("F2Pool v1: the workers' lists, whatever worker_length says, and no key needed", async () => {
  const { reading, calls } = await read("f2pool-v1", () => ({ body: F2POOL_V1 }));
  assert.deepEqual(rows(reading), [["minerx01", 12_650_560_751_040, at("2018-06-19T10:02:19.810Z"), null]]);
  assert.equal(calls[0]?.path, "/bitcoin/acc");
  assert.equal(calls[0]?.headers["f2p-api-secret"], undefined);
});

test("F2Pool v1: a last share without a fraction, a shorter list, an empty account", async () => {
  const workers = [
    ["a", 5, 0, 0, 0, 0, "2026-11-21T10:00:00Z"],
    ["b", "7", 0, 0, 0, 0, null, true],
  ];
  const { reading } = await read("f2pool-v1", () => ({ body: { hashrate: 12, workers, worker_length: 40 } }));
  assert.deepEqual(rows(reading), [
    ["a", 5, at("2026-11-21T10:00:00Z"), null],
    ["b", 7, null, null],
  ]);
  assert.deepEqual((await read("f2pool-v1", () => ({ body: { hashrate: 0, workers: [] } }))).reading.workers, []);
});

test("F2Pool v2: JSON is posted with the token; an error with status 200 is told", async () => {
  const rates = (name: string, now: number) => ({ name, hash_rate: now, h1_hash_rate: 99, h1_stale_hash_rate: 1 });
  const { reading, calls } = await read(
    "f2pool-v2",
    ({ path }) => ({
      body: path.endsWith("/info")
        ? { info: rates("acc", 412_345_678_901_234), currency: "bitcoin" }
        : {
            workers: [
              { hash_rate_info: rates("w1", 112), last_share_at: 1_760_000_000, status: 0, host: "203.0.113.7" },
              { hash_rate_info: rates("w2", 0), last_share_at: 1_750_000_000, status: 2 },
            ],
          },
    }),
    { api_key: "token" },
  );
  assert.equal(reading.hashrate_hs, 412_345_678_901_234);
  assert.deepEqual(rows(reading), [
    ["w1", 112, 1_760_000_000_000, "online"],
    ["w2", 0, 1_750_000_000_000, "expired"],
  ]);
  assert.equal(reading.workers[0]?.reject_share, 0.01);
  assert.deepEqual(
    [calls[0]?.headers["f2p-api-secret"], JSON.parse(calls[0]?.body ?? "")],
    ["token", { currency: "bitcoin", mining_user_name: "acc" }],
  );
  await assert.rejects(
    read("f2pool-v2", () => ({ body: { code: 5010, msg: "permission denied" } }), { api_key: "x" }),
    /refuses: permission denied \(5010\)/,
  );
});

test("AntPool: signed pages, units in the text, code 0 as number or text", async () => {
  const item = {
    hsLast10Min: "97.2 TH/s",
    hsLast1Hour: "96 TH/s",
    rejectRatio: "0.02%",
    shareLastTime: 1_760_000_000_000,
  };
  const { reading, calls } = await read(
    "antpool",
    ({ path, body }) => {
      if (path.endsWith("accountOverview.htm"))
        return { body: { code: 0, message: "ok", data: { hsLast10m: "190000000000000" } } };
      const page = Number(new URLSearchParams(body).get("page"));
      return {
        body: { code: "000000", data: { items: [{ ...item, workerId: `w${page}` }], pageNum: page, totalPage: 2 } },
      };
    },
    { api_key: "k:s", account: "user" },
  );
  assert.equal(reading.hashrate_hs, 1.9e14);
  assert.deepEqual(rows(reading), [
    ["w1", 97.2e12, 1_760_000_000_000, null],
    ["w2", 97.2e12, 1_760_000_000_000, null],
  ]);
  assert.equal(reading.workers[0]?.reject_share, 0.0002);
  const forms = calls.map(({ body }) => new URLSearchParams(body));
  const nonces = forms.map((form) => Number(form.get("nonce")));
  assert.deepEqual(
    nonces,
    [...new Set(nonces)].toSorted((a, b) => a - b),
    "the nonce must grow",
  );
  for (const form of forms) assert.equal(form.get("signature"), signAntpool("s", "user", "k", form.get("nonce") ?? ""));
});

test("ViaBTC: numbers as text, pages until has_next is false, its code told", async () => {
  const { reading } = await read(
    "viabtc",
    ({ path, query }) => {
      if (path.endsWith("/hashrate"))
        return {
          body: {
            code: 0,
            data: { active_workers: 2, hashrate_10min: "505775348776", unactive_workers: 0 },
            message: "OK",
          },
        };
      const page = Number(query.get("page"));
      const worker = {
        worker_name: `w${page}`,
        worker_status: "active",
        hashrate_10min: "11",
        reject_rate: "0.01",
        last_active: "1760000000",
      };
      return { body: { code: 0, data: { data: [worker], has_next: page < 3 }, message: "OK" } };
    },
    { api_key: "k" },
  );
  assert.equal(reading.hashrate_hs, 505_775_348_776);
  assert.deepEqual(
    rows(reading).map(([name, , seen]) => [name, seen]),
    [1, 2, 3].map((page) => [`w${page}`, 1_760_000_000_000]),
  );
  await assert.rejects(
    read("viabtc", () => ({ body: { code: 12_004, message: "IP", data: {} } }), { api_key: "k" }),
    /refuses: IP \(12004\)/,
  );
});

test("Braiins: the unit is what the answer says, the state in any case", async () => {
  const { reading } = await read(
    "braiins",
    ({ path }) =>
      path.includes("profile")
        ? { body: { username: "acc", btc: { hash_rate_unit: "Gh/s", hash_rate_5m: 13_753.5 } } }
        : {
            body: {
              btc: {
                workers: {
                  "acc.one": { state: "OK", last_share: 1_617_184_681, hash_rate_unit: "Th/s", hash_rate_5m: 9.5 },
                  "acc.[auto]": { state: "dis", last_share: 0, hash_rate_unit: "Gh/s", hash_rate_5m: 0 },
                },
              },
            },
          },
    { coin: "btc", api_key: "t" },
  );
  assert.equal(reading.hashrate_hs, 13_753.5e9);
  assert.deepEqual(rows(reading), [
    ["acc.one", 9.5e12, 1_617_184_681_000, "ok"],
    ["acc.[auto]", 0, null, "dis"],
  ]);
});

test("Luxor: the bare key, pages by next_page_url, efficiency as what was not rejected", async () => {
  const { reading, calls } = await read(
    "luxor",
    ({ path, query }) =>
      path.includes("summary")
        ? { body: { currency_type: "BTC", hashrate_5m: "1035827914295214" } }
        : {
            body: {
              workers: [
                {
                  name: `w${query.get("page_number")}`,
                  status: "ACTIVE",
                  hashrate: "7",
                  efficiency: 0.99,
                  last_share_time: "2026-11-21T10:00:00Z",
                },
              ],
              pagination: { next_page_url: query.get("page_number") === "1" ? "/more" : null },
            },
          },
    { coin: "btc", api_key: "key" },
  );
  assert.equal(reading.hashrate_hs, 1_035_827_914_295_214);
  assert.deepEqual(
    rows(reading).map(([name]) => name),
    ["w1", "w2"],
  );
  assert.ok(Math.abs((reading.workers[0]?.reject_share ?? 0) - 0.01) < 1e-12);
  assert.equal(calls[0]?.headers.authorization, "key");
});

test("OCEAN: with or without envelope; the age of a last share is that of the newest window with a rate", async () => {
  const snap = 1_760_000_000;
  const rates = (s60: string, s300: string, s600: string) => [
    { hashrate_60s: s60, hashrate_300s: s300, hashrate_600s: s600, hashrate_3600s: "0" },
  ];
  const { reading } = await read("ocean", ({ path }) =>
    path.includes("statsnap")
      ? { body: { snap_ts: snap, hashrate_300s: 68, lastest_share_ts: snap } }
      : {
          body: {
            result: {
              snap_ts: snap,
              workers: { rig1: rates("5", "6", "6"), rig2: rates("0", "0", "9"), rig3: rates("0", "0", "0") },
            },
          },
        },
  );
  assert.deepEqual(rows(reading), [
    ["rig1", 6, snap * 1e3, null],
    ["rig2", 0, (snap - 300) * 1e3, null],
    ["rig3", 0, null, null],
  ]);
});

test("ckpool: suffixes are units", async () => {
  const worker = [{ workername: "ADDRESS.Rig", hashrate5m: "986G", lastshare: 1_791_448_721 }];
  const { reading } = await read("ckpool", () => ({ body: { hashrate5m: "1.38T", lastshare: 1, worker } }));
  assert.equal(reading.hashrate_hs, 1.38e12);
  assert.deepEqual(rows(reading), [["ADDRESS.Rig", 986e9, 1_791_448_721_000, null]]);
});

test("NiceHash: speeds in the algorithm's unit, the request signed over its parts", async () => {
  const { reading, calls } = await read(
    "nicehash",
    () => ({
      body: {
        miningRigs: [
          {
            rigId: "0-1",
            name: "rig",
            minerStatus: "MINING",
            statusTime: 1_760_000_000_000,
            stats: [{ speedAccepted: 95.5, algorithm: { enumName: "SHA256ASICBOOST" } }],
          },
          { rigId: "0-2", minerStatus: "OFFLINE", statusTime: 1_760_000_000_000, stats: [] },
        ],
      },
    }),
    { account: "org", api_key: "k:s" },
  );
  assert.deepEqual(
    reading.workers.map(({ name, hashrate_hs, state }) => [name, hashrate_hs, state]),
    [
      ["rig", 95.5e12, "mining"],
      ["0-2", 0, "offline"],
    ],
  );
  const { headers, path, query } = calls[0] ?? assert.fail("no call");
  const [time, nonce] = [String(headers["x-time"]), String(headers["x-nonce"])];
  const signature = signNicehash("s", {
    key: "k",
    time,
    nonce,
    organisation: "org",
    method: "GET",
    path,
    query: query.toString(),
  });
  assert.equal(headers["x-auth"], `k:${signature}`);
});

const FAULTS: [name: string, answer: HttpAnswer, told: RegExp][] = [
  ["never answers", { fault: "hang" }, /did not answer whole within 0\.3 s/],
  ["drips a byte at a time", { body: F2POOL_V1, dripMs: 20 }, /did not answer whole within 0\.3 s/],
  ["cuts the connection", { body: F2POOL_V1, fault: "reset" }, /can't be reached/],
  ["answers nothing", { body: "" }, /something else than expected: nothing/],
  ["answers an empty document", { body: {} }, /something else than expected: hashrate: is missing/],
  ["answers an error as a document", { body: { error: "busy" } }, /something else than expected: hashrate/],
  ["answers a web page", { body: "<html>maintenance</html>" }, /no JSON: <html>maintenance/],
  [
    "answers another document",
    { body: { hashrate: 1, workers: [{ name: "a" }] } },
    /something else than expected: workers\.0/,
  ],
  ["answers a text as hashrate", { body: { hashrate: "soon" } }, /hashrate: .*"soon" is no number/],
  ["answers 502", { status: 502, body: "bad gateway" }, /answered 502: bad gateway/],
  ["answers 429", { status: 429, headers: { "retry-after": "7" } }, /fewer requests; again in 7 s/],
  ["answers 403", { status: 403, body: "IP not allowed" }, /refuses the key: IP not allowed/],
];
for (const [name, answer, told] of FAULTS) {
  test(`a pool that ${name} is told as that, within the time limit`, async () => {
    await using server = await serveHttp(() => answer);
    const began = performance.now();
    await assert.rejects(
      readAccount(poolOf("f2pool-v1"), { account: "a", coin: "c", api_base: server.url }, 300),
      told,
    );
    assert.ok(performance.now() - began < 1_500);
  });
}

test("a pool that nobody knows, and a key that is missing, are told before anything is asked", async () => {
  assert.throws(() => poolOf("f3pool"), /there is no pool "f3pool"; known are f2pool-v1, /);
  await assert.rejects(
    readAccount(poolOf("antpool"), { account: "a", coin: "BTC" }, 100),
    /AntPool needs api_key \(key:secret\)/,
  );
});

test("the pool's clock is told where it stamps its answers", async () => {
  const { reading } = await read("f2pool-v1", () => ({
    body: F2POOL_V1,
    headers: { date: new Date(Date.now() + 120_000).toUTCString() },
  }));
  assert.ok(Math.abs((reading.clock_skew_ms ?? 0) - 120_000) < 3_000);
  assert.ok(Math.abs(reading.at.getTime() - Date.now() - 120_000) < 3_000);
});
