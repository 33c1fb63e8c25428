import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { jsonOf } from "@banksman/kit";
import { type PrivatePostgres, startPostgres, startRedis, waitFor } from "@banksman/testkit";
import { COLLECTOR_VIDEO_PATH, VIDEO_PIECE_BYTES, type VideoAnswer, VideoAsk } from "@banksman/wire/link";
import { Redis } from "ioredis";
import { WebSocket } from "ws";
import { siteWithKey, startTestServer, type TestServer } from "../test/test-server.ts";

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

describe("two servers, and an edge that is connected to one of them", () => {
  let redis: Awaited<ReturnType<typeof startRedis>>;
  let postgres: PrivatePostgres;
  let here: TestServer;
  let there: TestServer;
  let edge: Awaited<ReturnType<typeof edgeAt>>;
  let cookie: string;
  before(async () => {
    [redis, postgres] = [await startRedis(), await startPostgres()];
    const common = { database_url: postgres.url, redis_url: redis.url, secret_key: "s".repeat(40) };
    here = await startTestServer(common);
    there = await startTestServer(common);
    const site = await siteWithKey(here, "1");
    cookie = site.cookie;
    edge = await edgeAt(here, site.key);
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
    assert.ok(heard.length >= 6);
    const all = Buffer.concat(heard).toString("latin1");
    assert.doesNotMatch(all, new RegExp(`${PASSWORD}|10\\.1\\.9\\.7`));
    reader.disconnect();
    writer.disconnect();
  });

  test("a Redis that is lost costs the other server's view, and is back with it", async () => {
    const cameraId = await addCamera("hall");
    await redis.kill();
    assert.equal((await playAt(here, cameraId)).playlist.status, 200);
    assert.equal(await codeOf((await playAt(there, cameraId)).playlist), "CAMERA_NO_EDGE");
    await redis.startAgain();
    await waitFor("the other server", async () => (await playAt(there, cameraId)).playlist.status === 200, {
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
