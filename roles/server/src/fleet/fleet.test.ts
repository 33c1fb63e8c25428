import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { History, LatestRow } from "@banksman/wire/api";
import { METRIC_UNITS } from "@banksman/wire/model";
import { siteWithKey, startTestServer, type TestServer } from "../test/test-server.ts";
import { bucketSeconds, bucketStarts } from "./buckets.ts";

let server: TestServer;
let key: string;
const MINUTE = 60_000;

const upload = async (minutesAgo: number, readings: object[]) => {
  const at = new Date(Date.now() - minutesAgo * MINUTE).toISOString();
  const { status, body } = await server.call("POST", "/api/collector/upload", {
    key,
    body: readings,
    headers: { "x-collected-at": at },
  });
  assert.equal(status, 200, JSON.stringify(body));
};

/** Thirty miners: two models, one without a board, one asleep, one unreachable. */
const fleet = (hashrate: number) =>
  Array.from({ length: 30 }, (_, n) => ({
    miner_id: `m-${String(n).padStart(2, "0")}`,
    ip_address: `10.0.0.${n + 1}`,
    online: n !== 29,
    model: n % 2 === 0 ? "Antminer S21" : "M50S",
    rack: `R${n % 3}`,
    worker_name: `farm.w${n}`,
    ...(n === 29
      ? { offline_reason: "timed_out" }
      : {
          hashrate_ghs: n === 7 ? 60_000 : hashrate + n,
          expected_hashrate_ghs: 100_000,
          temperature_max: 60 + n,
          power_consumption: 3_000,
          fan_speeds: [4_000 + n, 4_100],
          temperature_chips: [50, 60, 70],
          status: n === 8 ? "sleeping" : "hashing",
          accepted_shares: 1_000,
          rejected_shares: n,
          uptime_seconds: 1_000,
        }),
  }));

before(async () => {
  server = await startTestServer();
  ({ key } = await siteWithKey(server, "1"));
  await upload(20, fleet(100_000));
  await upload(1, fleet(99_000));
});
after(() => server[Symbol.asyncDispose]());

const list = async (query: string) => {
  const { status, body } = await server.call("GET", `/api/collector/monitor/sites/1/miners/latest?${query}`, { key });
  assert.equal(status, 200, JSON.stringify(body));
  return body.data as { miners: LatestRow[]; pagination: { total: number; pages: number } };
};
const ids = async (query: string) => (await list(query)).miners.map(({ miner_id }) => miner_id);

describe("miners/latest", () => {
  test("pages without losing or repeating a miner, in every order", async () => {
    for (const sort of ["miner_id", "health", "hashrate_ghs", "model", "ip_address", "reject_percent", "position"]) {
      const pages = await Promise.all(
        [1, 2, 3, 4].map((page) => ids(`per_page=8&page=${page}&sort=${sort}&order=desc`)),
      );
      assert.equal(new Set(pages.flat()).size, 30, sort);
    }
    assert.deepEqual((await list("per_page=8")).pagination, { page: 1, per_page: 8, total: 30, pages: 4 });
  });

  test("sorts addresses as numbers and the worst health first; nulls come last either way", async () => {
    assert.deepEqual(await ids("sort=ip_address&per_page=3"), ["m-00", "m-01", "m-02"]);
    assert.deepEqual(await ids("sort=health&per_page=2"), ["m-29", "m-07"]);
    assert.equal((await ids("sort=hashrate_ghs&order=desc&per_page=1000")).at(-1), "m-29");
    assert.equal((await ids("sort=hashrate_ghs&order=asc&per_page=1000")).at(-1), "m-29");
    assert.equal((await ids("sort=hashrate_percent&per_page=1"))[0], "m-07");
  });

  test("filters by online, model, health and text, together", async () => {
    assert.deepEqual(await ids("online=false"), ["m-29"]);
    assert.equal((await list("online_only=true")).pagination.total, 29);
    assert.deepEqual(await ids("status=degraded,asleep"), ["m-07", "m-08"]);
    assert.equal((await list("model=M50S&online_only=true")).pagination.total, 14);
    assert.deepEqual(await ids("q=w17"), ["m-17"]);
    assert.deepEqual(await ids("q=10.0.0.30"), ["m-29"]);
    assert.deepEqual(await ids("q=%25"), []);
  });

  test("refuses nonsense with the parameter's name", async () => {
    for (const [query, path] of [
      ["per_page=1001", "per_page"],
      ["page=0", "page"],
      ["sort=colour", "sort"],
      ["status=fine", "status.0"],
    ] as const) {
      const { status, body } = await server.call("GET", `/api/collector/monitor/sites/1/miners/latest?${query}`, {
        key,
      });
      assert.deepEqual([status, body.path], [400, path]);
    }
  });
});

