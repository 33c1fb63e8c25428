import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { waitFor } from "@banksman/testkit";
import type { CoolingHistory, CoolingOverview, CoolingUnit, CoolingUnitRow } from "@banksman/wire/api";
import { LiveMessage } from "@banksman/wire/api";
import type { CoolingUpload, CoolingUploadReply } from "@banksman/wire/ingest";
import { WebSocket } from "ws";
import { HYDRO, minutesAgo, NOW, reading, record } from "../test/cooling-readings.ts";
import { siteWithKey, startTestServer, type TestServer } from "../test/test-server.ts";

let server: TestServer;
let cookie: string;
let key: string;
/** A key of another site. */
let farKey: string;

before(async () => {
  server = await startTestServer();
  ({ cookie, key } = await siteWithKey(server, "mine"));
  ({ key: farKey } = await siteWithKey(server, "far"));
});
after(() => server[Symbol.asyncDispose]());

const send = async (part: Partial<CoolingUpload> & { readings?: unknown[] }, as = key): Promise<CoolingUploadReply> => {
  const body = { batch_id: randomUUID(), collector_id: "edge-1", rounds: [], readings: [], failures: [], ...part };
  const { status, body: reply } = await server.call("POST", "/api/collector/cooling", { key: as, body });
  assert.equal(status, 200, JSON.stringify(reply));
  return reply as unknown as CoolingUploadReply;
};
const get = async <T>(path: string): Promise<T> => {
  const { status, body } = await server.call("GET", `/api${path}`, { cookie });
  assert.equal(status, 200, JSON.stringify(body));
  return body.data as T;
};
const unit = (host: string) => get<CoolingUnit>(`/sites/mine/cooling-units/${encodeURIComponent(host)}`);

