import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { runToEnd, tempFolder } from "@banksman/testkit";
import { type CameraAddresses, type CameraSim, startCameras } from "./start-cameras.ts";

const START = Date.UTC(2026, 5, 1);
const SEGMENT_MS = 2_000;

let sim: CameraSim;
let nowMs = START;
before(async () => {
  sim = await startCameras({ count: 3, seed: 1, port: 0, rtspPort: 0, now: () => nowMs });
});
after(() => sim.close());

const camera = (index = 0): CameraAddresses => {
  const found = sim.cameras[index];
  assert.ok(found);
  return found;
};
const textOf = async (url: string) => await (await fetch(url)).text();
const numberOf = (playlist: string, tag: string) => Number(new RegExp(`${tag}:(\\d+)`).exec(playlist)?.[1]);
const urisOf = (playlist: string) => playlist.split("\n").filter((line) => line !== "" && !line.startsWith("#"));

/** What ffprobe makes of an address or a file. */
async function probe(url: string, ...wanted: string[]) {
  const { code, stdout, stderr } = await runToEnd("ffprobe", ["-v", "error", "-of", "csv=p=0", ...wanted, url]);
  return { code, lines: stdout.split("\n").filter((line) => line.trim() !== ""), stderr };
}
/** Each once: ffprobe tells a stream again for its programme. */
const streamsOf = async (url: string) => [...new Set((await probe(url, ...STREAMS)).lines)].toSorted();
const STREAMS = ["-select_streams", "v", "-show_entries", "stream=codec_name,profile,width,height"];

describe("what ffprobe sees", () => {
  test("the live playlist, its smaller variant, the one of fMP4 and the encrypted one", async () => {
    const { hls, low, fmp4, aes } = camera();
    assert.deepEqual(await streamsOf(hls), ["h264,Constrained Baseline,320,180"]);
    assert.deepEqual(await streamsOf(low), ["h264,Constrained Baseline,160,90"]);
    assert.deepEqual(await streamsOf(fmp4), ["h264,Constrained Baseline,320,180"]);
    assert.deepEqual(await streamsOf(aes), ["h264,Constrained Baseline,320,180"]);
  });

  test("a master playlist with both variants", async () => {
    assert.deepEqual(await streamsOf(camera().master), [
      "h264,Constrained Baseline,160,90",
      "h264,Constrained Baseline,320,180",
    ]);
    assert.match(
      await textOf(camera().master),
      /BANDWIDTH=\d{5,},.*RESOLUTION=320x180,.*CODECS="avc1\.42c0\w\w"\nindex/,
    );
  });

  test("first, middle and last segment of a loop play alone: ten pictures, the first a key frame", async () => {
    await using folder = await tempFolder();
    const { hls, fmp4 } = camera();
    const init = Buffer.from(await (await fetch(new URL("init.mp4", fmp4))).arrayBuffer());
    for (const turn of [1, 5, 10]) {
      nowMs = START + turn * SEGMENT_MS;
      for (const [list, head] of [[hls, Buffer.alloc(0)] as const, [fmp4, init] as const]) {
        const newest = urisOf(await textOf(list)).at(-1) ?? "";
        const body = Buffer.from(await (await fetch(new URL(newest, list))).arrayBuffer());
        const file = join(folder.path, newest);
        await writeFile(file, Buffer.concat([head, body]));
        const { lines, stderr } = await probe(file, "-show_entries", "frame=key_frame");
        assert.deepEqual([lines.length, lines[0]?.[0], stderr], [10, "1", ""], newest);
      }
    }
  });
});

describe("the playlist", () => {
  test("slides with the clock and counts what slid out, so that a segment keeps its numbers", async () => {
    const numbers = new Map<string, number>();
    let breaks = 0;
    for (let turn = 0; turn < 45; turn++) {
      nowMs = START + turn * SEGMENT_MS;
      const playlist = await textOf(camera().hls);
      assert.equal(numberOf(playlist, "EXT-X-MEDIA-SEQUENCE"), nowMs / SEGMENT_MS - 5);
      let discontinuity = numberOf(playlist, "EXT-X-DISCONTINUITY-SEQUENCE");
      for (const line of playlist.split("\n")) {
        if (line === "#EXT-X-DISCONTINUITY") discontinuity++;
        if (line === "" || line.startsWith("#")) continue;
        if (!numbers.has(line)) breaks = Math.max(breaks, discontinuity);
        assert.equal(numbers.get(line) ?? discontinuity, discontinuity, line);
        numbers.set(line, discontinuity);
      }
    }
    // Ten segments of each loop have one number, the next ten the next.
    assert.ok(new Set(numbers.values()).size >= 5);
    for (const [line, number] of numbers) assert.equal(number, Math.floor(Number.parseInt(line, 10) / 10), line);
  });

  test("tells when each segment was taken, and keeps old ones a while, but not for ever", async () => {
    nowMs = START + 7 * SEGMENT_MS;
    const { hls } = camera();
    const playlist = await textOf(hls);
    const first = numberOf(playlist, "EXT-X-MEDIA-SEQUENCE");
    assert.match(playlist, new RegExp(`PROGRAM-DATE-TIME:${new Date(first * SEGMENT_MS).toISOString()}`));
    const status = async (segment: number) => (await fetch(new URL(`${segment}.ts`, hls))).status;
    assert.deepEqual(
      [await status(first - 6), await status(first - 5), await status(first + 4), await status(first + 5)],
      [404, 200, 200, 404],
    );
  });
});

test("counts tell how often a segment was asked for at most", async () => {
  const { hls, id } = camera(1);
  const before = sim.counts()[id];
  assert.deepEqual([before?.playlists, before?.segments, before?.bytes_sent], [0, 0, 0]);
  const [first = "", second = ""] = urisOf(await textOf(hls));
  for (const uri of [first, second, second]) await (await fetch(new URL(uri, hls))).arrayBuffer();
  const { playlists, segments, most_for_one_segment } = sim.counts()[id] ?? {};
  assert.deepEqual([playlists, segments, most_for_one_segment], [1, 3, 2]);
});

test("with a name and password, nobody else is let in", async () => {
  await using shut = await startCameras({
    count: 1,
    seed: 1,
    port: 0,
    rtspPort: 0,
    signIn: { username: "viewer", password: "s3cret" },
  });
  const { hls = "", id = "" } = shut.cameras[0] ?? {};
  assert.equal((await fetch(hls)).status, 401);
  assert.notEqual((await probe(hls, ...STREAMS)).code, 0);
  assert.deepEqual(await streamsOf(hls.replace("//", "//viewer:s3cret@")), ["h264,Constrained Baseline,320,180"]);
  const wrong = { authorization: `Basic ${Buffer.from("viewer:wrong").toString("base64")}` };
  assert.equal((await fetch(hls, { headers: wrong })).status, 401);
  assert.equal(shut.counts()[id]?.refused_sign_ins, 1);
});

test("150 cameras with one picture of 1080p are encoded once", async () => {
  const picture = { width: 1920, height: 1080, fps: 5, kbps: 3_000 };
  await using many = await startCameras({ count: 150, seed: 1, port: 0, rtspPort: 0, samePicture: true, picture });
  const bodies = await Promise.all(
    many.cameras.map(async ({ hls }) => {
      const [uri = ""] = urisOf(await textOf(hls));
      return Buffer.from(await (await fetch(new URL(uri, hls))).arrayBuffer()).length;
    }),
  );
  assert.equal(bodies.length, 150);
  assert.ok(Math.min(...bodies) > 100_000, `${Math.min(...bodies)} bytes`);
});
