import assert from "node:assert/strict";
import { test } from "node:test";
import { siteWithKey, startTestServer } from "../test/test-server.ts";

type Json = Record<string, unknown>;
const dataOf = ({ status, body }: { status: number; body: Json }): Json => {
  assert.equal(status, 200, JSON.stringify(body));
  return body.data as Json;
};
const near = (actual: unknown, expected: number) =>
  assert.ok(Math.abs(Number(actual) - expected) <= Math.abs(expected) * 1e-4, `${actual} is not ${expected}`);
const at = (secondsAgo = 0) => new Date(Date.now() - secondsAgo * 1_000).toISOString();

const READINGS = [
  {
    miner_id: "A",
    ip_address: "10.0.0.1",
    online: true,
    model: "S21",
    hashrate_ghs: 200_000,
    power_consumption: 3_500,
  },
  {
    miner_id: "B",
    ip_address: "10.0.0.2",
    online: true,
    model: "S19",
    hashrate_ghs: 100_000,
    power_consumption: 3_400,
  },
  { miner_id: "C", ip_address: "10.0.0.3", online: false, model: "S19" },
];

test("inputs typed in by hand, a tariff, and what each site, model and miner earns", async () => {
  await using server = await startTestServer();
  const { cookie, key } = await siteWithKey(server, "north");
  await server.call("POST", "/api/collector/upload", { key, body: READINGS });

  const before = dataOf(await server.call("GET", "/api/market", { cookie }));
  assert.equal(before.hashprice, null);
  const typed = { btc_price: 90_000, difficulty: 1.2e14, fees_btc: 0.06, pool_fee: 0.01 };
  near(dataOf(await server.call("PATCH", "/api/market", { cookie, body: typed })).hashprice, 48.05345);
  const unpriced = dataOf(await server.call("GET", "/api/market/profitability", { cookie }));
  assert.deepEqual([(unpriced.total as Json).power_cost, (unpriced.total as Json).margin], [null, null]);

  dataOf(await server.call("PATCH", "/api/sites/north/tariff", { cookie, body: { price: 0.06 } }));
  const { total, sites, models } = dataOf(await server.call("GET", "/api/market/profitability", { cookie }));
  near((total as Json).revenue, 300 * 0.04805345 * 0.99);
  near((total as Json).power_cost, 6.9 * 24 * 0.06);
  assert.deepEqual(
    (sites as Json[]).map(({ site_id, miners, hashing }) => [site_id, miners, hashing]),
    [["north", 3, 2]],
  );
  assert.deepEqual(
    (models as Json[]).map(({ model }) => model),
    ["S19", "S21"],
  );

  const { miners } = dataOf(await server.call("GET", "/api/sites/north/profitability/miners", { cookie }));
  const [worst, best] = miners as Json[];
  assert.deepEqual([worst?.miner_id, best?.miner_id], ["B", "A"]);
  near(worst?.break_even, (100 * 0.04805345 * 0.99) / (3.4 * 24));
  assert.ok(Number(worst?.margin) < 0 && Number(best?.margin) > 0);
});

test("a collector tells facts; the newest stands, and what a person typed goes before it", async () => {
  await using server = await startTestServer();
  const { cookie, key } = await siteWithKey(server, "1");
  const tell = (value: number, when: string) =>
    server.call("POST", "/api/market/readings", {
      key,
      body: { version: 1, facts: [{ name: "btc_price", value, at: when, source: "binance BTC-USDT" }] },
    });
  const price = async () =>
    (dataOf(await server.call("GET", "/api/market", { cookie })).inputs as Record<string, Json>).btc_price;

  assert.equal(dataOf(await tell(91_000, at(10))).stored, 1);
  assert.equal(dataOf(await tell(80_000, at(60))).stored, 0, "an older fact changes nothing");
  assert.deepEqual([(await price())?.value, (await price())?.source], [91_000, "binance BTC-USDT"]);
  await server.call("PATCH", "/api/market", { cookie, body: { btc_price: 70_000 } });
  await tell(92_000, at());
  assert.deepEqual([(await price())?.value, (await price())?.source], [70_000, "admin"]);
  await server.call("PATCH", "/api/market", { cookie, body: { btc_price: null } });
  assert.equal((await price())?.value, 92_000);
  const worthless = await tell(0, at());
  assert.deepEqual([worthless.status, worthless.body.path], [400, "facts.0.value"]);
  const ahead = await tell(1, at(-3_600));
  assert.deepEqual([ahead.status, ahead.body.code], [400, "CLOCK_AHEAD"]);
});

test("bad input is refused with its path, and only those who may change inputs and tariffs do", async () => {
  await using server = await startTestServer();
  const { cookie, key } = await siteWithKey(server, "1");
  const refusals: [method: string, path: string, body: Json, told: string][] = [
    ["PATCH", "/api/market", { btc_price: -1 }, "btc_price"],
    ["PATCH", "/api/market", { hashprise: 40 }, "hashprise"],
    ["PATCH", "/api/market", { pool_fee: 2 }, "pool_fee"],
    ["PATCH", "/api/sites/1/tariff", { price: 0.05, bands: [{ from: 22, to: 30, price: 0.1 }] }, "bands.0.to"],
    ["PATCH", "/api/sites/1/tariff", { price: 0.05, bands: [{ from: 6, to: 6, price: 0.1 }] }, "bands.0.to"],
    [
      "PATCH",
      "/api/sites/1/tariff",
      { price: 0.05, bands: [22, 5].map((from) => ({ from, to: (from + 8) % 24, price: from / 1_000 })) },
      "bands",
    ],
    ["PATCH", "/api/sites/nowhere/tariff", { price: 0.05 }, "site_id"],
  ];
  for (const [method, path, body, told] of refusals) {
    const refused = await server.call(method, path, { cookie, body });
    assert.ok(refused.status === 400 || refused.status === 404, path);
    assert.ok(
      JSON.stringify(refused.body).includes(told),
      `${path} does not name ${told}: ${JSON.stringify(refused.body)}`,
    );
  }
  assert.equal((await server.call("PATCH", "/api/market", { key, body: { btc_price: 1 } })).status, 403);
  assert.equal((await server.call("GET", "/api/market")).status, 401);
});