describe("an upload of cooling units", () => {
  test("enters the units of its own site, and shows them with values, derived values and age", async () => {
    const fault = { code: "fan1_fault", level: "severe" as const, text: "fan 1" };
    const at = minutesAgo(1);
    const sent = reading("10.1.101.1", at, HYDRO, { faults: [fault] });
    const rounds = [{ round_at: at, duration_ms: 1_900, done: 1, deferred: 0, failed: 0 }];
    assert.deepEqual(await send({ readings: [sent], rounds }), {
      success: true,
      stored: 1,
      duplicates: 0,
      refused: [],
    });

    const { units } = await get<{ units: CoolingUnitRow[] }>("/cooling-units?site_id=mine");
    const [row] = units;
    assert.equal(row?.state, "online");
    assert.deepEqual(row?.values["supply.temp"], { value: 35, quality: "good", at });
    assert.ok(row && row.age_s !== null && row.age_s >= 60 && row.age_s < 120);
    assert.deepEqual(
      row?.faults.map(({ code, since }) => [code, since]),
      [["fan1_fault", at]],
    );
    // 109 m³/h of water warmed by 8.1 K is about the 1.03 MW that went in.
    assert.ok(Math.abs((row?.derived.heat ?? 0) - 1_018) < 10, String(row?.derived.heat));
    assert.equal(row?.derived.power, 1_030);

    const all = await unit("10.1.101.1");
    assert.equal(all.values["coolant.ph"]?.quality, "bad");
    assert.equal(all.registered_by, "edge");
    assert.equal(all.collector_id, "edge-1");
    const told = await get<{ rounds: { done: number }[] }>("/sites/mine/cooling-rounds");
    assert.equal(told.rounds[0]?.done, 1);
  });

  test("sent twice is stored once, also when it is sent in parts and as gzip", async () => {
    const readings = [3, 2].map((ago) => reading("10.1.101.2", minutesAgo(ago), HYDRO));
    assert.equal((await send({ readings })).stored, 2);
    const again = await send({ readings: [...readings, reading("10.1.101.2", minutesAgo(1), HYDRO)] });
    assert.deepEqual([again.stored, again.duplicates], [1, 2]);
    const body = { batch_id: randomUUID(), collector_id: "e", rounds: [], failures: [], readings };
    const response = await fetch(`${server.url}/api/collector/cooling`, {
      method: "POST",
      headers: { "x-collector-key": key, "content-type": "application/json", "content-encoding": "gzip" },
      body: gzipSync(JSON.stringify(body)),
    });
    assert.deepEqual(await response.json(), { success: true, stored: 0, duplicates: 2, refused: [] });
  });

  test("of one round's two lanes the later record stands, in whatever order they come", async () => {
    const at = minutesAgo(4);
    const slow = { ...reading("10.1.101.3", at, { "supply.temp": 31 }), lane: "slow" as const };
    slow.record = record(new Date(Date.parse(at) + 2_000).toISOString(), { "supply.temp": 31, "ambient.humidity": 50 });
    const fast = reading("10.1.101.3", at, { "supply.temp": 30 });
    await send({ readings: [slow] });
    assert.equal((await send({ readings: [fast] })).duplicates, 1);
    const { values } = await unit("10.1.101.3");
    assert.equal(values["supply.temp"]?.value, 31);
    const { series } = await get<CoolingHistory>(
      "/sites/mine/cooling-units/10.1.101.3/history?values=supply.temp&hours=1",
    );
    assert.deepEqual(
      series[0]?.points.flatMap(({ avg }) => avg ?? []),
      [31],
    );
  });

  test("a late reading fills history and leaves what is newer alone, its faults too", async () => {
    const host = "10.1.101.4";
    const fault = { code: "leakage_fault", level: "urgent" as const, text: "leak" };
    await send({ readings: [reading(host, minutesAgo(2), { "supply.temp": 33 })] });
    await send({ readings: [reading(host, minutesAgo(9), { "supply.temp": 50 }, { faults: [fault] })] });
    const { values, faults } = await unit(host);
    assert.equal(values["supply.temp"]?.value, 33);
    assert.deepEqual(faults, []);
    const { series } = await get<CoolingHistory>(
      `/sites/mine/cooling-units/${host}/history?values=supply.temp&hours=1`,
    );
    assert.deepEqual(
      series[0]?.points.flatMap(({ avg }) => avg ?? []),
      [50, 33],
    );
  });

  test("a fault is a span: it begins with the first record that tells it and ends with the first that does not", async () => {
    const host = "10.1.101.5";
    const leak = { code: "leakage_fault", level: "urgent" as const, text: "leak", text_zh: "漏液" };
    for (const [ago, faults] of [
      [5, []],
      [4, [leak]],
      [3, [leak]],
      [2, []],
    ] as const)
      await send({ readings: [reading(host, minutesAgo(ago), HYDRO, { faults: [...faults] })] });
    // One that lost its PLC knows nothing of faults: nothing begins and nothing ends.
    await send({ readings: [reading(host, minutesAgo(1.5), {}, { connected: false, faults: [leak] })] });
    const { faults } = await get<{ faults: object[] }>(`/sites/mine/cooling-units/${host}/faults?hours=1`);
    assert.deepEqual(faults, [{ ...leak, since: minutesAgo(4), until: minutesAgo(2) }]);
    assert.equal((await unit(host)).state, "lost");
  });

  test("a failure is told until the unit is read again", async () => {
    const host = "10.1.101.6";
    const failure = (ago: number) => ({
      site_id: "mine",
      host,
      round_at: minutesAgo(ago),
      code: "timed_out",
      reason: "no answer in 3 s",
      breaker: "open" as const,
    });
    await send({ readings: [reading(host, minutesAgo(5), HYDRO)] });
    await send({ failures: [failure(4), failure(3)] });
    await send({ failures: [failure(3)] });
    const failing = await unit(host);
    assert.equal(failing.state, "failing");
    assert.deepEqual(failing.failure, {
      at: minutesAgo(3),
      code: "timed_out",
      reason: "no answer in 3 s",
      breaker: "open",
      rounds: 2,
    });
    await send({ readings: [reading(host, minutesAgo(1), HYDRO)] });
    assert.equal((await unit(host)).failure, null);
  });

  test("what it may not store is refused by name, and sinks nothing else", async () => {
    const good = reading("10.1.101.7", minutesAgo(1), HYDRO);
    const bad = [
      { ...good, host: "no host!" },
      { ...good, host: "10.1.101.8", record: { ...good.record, model: "a\0b" } },
      { ...good, site_id: "far" },
      reading("10.1.101.9", new Date(NOW + 3_600_000).toISOString(), HYDRO),
      reading("10.1.101.9", "2020-01-01T00:00:00.000Z", HYDRO),
    ];
    const { stored, refused } = await send({ readings: [...bad, good] });
    assert.equal(stored, 1);
    assert.deepEqual(
      refused.map(({ code }) => code),
      ["not_valid", "not_valid", "unknown_unit", "clock", "clock"],
    );
  });

  test("a unit of another site is taken from those who are registered to read it, and from nobody else", async () => {
    const created = await server.call("POST", "/api/sites/far/cooling-units", {
      cookie,
      body: { host: "10.2.1.1", collected_by: "mine" },
    });
    assert.equal(created.status, 200, JSON.stringify(created.body));
    const sent = { ...reading("10.2.1.1", minutesAgo(1), HYDRO), site_id: "far" };
    assert.equal((await send({ readings: [sent] })).stored, 1);
    const { refused } = await send({ readings: [sent] }, farKey);
    assert.equal(refused[0]?.code, "read_elsewhere");
  });

  test("what is no upload is refused whole", async () => {
    for (const body of [[], { readings: [] }, "x"])
      assert.equal((await server.call("POST", "/api/collector/cooling", { key, body })).status, 400);
    assert.equal((await server.call("POST", "/api/collector/cooling", { body: {} })).status, 401);
  });
});

