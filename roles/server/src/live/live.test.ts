import assert from "node:assert/strict";
import { connect, createServer } from "node:net";
import { after, before, describe, test } from "node:test";
import { createLog } from "@banksman/kit";
import { freePort, startPostgres, startRedis, waitFor } from "@banksman/testkit";
import { LiveMessage } from "@banksman/wire/api";
import { Redis } from "ioredis";
import { WebSocket } from "ws";
import { siteWithKey, startTestServer, type TestServer } from "../test/test-server.ts";
import { redisFanOut } from "./fan-out.ts";
import { createHub } from "./hub.ts";

/** A client of the live socket that keeps what it is told. */
async function listen(server: TestServer, headers: Record<string, string>) {
  const socket = new WebSocket(`${server.url.replace("http", "ws")}/api/live`, { headers });
  const messages: LiveMessage[] = [];
  socket.on("message", (data) => messages.push(LiveMessage.parse(JSON.parse(String(data)))));
  await new Promise<void>((resolve, reject) => socket.once("open", resolve).once("error", reject));
  const find = <T extends LiveMessage["type"]>(type: T) =>
    messages.filter((message): message is Extract<LiveMessage, { type: T }> => message.type === type);
  const next = <T extends LiveMessage["type"]>(type: T, count = 1) =>
    waitFor(`${count} ${type}`, () => find(type)[count - 1]);
  const subscribe = (minerIds: string[], since?: string) =>
    socket.send(JSON.stringify({ type: "subscribe", site_id: "1", miner_ids: minerIds, since }));
  return { socket, messages, next, subscribe, [Symbol.dispose]: () => socket.terminate() };
}

const upload = (server: TestServer, key: string, readings: object[]) =>
  server.call("POST", "/api/collector/upload", { key, body: readings });

describe("the live socket", () => {
  let server: TestServer;
  let key: string;
  let cookie: string;
  before(async () => {
    server = await startTestServer();
    ({ key, cookie } = await siteWithKey(server, "1"));
  });
  after(() => server[Symbol.asyncDispose]());

  test("pushes the rows on the screen that changed, with the site's totals", async () => {
    using client = await listen(server, { cookie });
    client.subscribe(["shown"]);
    await client.next("subscribed");
    await upload(server, key, [
      { miner_id: "shown", online: true, hashrate_ghs: 10 },
      { miner_id: "elsewhere", online: true, hashrate_ghs: 5 },
    ]);
    const { rows, summary } = await client.next("readings");
    assert.deepEqual(
      rows.map(({ miner_id, hashrate_ghs }) => [miner_id, hashrate_ghs]),
      [["shown", 10]],
    );
    assert.deepEqual([summary.total, summary.hashrate_ghs], [2, 15]);
  });

  test("tells a client that was away what it missed, and one that was away too long to start afresh", async () => {
    using client = await listen(server, { cookie });
    client.subscribe([]);
    const { seq } = await client.next("subscribed");
    client.socket.terminate();
    await upload(server, key, [{ miner_id: "shown", online: true, hashrate_ghs: 20 }]);
    await upload(server, key, [{ miner_id: "shown", online: true, hashrate_ghs: 30 }]);
    using back = await listen(server, { cookie });
    back.subscribe(["shown"], seq);
    assert.equal((await back.next("readings")).rows[0]?.hashrate_ghs, 30);
    back.subscribe(["shown"], "of-another-server");
    await back.next("reset");
  });

  test("lets in who may read, from our own pages only", async () => {
    using stranger = await listen(server, {});
    stranger.subscribe([]);
    assert.equal((await stranger.next("problem")).code, "NOT_SIGNED_IN");
    stranger.socket.send("nonsense");
    assert.equal((await stranger.next("problem", 2)).code, "INVALID_INPUT");
    await assert.rejects(listen(server, { cookie, origin: "https://evil.example" }), /403/);
  });
});

test("a connection that is reset while it is opened does not end the server", async () => {
  await using server = await startTestServer();
  const { hostname, port } = new URL(server.url);
  for (const path of ["/nope", "/api/live"]) {
    const socket = connect(Number(port), hostname);
    await new Promise<void>((resolve) => socket.once("connect", resolve));
    const upgrade = `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${Buffer.alloc(16).toString("base64")}\r\nX-Collector-Key: hsc_none\r\n\r\n`;
    await new Promise<void>((resolve) => socket.write(upgrade, () => resolve()));
    socket.resetAndDestroy();
    assert.equal((await server.call("GET", "/health")).status, 200);
  }
});

test("slow clients do not hold the server up when it stops", async () => {
  const server = await startTestServer();
  const { cookie } = await siteWithKey(server, "1");
  const { hostname, port } = new URL(server.url);
  const slow = connect(Number(port), hostname);
  slow.on("error", () => undefined);
  slow.write("POST /api/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{");
  const client = await listen(server, { cookie });
  client.subscribe([]);
  await client.next("subscribed");
  // Paused, it never answers the close.
  client.socket.pause();
  const began = Date.now();
  await server[Symbol.asyncDispose]();
  assert.ok(Date.now() - began < 9_000, `${Date.now() - began} ms`);
  slow.destroy();
  client.socket.terminate();
});

test("the hub replays in order, and knows when something fell out of its memory", () => {
  const hub = createHub();
  const event = (n: number) => ({ siteNo: 1, siteId: "1", minerIds: [`m${n}`], collectedAt: n });
  const start = hub.newest();
  for (let n = 0; n < 30; n++) hub.publish(event(n));
  assert.deepEqual(
    hub.since(1, start)?.map(({ event: { collectedAt } }) => collectedAt),
    Array.from({ length: 30 }, (_, n) => n),
  );
  assert.deepEqual(hub.since(1, hub.newest()), []);
  for (let n = 30; n < 100; n++) hub.publish(event(n));
  assert.equal(hub.since(1, start), null);
  assert.equal(hub.since(1, "deadbeef-3"), null);
});

describe("with Redis", () => {
  test("an upload to one server reaches the clients of another", async () => {
    await using redis = await startRedis();
    await using postgres = await startPostgres();
    const settings = { database_url: postgres.url, redis_url: redis.url };
    await using one = await startTestServer(settings);
    await using other = await startTestServer(settings);
    const { key, cookie } = await siteWithKey(one, "1");
    using client = await listen(other, { cookie });
    client.subscribe(["a"]);
    await client.next("subscribed");
    const foreign = new Redis(redis.url);
    await foreign.publish("banksman:live", "not json");
    foreign.disconnect();
    await upload(one, key, [{ miner_id: "a", online: true, hashrate_ghs: 7 }]);
    assert.equal((await client.next("readings")).rows[0]?.hashrate_ghs, 7);
  });

  test("one that is too old or away is refused by name", async () => {
    const info = "redis_version:6.2.14\r\n";
    const old = createServer((socket) => {
      socket.on("error", () => undefined);
      // Every command gets the same answer, which is all this client asks before it is refused.
      socket.on("data", (commands) => {
        const count = String(commands).match(/^\*\d+\r$/gm)?.length ?? 0;
        socket.write(`$${info.length}\r\n${info}\r\n`.repeat(count));
      });
    });
    const port = await freePort();
    await new Promise<void>((resolve) => old.listen(port, "127.0.0.1", resolve));
    const log = createLog("test", "silent");
    await assert.rejects(redisFanOut(`redis://127.0.0.1:${port}`, createHub(), log), /Redis 6\.2\.14.*7 or newer/);
    old.close();
    await assert.rejects(redisFanOut("redis://127.0.0.1:1", createHub(), log), { name: "SERVER_REDIS_UNREACHABLE" });
  });
});