describe("summary", () => {
  test("its models add up to its total, also while sweeps land", async () => {
    const { key: own } = await siteWithKey(server, "growing");
    let landing = true;
    const sweeps = (async () => {
      for (let sweep = 1; sweep <= 40; sweep += 1) {
        const body = [{ miner_id: `n-${sweep}`, ip_address: `10.1.0.${sweep}`, online: true, model: "Antminer S21" }];
        const reply = await server.call("POST", "/api/collector/upload", { key: own, body });
        assert.equal(reply.status, 200);
      }
      landing = false;
    })();
    const ask = async () => {
      while (landing) {
        const { body } = await server.call("GET", "/api/collector/summary/growing", { key: own });
        const { total, models } = body.data as { total: number; models: { total: number }[] };
        assert.equal(
          models.reduce((sum, model) => sum + model.total, 0),
          total,
        );
      }
    };
    await Promise.all([sweeps, ask(), ask(), ask()]);
  });

  test("adds up what is reached, split by model", async () => {
    const { body } = await server.call("GET", "/api/collector/summary/1", { key });
    const data = body.data as Record<string, unknown> & {
      by_health: Record<string, number>;
      models: { model: string; total: number }[];
    };
    assert.deepEqual([data.total, data.online, data.offline], [30, 29, 1]);
    assert.deepEqual(
      [data.by_health.hashing, data.by_health.degraded, data.by_health.asleep, data.by_health.unreachable],
      [27, 1, 1, 1],
    );
    assert.equal(data.power_consumption, 29 * 3_000);
    assert.deepEqual(
      data.models.map(({ model, total }) => [model, total]),
      [
        ["Antminer S21", 15],
        ["M50S", 15],
      ],
    );
    assert.equal(data.temperature_max, 88);
  });
});

test("an idle miner's stale average adds nothing to its site", async () => {
  const idle = await server.signIn();
  await server.call("POST", "/api/sites", { cookie: idle, body: { site_id: "idle", name: "Idle" } });
  const made = await server.call("POST", "/api/sites/idle/collector-keys", { cookie: idle, body: {} });
  const { collector_key } = made.body.data as { collector_key: string };
  const body = [
    { miner_id: "a", online: true, status: "idle", hashrate_ghs: 44_499, power_consumption: 100 },
    { miner_id: "b", online: true, status: "hashing", hashrate_ghs: 100_000, power_consumption: 3_000 },
  ];
  await server.call("POST", "/api/collector/upload", { key: collector_key, body });
  const summary = await server.call("GET", "/api/collector/summary/idle", { key: collector_key });
  const data = summary.body.data as { hashrate_ghs: number; efficiency_jth: number; power_consumption: number };
  assert.deepEqual([data.hashrate_ghs, data.efficiency_jth, data.power_consumption], [100_000, 30, 3_100]);
});

test("a power says of how many of those online it is", async () => {
  const { key: own, cookie: person } = await siteWithKey(server, "listed");
  const body = [
    { miner_id: "told", online: true, hashrate_ghs: 100_000, power_consumption: 3_000 },
    { miner_id: "silent", online: true, hashrate_ghs: 100_000 },
    { miner_id: "away", online: false, power_consumption: 3_000 },
  ];
  await server.call("POST", "/api/collector/upload", { key: own, body });
  for (const path of ["/api/collector/summary/listed", "/api/sites/listed"]) {
    const { data } = (await server.call("GET", path, { cookie: person })).body;
    const { online, power_miners, power_consumption } = data as Record<string, number>;
    assert.deepEqual([power_miners, online, power_consumption], [1, 2, 3_000], path);
  }
});

