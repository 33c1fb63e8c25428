import assert from "node:assert/strict";
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { after, before, describe, mock, test } from "node:test";
import { createLog, jsonOf } from "@banksman/kit";
import { type PrivatePostgres, startPostgres, startRedis, waitFor } from "@banksman/testkit";
import { CameraFailure, failureOf } from "@banksman/video";
import { COLLECTOR_VIDEO_PATH, VIDEO_PIECE_BYTES, type VideoAnswer, VideoAsk } from "@banksman/wire/link";
import { Redis } from "ioredis";
import { WebSocket } from "ws";
import { z } from "zod";
import { createVault } from "../secrets.ts";
import { siteWithKey, startTestServer, type TestServer } from "../test/test-server.ts";
import { otherServers } from "./other-servers.ts";
import type { OtherServers } from "./relay.ts";
import type { Ask } from "./relay-line.ts";

const PLAYLIST = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:7\n#EXTINF:2,\n7.ts\n";
const PASSWORD = "camera-passw0rd";
const PART = randomBytes(5 * VIDEO_PIECE_BYTES + 321);

/** A site's edge at one server, whose cameras have one part; it counts what it is asked. */
async function edgeAt(server: TestServer, key: string) {
  const socket = new WebSocket(`${server.url.replace("http", "ws")}${COLLECTOR_VIDEO_PATH}`, {
    headers: { "x-collector-key": key },
  });
  const asks: VideoAsk[] = [];
  socket.on("message", (data) => {
    const ask = VideoAsk.parse(jsonOf(String(data)));
    asks.push(ask);
    const { request, plan } = ask;
    const isPlaylist = ask.type === "read" && ask.role === "playlist";
    const body = isPlaylist ? Buffer.from(PLAYLIST) : PART;
    const url = ask.type === "read" ? (ask.address ?? plan.url) : plan.url;
    const answer: VideoAnswer = {
      ...{ type: "answer", request, url, content_type: "video/mp2t", taken_at_ms: null, bytes: body.length },
    };
    const refusal: VideoAnswer = { type: "failure", request, trouble: "refused_sign_in", detail: "401" };
    socket.send(JSON.stringify(plan.url.includes("shut") ? refusal : answer));
    if (plan.url.includes("shut")) return;
    const head = Buffer.alloc(4);
    head.writeUInt32BE(request);
    for (let at = 0; at < body.length; at += VIDEO_PIECE_BYTES)
      socket.send(Buffer.concat([head, body.subarray(at, at + VIDEO_PIECE_BYTES)]));
  });
  await new Promise<void>((resolve, reject) => socket.once("open", resolve).once("error", reject));
  return { asks, socket };
}

/** A site that no server of other tests has an edge of. */
const SITE = 7;
const READ: Ask = {
  type: "read",
  ...{ role: "part", byte_range: null, address: null },
  plan: {
    ...{ camera_id: "00000000-0000-4000-8000-000000000001", stream: "main", kind: "hls", url: "http://10.1.9.7/" },
    ...{ username: null, password: null, allow: [] },
  },
};
const VAULT = createVault([randomBytes(32)]);
const noEdge = () => Promise.reject(new CameraFailure("no_edge", "none here"));
const partOf = (text: string) => ({ url: "", type: "", takenAtMs: null, body: Buffer.from(text) });

/** What of a server asks others, and answers them by `askHere`; its log goes into `lines`. */
const serverWith = (url: string, askHere: OtherServers["ask"], lines: string[] = []): OtherServers => {
  const others = otherServers(url, {
    ...{ vault: VAULT, askHere },
    log: createLog("test", "warn", { write: (line) => lines.push(line) }),
  });
  others.holds(SITE, true);
  return others;
};
const troubleOf = (asked: Promise<unknown>) =>
  asked.then(
    () => null,
    (error: unknown) => failureOf(error),
  );
/** Until Redis passes on what a server asks: of a site that nobody has. */
const connected = (others: OtherServers) =>
  waitFor("Redis", async () => (await troubleOf(others.ask(SITE + 1, READ)))?.message.startsWith("no server"), {
    withinMs: 20_000,
  });

