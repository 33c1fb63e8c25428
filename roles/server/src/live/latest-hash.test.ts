import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { startRedis, waitFor } from "@banksman/testkit";
import { CoolingUnitRow, LatestRow } from "@banksman/wire/api";
import { Redis } from "ioredis";
import { siteWithKey, startTestServer, type TestServer } from "../test/test-server.ts";

const KEY = "banksman:site:1:latest";
const upload = (server: TestServer, key: string, hashrate: number) =>
  server.call("POST", "/api/collector/upload", {
    key,
    body: [
      { miner_id: "a", online: true, hashrate_ghs: hashrate },
      { miner_id: "b", online: false },
    ],
  });

const hashrateIn = async (redis: Redis, minerId = "a") => {
  const text = await redis.hget(KEY, minerId).catch(() => null);
  return text === null ? undefined : LatestRow.parse(JSON.parse(text)).hashrate_ghs;
};

test("banksman:site:<id>:latest holds each miner's newest row, and is whole again when Redis was lost and is back", async () => {
  await using redis = await startRedis();
  const client = new Redis(redis.url);
  client.on("error", () => undefined);
  using _ = { [Symbol.dispose]: () => client.disconnect() };
  await using server = await startTestServer({ redis_url: redis.url });
  const { key, cookie } = await siteWithKey(server, "1");
  await server.call("POST", "/api/sites/1/cooling-units", { cookie, body: { host: "10.1.1.1" } });
  assert.equal((await upload(server, key, 100_000)).status, 200);
  await waitFor("the hash", async () => (await hashrateIn(client)) === 100_000);
  assert.equal(await client.hexists(KEY, "b"), 1);
  const failure = {
    site_id: "1",
    host: "10.1.1.1",
    round_at: new Date().toISOString(),
    code: "refused",
    reason: "",
    breaker: "open",
  };
  const body = { batch_id: randomUUID(), collector_id: "e", rounds: [], readings: [], failures: [failure] };
  assert.equal((await server.call("POST", "/api/collector/cooling", { key, body })).status, 200);
  await waitFor("the unit", async () => {
    const text = await client.hget(KEY, "cooling:10.1.1.1");
    return text !== null && CoolingUnitRow.parse(JSON.parse(text)).state === "failing";
  });

  await redis.kill();
  assert.equal((await upload(server, key, 120_000)).status, 200, "readings don't wait for Redis");
  await redis.startAgain();
  const keys = async () => (await client.hkeys(KEY).catch(() => [])).toSorted().join(" ");
  await waitFor("the hash to be whole again", async () => (await keys()) === "a b cooling:10.1.1.1");
  assert.equal(await hashrateIn(client), 120_000);
});

test("a miner that is gone leaves the hash when the connection to Redis is new", async () => {
  await using redis = await startRedis();
  const client = new Redis(redis.url);
  client.on("error", () => undefined);
  using _ = { [Symbol.dispose]: () => client.disconnect() };
  await using server = await startTestServer({ redis_url: redis.url });
  const { key } = await siteWithKey(server, "1");
  await upload(server, key, 90_000);
  await waitFor("the hash", async () => (await hashrateIn(client)) === 90_000);
  await client.hset(KEY, "long-gone", "{}");
  await client.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
  await waitFor("an old miner to leave", async () => (await client.hexists(KEY, "long-gone")) === 0);
  assert.equal(await hashrateIn(client), 90_000);
});
