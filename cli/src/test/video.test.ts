import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { runToEnd, waitFor } from "@banksman/testkit";
import { WALL_HEADER_BYTES, WallMessage } from "@banksman/wire/api";
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