describe("servers on one Redis", () => {
  let redis: Awaited<ReturnType<typeof startRedis>>;
  let client: Redis;
  before(async () => {
    redis = await startRedis();
    client = new Redis(redis.url);
  });
  after(async () => {
    client.disconnect();
    await redis[Symbol.asyncDispose]();
  });
  const allListen = async (...servers: OtherServers[]) => {
    const channel = `banksman:video:asks:${SITE}`;
    await waitFor("all to listen", async () => (await client.publish(channel, "")) === servers.length);
    await Promise.all(servers.map(connected));
  };

  test("that one has no edge of the site says nothing of the others, until all of them said so", async () => {
    const other = Promise.withResolvers<ReturnType<typeof partOf>>();
    const [first, second] = [serverWith(redis.url, noEdge), serverWith(redis.url, () => other.promise)];
    await allListen(first, second);
    const found = first.ask(SITE, READ);
    const isAnswered = await Promise.race([troubleOf(found), connected(first).then(() => "waits")]);
    assert.equal(isAnswered, "waits");
    other.resolve(partOf("from the other"));
    assert.equal(String((await found).body), "from the other");
    second.close();
    await allListen(first);
    assert.equal((await troubleOf(first.ask(SITE, READ)))?.trouble, "no_edge");
    first.close();
  });

  test("an answer is one question's of one server, whoever sends it again", async () => {
    const heard: Buffer[] = [];
    const reader = new Redis(redis.url);
    reader.on("pmessageBuffer", (_pattern: string, _channel: Buffer, message: Buffer) => heard.push(message));
    await reader.psubscribe("banksman:video:answers:*");
    let answer = Promise.resolve(partOf("old"));
    const [first, second, third] = [noEdge, noEdge, () => answer].map((askHere) => serverWith(redis.url, askHere));
    assert.ok(first && second && third);
    await allListen(first, second, third);
    assert.equal(String((await first.ask(SITE, READ)).body), "old");
    await waitFor("the answers", () => heard.length >= 3);
    const next = Promise.withResolvers<ReturnType<typeof partOf>>();
    answer = next.promise;
    const found = second.ask(SITE, READ);
    const channels = z.array(z.string()).parse(await client.pubsub("CHANNELS", "banksman:video:answers:*"));
    for (const channel of channels) for (const message of [...heard]) await client.publish(channel, message);
    next.resolve(partOf("new"));
    assert.equal(String((await found).body), "new");
    for (const one of [first, second, third]) one.close();
    reader.disconnect();
  });

  test("a question whose time is wrong is passed over, and that is told once", async () => {
    const lines: string[] = [];
    let asked = 0;
    const server = serverWith(
      redis.url,
      () => {
        asked += 1;
        return Promise.resolve(partOf(""));
      },
      lines,
    );
    await allListen(server);
    const askAt = (at: number) => {
      const ids = { from: randomUUID(), id: randomUUID() };
      const head = VAULT.seal(JSON.stringify({ ...ids, at, site_no: SITE, ask: { ...READ, request: 1 } }));
      const length = Buffer.alloc(4);
      length.writeUInt32BE(head.length);
      return client.publish(`banksman:video:asks:${SITE}`, Buffer.concat([length, head]));
    };
    for (const at of [Date.now() + 3_600_000, Date.now() - 3_600_000, Date.now()]) await askAt(at);
    await waitFor("the timely one", () => asked === 1);
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? "", /"skew_ms":3[56]\d{5},.* 3[56]\d\d s ahead by this one's clock/);
    server.close();
  });

  test("a Redis that stops answering is given up within 5 s, and asked no more than may be open", async () => {
    const sockets: Socket[] = [];
    const proxy = createServer((socket) => {
      const inside = connect(Number(new URL(redis.url).port), "127.0.0.1");
      sockets.push(inside);
      for (const one of [socket, inside]) one.on("error", () => undefined);
      socket.pipe(inside).pipe(socket);
    }).listen(0, "127.0.0.1");
    await once(proxy, "listening");
    const address = proxy.address();
    assert.ok(typeof address === "object" && address !== null);
    const server = serverWith(`redis://127.0.0.1:${address.port}`, noEdge);
    await connected(server);
    for (const one of sockets) one.unpipe();
    mock.timers.enable({ apis: ["setTimeout"] });
    try {
      const asked = Array.from({ length: 501 }, () => troubleOf(server.ask(SITE, READ)));
      mock.timers.tick(5_000);
      const troubles = (await Promise.all(asked)).map((failure) => failure?.trouble);
      assert.deepEqual(new Set(troubles.slice(0, 500)), new Set(["no_edge"]));
      assert.equal(troubles[500], "at_limit");
    } finally {
      mock.timers.reset();
    }
    server.close();
    for (const one of sockets) one.destroy();
    proxy.close();
  });
});