test("a fault that stands is on its way to be an alert", async () => {
  const leak = { code: "leakage_fault", level: "urgent" as const, text: "leak" };
  await send({ readings: [reading("10.1.101.20", new Date().toISOString(), HYDRO, { faults: [leak] })] });
  type Found = { alerts: { rule_id: string; title: { en: string }; target: object }[] };
  const found = await waitFor("an alert", async () => {
    const { alerts } = await get<Found>("/alerts?state=pending,firing&kind=cooling&q=10.1.101.20");
    return alerts.find(({ rule_id }) => rule_id === "cooling-leak");
  });
  assert.equal(found.title.en, "Cooling unit 10.1.101.20: leak");
});

describe("miners that a container lists", () => {
  type Miners = { miners: { miner_id: string; driver: string; hashrate_ghs: number; model: string }[] };
  const miners = () => get<Miners>("/collector/monitor/sites/mine/miners/latest");
  const miner = (ip_address: string, hashrate_ghs: number) => ({
    ip_address,
    model: "S19 XP Hyd",
    firmware: null,
    uptime_seconds: 3_600,
    hashrate_5s_ghs: hashrate_ghs,
    hashrate_ghs,
    temperature_board: 61,
    temperature_chip: 72,
  });

  test("are readings of a source of their own; those that the edge reads itself are left alone", async () => {
    const own = [
      { miner_id: "row-1", ip_address: "10.9.0.1:4028", online: true, hashrate_ghs: 111, driver: "antminer" },
    ];
    await server.call("POST", "/api/collector/upload", { key, body: own });
    const list = { count: 2, list: [miner("10.9.0.1", 250_000), miner("10.9.0.2", 255_000)] };
    const upload = { readings: [reading("10.1.101.10", minutesAgo(1), HYDRO, { miners: list })] };
    await send(upload);
    const shown = (await miners()).miners.map(({ miner_id, driver, hashrate_ghs }) => ({
      miner_id,
      driver,
      hashrate_ghs,
    }));
    assert.deepEqual(shown, [
      { miner_id: "10.9.0.2", driver: "cooling:antbox", hashrate_ghs: 255_000 },
      { miner_id: "row-1", driver: "antminer", hashrate_ghs: 111 },
    ]);
    const { contained, hashrate_ghs } = await unit("10.1.101.10");
    assert.equal(contained?.list.length, 2);
    assert.equal(hashrate_ghs, 505_000);
    // A record between two lists counts them and lists none: the list that is known stays.
    await send({ readings: [reading("10.1.101.10", minutesAgo(0.5), HYDRO, { miners: { count: 2, list: [] } })] });
    assert.equal((await unit("10.1.101.10")).contained?.list.length, 2);
  });
});