describe("history", () => {
  const history = async (query: string, miner = "m-00") => {
    const { status, body } = await server.call(
      "GET",
      `/api/collector/monitor/sites/1/miners/${miner}/history?${query}`,
      { key },
    );
    return { status, data: body.data as History, path: body.path };
  };
  const values = (data: History) => data.points.flatMap((p) => (p.avg === null ? [] : [p.avg]));

  test("answers every metric with its unit, at most 1,000 points, gaps as null", async () => {
    for (const [metric, unit] of Object.entries(METRIC_UNITS)) {
      for (const hours of [1, 24, 168]) {
        const { status, data } = await history(`metric=${metric}&hours=${hours}`);
        assert.deepEqual([status, data.unit], [200, unit], metric);
        assert.ok(
          data.points.length > 50 && data.points.length <= 1_000,
          `${metric} ${hours} h: ${data.points.length} points`,
        );
        assert.ok(
          data.points.some(({ avg }) => avg === null),
          "a gap shows as null",
        );
      }
    }
    assert.deepEqual(values((await history("metric=hashrate_ghs&hours=1")).data), [100_000, 99_000]);
    assert.deepEqual(values((await history("metric=latency_ms&hours=1")).data), []);
  });

  test("gives one series a fan, and the spread of the chips", async () => {
    const fans = (await history("metric=fan_speeds&hours=1", "m-03")).data;
    assert.deepEqual(
      fans.series?.map(({ name, points }) => [name, points.find(({ avg }) => avg !== null)?.avg]),
      [
        ["fan_1", 4_003],
        ["fan_2", 4_100],
      ],
    );
    const both = fans.points.find(({ avg }) => avg !== null);
    assert.deepEqual([both?.min, both?.max], [4_003, 4_100]);
    const chips = (await history("metric=temperature_chips&hours=1")).data.points.find(({ avg }) => avg !== null);
    assert.deepEqual([chips?.min, chips?.avg, chips?.max], [50, 60, 70]);
  });

  test("refuses an unknown metric, hours beyond a week, and an unknown miner", async () => {
    assert.deepEqual(await history("metric=colour").then(({ status, path }) => [status, path]), [400, "metric"]);
    assert.deepEqual(await history("hours=169").then(({ status, path }) => [status, path]), [400, "hours"]);
    assert.equal((await history("hours=1", "nobody")).status, 404);
  });

  test("buckets are round, never finer than the readings, and few enough", () => {
    for (let hours = 1; hours <= 168; hours++) {
      for (const interval of [10, 30, 60, 300]) {
        const width = bucketSeconds(hours, interval);
        const starts = bucketStarts(Date.UTC(2026, 10, 21, 10, 7, 13), hours, width);
        assert.ok(width >= interval && starts.length <= 1_000, `${hours} h at ${interval} s`);
        assert.ok(starts.every((start) => start % (width * 1_000) === 0));
      }
    }
  });
});

test("what changed on a miner is kept: pool, firmware, health, a reboot", async () => {
  const base = {
    miner_id: "changing",
    online: true,
    hashrate_ghs: 100,
    pool_url: "stratum+tcp://a",
    firmware: "1",
    uptime_seconds: 90_000,
  };
  await upload(10, [base]);
  await upload(8, [{ ...base, pool_url: "stratum+tcp://b", uptime_seconds: 90_120 }]);
  await upload(6, [{ ...base, pool_url: "stratum+tcp://b", firmware: "2", uptime_seconds: 30, hashrate_ghs: 0 }]);
  await upload(7, [{ ...base, pool_url: "stratum+tcp://late" }]);
  const { body } = await server.call("GET", "/api/sites/1/miners/changing/events", { key });
  const { events } = body.data as { events: { kind: string; from: string; to: string }[] };
  assert.deepEqual(events.map(({ kind, from, to }) => [kind, from, to]).toSorted(), [
    ["firmware", "1", "2"],
    ["health", "hashing", "notHashing"],
    ["pool", "stratum+tcp://a", "stratum+tcp://b"],
    ["reboot", "90120", "30"],
  ]);
});

test("an older reading fills history but never the newest row", async () => {
  await upload(2, [{ miner_id: "order", online: true, hashrate_ghs: 2 }]);
  await upload(9, [{ miner_id: "order", online: true, hashrate_ghs: 9 }]);
  assert.equal((await list("q=order")).miners[0]?.hashrate_ghs, 2);
});

test("one miner twice in an upload: the newer reading is the newest row", async () => {
  const at = (minutes: number) => new Date(Date.now() - minutes * MINUTE).toISOString();
  await upload(0, [
    { miner_id: "twice", online: true, hashrate_ghs: 1, collected_at: at(1) },
    { miner_id: "twice", online: true, hashrate_ghs: 3, collected_at: at(3) },
  ]);
  assert.equal((await list("q=twice")).miners[0]?.hashrate_ghs, 1);
});

test("rack cells and sparklines cover the miners asked for", async () => {
  const racks = await server.call("GET", "/api/sites/1/racks", { key });
  const { cells } = racks.body.data as { cells: { miner_id: string; rack: string }[] };
  assert.deepEqual(
    [...new Set(cells.filter(({ miner_id }) => miner_id.startsWith("m-")).map(({ rack }) => rack))],
    ["R0", "R1", "R2"],
  );
  const lines = await server.call("GET", "/api/sites/1/sparklines?miner_ids=m-00,m-01,unknown", { key });
  const { sparklines } = lines.body.data as { sparklines: Record<string, (number | null)[]> };
  assert.deepEqual(Object.keys(sparklines), ["m-00", "m-01", "unknown"]);
  assert.ok(sparklines["m-00"]?.some((value) => value !== null));
});
