import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { runToEnd, waitFor } from "@banksman/testkit";
import {
  type Camera,
  type CameraLook,
  type CameraTrial,
  type ReplyOf,
  type TryCamera,
  WALL_HEADER_BYTES,
  WallMessage,
} from "@banksman/wire/api";
import { WebSocket } from "ws";
import { type VideoSite, videoSite } from "./video-site.ts";

const urisOf = (playlist: string): string[] =>
  playlist.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
const codeOf = async (reply: Response): Promise<string> => ((await reply.json()) as { code: string }).code;

for (const via of ["server", "edge"] as const) {
  describe(`cameras that the ${via} reads`, () => {
    let site: VideoSite;
    before(async () => {
      site = await videoSite(6, via, {}, { user_mbps: 1_000 });
    });
    after(() => site[Symbol.asyncDispose]());
    const simulated = (index: number) => {
      const camera = site.sim.cameras[index];
      assert.ok(camera);
      return camera;
    };

    test("play in a player that knows nothing of us, by opaque names alone", async () => {
      for (const [name, kind, url] of [
        ["plain", "hls", simulated(0).hls],
        ["variants", "hls", simulated(0).master],
        ["fmp4", "hls", simulated(0).fmp4],
        ["rtsp", "rtsp", simulated(0).rtsp],
      ] as const) {
        const { camera_id } = await site.addCamera({ name, kind, url });
        const { playlist, token } = await site.watch(camera_id);
        const text = await (await site.play(playlist, token)).text();
        assert.match(text, /^#EXTM3U/);
        assert.doesNotMatch(text, /127\.0\.0\.1|:\/\/|cam-0/);
        const { stdout, code } = await runToEnd("ffprobe", [
          ...["-v", "error", "-headers", `Authorization: Bearer ${token}\r\n`, "-show_entries", "stream=codec_name"],
          ...["-of", "csv=p=0", `${site.url}${playlist}`],
        ]);
        assert.equal(code, 0);
        assert.match(stdout, /h264/);
      }
    });

    test("81 players of one camera are one player to it", async () => {
      const { id, hls } = simulated(1);
      const { camera_id } = await site.addCamera({ name: "crowd", url: hls });
      const players = await Promise.all(Array.from({ length: 81 }, () => site.watch(camera_id, "source")));
      await Promise.all(
        players.map(async ({ playlist, token }) => {
          const text = await (await site.play(playlist, token)).text();
          for (const uri of urisOf(text)) {
            const part = await site.play(new URL(uri, `${site.url}${playlist}`).pathname, token);
            assert.equal(part.status, 200);
            assert.ok((await part.arrayBuffer()).byteLength > 1_000);
          }
        }),
      );
      const counts = site.sim.counts()[id];
      assert.equal(counts?.most_for_one_segment, 1, JSON.stringify(counts));
    });

    test("what is wrong with a camera is said by its word, and heals", async () => {
      const { id, hls } = simulated(2);
      const { camera_id } = await site.addCamera({ name: "faulty", url: hls });
      const { playlist, token } = await site.watch(camera_id);
      const answers = async () => {
        const reply = await site.play(playlist, token);
        if (!reply.ok) return codeOf(reply);
        const uris = urisOf(await reply.text());
        for (const uri of uris) {
          const part = await site.play(new URL(uri, `${site.url}${playlist}`).pathname, token);
          if (!part.ok) return codeOf(part);
          await part.arrayBuffer();
        }
        return uris.length === 0 ? "EMPTY" : "PLAYS";
      };
      for (const [fault, words] of [
        ["segment_404", ["CAMERA_NOT_FOUND"]],
        ["wrong_type", ["CAMERA_NOT_VIDEO"]],
        ["huge_segment", ["CAMERA_TOO_LARGE"]],
        ["inner_address", ["CAMERA_ADDRESS_REFUSED"]],
        ["dead", ["CAMERA_UNREACHABLE"]],
      ] as const) {
        site.sim.setFault(id, fault);
        const said = await waitFor(`${fault} to be told`, async () => {
          const word = await answers();
          return word === "PLAYS" ? null : word;
        });
        assert.ok((words as readonly string[]).includes(said), `${fault}: ${said}`);
        site.sim.setFault(id, null);
        await waitFor(`${fault} to be over`, async () => (await answers()) === "PLAYS", { withinMs: 30_000 });
      }
    });

    test("a camera is tried before it is saved: its picture, or what is wrong; nothing of it stays", async () => {
      const { id, hls, low, rtsp } = simulated(5);
      const signIn = { username: "viewer", password: "a-camera-s-password" };
      const tryIt = (trial: CameraTrial) =>
        site.call<ReplyOf<typeof TryCamera>["data"]>("POST", "/sites/1/cameras/try", { via, ...trial });
      const wordOf = (look: CameraLook | null) => (look?.is === "trouble" ? look.trouble : (look?.is ?? null));
      const words = async (trial: CameraTrial) => {
        const { main, low: small } = await tryIt(trial);
        return [wordOf(main), wordOf(small)];
      };
      const registered = async () => (await site.call<{ cameras: Camera[] }>("GET", "/cameras")).cameras.length;
      const before = await registered();

      const { main, low: small } = await tryIt({ kind: "hls", url: hls, low_url: low });
      assert.ok(main.is === "picture", JSON.stringify(main));
      assert.equal(Buffer.from(main.jpeg, "base64").readUInt16BE(0), 0xffd8);
      assert.equal(wordOf(small), "picture");
      assert.deepEqual(await words({ kind: "rtsp", url: rtsp }), ["picture", null]);
      // Long before a reader that idles would leave the camera alone.
      const streams = () => site.sim.counts()[id]?.open_streams;
      await waitFor("the camera to be left alone", () => streams() === 0, { withinMs: 10_000 });

      assert.deepEqual(await words({ kind: "hls", url: hls, low_url: `${low}x` }), ["picture", "not_found"]);
      site.sim.setFault(id, "bad_sign_in");
      assert.deepEqual(await words({ kind: "hls", url: hls, ...signIn }), ["refused_sign_in", null]);
      assert.deepEqual(await words({ kind: "rtsp", url: rtsp, ...signIn }), ["refused_sign_in", null]);
      site.sim.setFault(id, "wrong_type");
      assert.deepEqual(await words({ kind: "hls", url: hls }), ["not_video", null]);
      site.sim.setFault(id, null);
      assert.deepEqual(await words({ kind: "hls", url: "http://169.254.169.254/latest" }), ["address_refused", null]);
      assert.equal(await registered(), before);

      const { camera_id, has_login } = await site.addCamera({ name: "tried", url: hls, ...signIn });
      assert.equal(has_login, true);
      assert.deepEqual(await words({ camera_id }), ["picture", null]);
      const audit = JSON.stringify(await site.call("GET", "/audit?limit=200"));
      assert.match(audit, /sites\.cameras\.try/);
      assert.match(audit, /refused_sign_in/);
      for (const secret of [signIn.password, signIn.username, new URL(hls).pathname])
        assert.ok(!audit.includes(secret), secret);
    });

    test("key frames of several cameras come over one connection, a dead one by its word", async () => {
      const [good, dead] = [simulated(3), simulated(4)];
      site.sim.setFault(dead.id, "dead");
      const cameras = [
        await site.addCamera({ name: "wall 1", url: good.hls }),
        await site.addCamera({ name: "wall 2", url: dead.hls }),
      ];
      const socket = new WebSocket(`${site.url.replace("http", "ws")}/api/video/wall`, {
        headers: { cookie: site.cookie(), origin: site.url },
      });
      const said: WallMessage[] = [];
      const pictures: { number: number; takenAtMs: number; jpeg: Buffer }[] = [];
      socket.on("message", (data: Buffer, isBinary) => {
        if (!isBinary) return said.push(WallMessage.parse(JSON.parse(String(data))));
        const [number, takenAtMs] = [data.readUInt16BE(0), data.readDoubleBE(2)];
        return pictures.push({ number, takenAtMs, jpeg: data.subarray(WALL_HEADER_BYTES) });
      });
      await new Promise((resolve) => socket.once("open", resolve));
      socket.send(JSON.stringify({ type: "show", camera_ids: cameras.map(({ camera_id }) => camera_id) }));
      await waitFor("two pictures", () => pictures.length >= 2, { withinMs: 20_000 });
      assert.deepEqual([...(pictures[0]?.jpeg.subarray(0, 2) ?? [])], [0xff, 0xd8]);
      assert.ok(Math.abs(Date.now() - (pictures.at(-1)?.takenAtMs ?? 0)) < 15_000);
      const trouble = await waitFor("the dead one", () => said.find(({ type }) => type === "trouble"));
      assert.deepEqual(trouble, { type: "trouble", camera_id: cameras[1]?.camera_id, trouble: "unreachable" });
      socket.close();
    });
  });
}