describe("units that people enter", () => {
  const call = (method: string, path: string, body?: unknown) =>
    server.call(method, `/api/sites/mine/cooling-units${path}`, { cookie, body });

  test("keep what is not named in a change, and are forgotten on demand", async () => {
    assert.equal(
      (await call("POST", "", { host: "10.7.7.7:8480", name: "Box 7", interval_s: 30, glycol_percent: 40 })).status,
      200,
    );
    assert.equal((await call("POST", "", { host: "10.7.7.7:8480" })).status, 409);
    const changed = await call("PATCH", "/10.7.7.7:8480", { latitude: 22.5, longitude: 114 });
    const { settings, state, latitude } = changed.body.data as CoolingUnit;
    assert.deepEqual(
      [settings.name, settings.interval_s, settings.glycol_percent, settings.collected_by],
      ["Box 7", 30, 40, null],
    );
    assert.deepEqual([state, latitude], ["new", 22.5]);
    assert.equal((await call("DELETE", "/10.7.7.7:8480")).status, 200);
    assert.equal((await call("GET", "/10.7.7.7:8480")).status, 404);
  });
});

test("whoever follows cooling units hears which of them have newer records, at the sites they see", async () => {
  const password = "another-long-password";
  const grants = [{ role: "viewer", scope: { of: "site", site_id: "far" } }];
  await server.call("POST", "/api/users", { cookie, body: { username: "far-viewer", password, grants } });
  const follow = async (as: string) => {
    const socket = new WebSocket(`${server.url.replace("http", "ws")}/api/live`, { headers: { cookie: as } });
    const told: LiveMessage[] = [];
    socket.on("message", (data) => told.push(LiveMessage.parse(JSON.parse(String(data)))));
    await new Promise((resolve) => socket.once("open", resolve));
    socket.send(JSON.stringify({ type: "subscribe_cooling" }));
    // An answer to what comes after it shows that it was taken.
    socket.send(JSON.stringify({ type: "nonsense" }));
    await waitFor("an answer", () => told.some(({ type }) => type === "problem"));
    return { socket, cooling: () => told.filter((one) => one.type === "cooling") };
  };
  const [all, far] = [await follow(cookie), await follow(await server.signIn("far-viewer", password))];
  const at = new Date().toISOString();
  await send({ readings: [reading("10.1.101.40", at, HYDRO)] });
  const [message] = await waitFor("the message", () => (all.cooling().length > 0 ? all.cooling() : undefined));
  assert.deepEqual(message, { type: "cooling", site_id: "mine", changed: [{ host: "10.1.101.40", at }] });
  await send({ readings: [{ ...reading("10.2.1.1", at, HYDRO), site_id: "far" }] });
  await waitFor("its own site's", () => far.cooling().length > 0);
  assert.deepEqual(
    far.cooling().map((one) => one.type === "cooling" && one.site_id),
    ["far"],
  );
  for (const { socket } of [all, far]) socket.terminate();
});

test("the overview sums what is online by site, and counts faults by level", async () => {
  const { units, by_state, heat_kw, power_kw, heat_units, power_units, faults, sites } = await get<CoolingOverview>(
    "/cooling/overview?site_id=far",
  );
  assert.deepEqual([units, by_state.online, power_kw, heat_units, power_units], [1, 1, 1_030, 1, 1]);
  assert.ok(heat_kw !== null && heat_kw > 1_000);
  assert.deepEqual(faults, { urgent: 0, severe: 0, warning: 0, info: 0 });
  assert.deepEqual(
    sites.map(({ site_id }) => site_id),
    ["far"],
  );
});