describe("two servers, and an edge that is connected to one of them", () => {
  let redis: Awaited<ReturnType<typeof startRedis>>;
  let postgres: PrivatePostgres;
  let here: TestServer;
  let there: TestServer;
  let edge: Awaited<ReturnType<typeof edgeAt>>;
  let cookie: string;
  let key: string;
  before(async () => {
    [redis, postgres] = [await startRedis(), await startPostgres()];
    const common = { database_url: postgres.url, redis_url: redis.url, secret_key: "s".repeat(40) };
    here = await startTestServer(common);
    there = await startTestServer(common);
    const site = await siteWithKey(here, "1");
    [cookie, key] = [site.cookie, site.key];
    edge = await edgeAt(here, key);
  });
  after(async () => {
    edge.socket.terminate();
    await there[Symbol.asyncDispose]();
    await here[Symbol.asyncDispose]();
    await postgres[Symbol.asyncDispose]();
    await redis[Symbol.asyncDispose]();
  });

  const addCamera = async (name: string): Promise<string> => {
    const { body } = await here.call("POST", "/api/sites/1/cameras", {
      cookie,
      body: {
        ...{ name, kind: "hls", via: "edge", url: `http://10.1.9.7/${name}/index.m3u8` },
        ...{ username: "viewer", password: PASSWORD },
      },
    });
    return (body.data as { camera_id: string }).camera_id;
  };
  /** What somebody who is signed in at a server gets of a stream there. */
  const playAt = async (server: TestServer, cameraId: string) => {
    const asked = await server.call("POST", `/api/sites/1/cameras/${cameraId}/watch`, {
      cookie,
      body: { profile: "source" },
    });
    const { playlist, token } = asked.body.data as { playlist: string; token: string };
    const get = (path: string) => fetch(`${server.url}${path}`, { headers: { authorization: `Bearer ${token}` } });
    return { playlist: await get(playlist), part: (name: string) => get(playlist.replace("index.m3u8", name)) };
  };
  const codeOf = async (reply: Response): Promise<string> => ((await reply.json()) as { code: string }).code;

  test("its cameras play at the other one too, and what is wrong with one is told there", async () => {
    const cameraId = await addCamera("gate");
    const { playlist, part } = await waitFor("the servers to know of each other", async () => {
      const played = await playAt(there, cameraId);
      return played.playlist.status === 200 ? played : null;
    });
    const name = (await playlist.text()).split("\n").find((line) => line.endsWith(".ts")) ?? "";
    const body = Buffer.from(await (await part(name)).arrayBuffer());
    const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
    assert.equal(sha256(body), sha256(PART));
    assert.equal(edge.asks[0]?.plan.password, PASSWORD);
    const shut = await playAt(there, await addCamera("shut"));
    assert.equal(await codeOf(shut.playlist), "CAMERA_REFUSED_SIGN_IN");
  });

  test("no password and no address is readable in Redis, and what others say there is passed over", async () => {
    const [reader, writer] = [new Redis(redis.url), new Redis(redis.url)];
    const heard: Buffer[] = [];
    reader.on("pmessageBuffer", (_pattern: string, _channel: Buffer, message: Buffer) => heard.push(message));
    await reader.psubscribe("banksman:video:*");
    const asked = edge.asks.length;
    for (const nonsense of ["", "x", "{}", `\0\0\0\x05hello`])
      await writer.publish("banksman:video:asks:1", Buffer.from(nonsense, "latin1"));
    const { playlist } = await playAt(there, await addCamera("yard"));
    assert.equal(playlist.status, 200);
    assert.equal(edge.asks.length, asked + 1);
    await waitFor("all of it to be heard", () => heard.length >= 6);
    const all = Buffer.concat(heard).toString("latin1");
    assert.doesNotMatch(all, new RegExp(`${PASSWORD}|10\\.1\\.9\\.7`));
    reader.disconnect();
    writer.disconnect();
  });

  test("a Redis that is lost costs the other server's view, and is back with it", async () => {
    const cameraId = await addCamera("hall");
    const lines: string[] = [];
    const alone = serverWith(redis.url, noEdge, lines);
    await connected(alone);
    await redis.kill();
    assert.equal((await playAt(here, cameraId)).playlist.status, 200);
    assert.equal(await codeOf((await playAt(there, cameraId)).playlist), "CAMERA_NO_EDGE");
    await waitFor("the loss to be told", () => lines.length > 0);
    await redis.startAgain();
    await waitFor("the other server", async () => (await playAt(there, cameraId)).playlist.status === 200, {
      withinMs: 20_000,
    });
    await connected(alone);
    assert.equal(lines.filter((line) => line.includes("Redis is away")).length, 1);
    alone.close();
  });

  test("an edge that moves to the other server while Redis is away is found there", async () => {
    const cameraId = await addCamera("door");
    await redis.kill();
    edge.socket.close();
    await waitFor("the first server to miss it", async () => (await playAt(here, cameraId)).playlist.status !== 200);
    edge = await edgeAt(there, key);
    await redis.startAgain();
    await waitFor("the first server", async () => (await playAt(here, cameraId)).playlist.status === 200, {
      withinMs: 20_000,
    });
  });

  test("an edge that leaves is missed at both", async () => {
    const cameraId = await addCamera("roof");
    edge.socket.close();
    for (const server of [here, there])
      await waitFor("no edge", async () => {
        const { playlist } = await playAt(server, cameraId);
        return playlist.status !== 200 && (await codeOf(playlist)) === "CAMERA_NO_EDGE";
      });
  });
});
