import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { runToEnd, tempFolder } from "@banksman/testkit";
import { CAMERA_FAULTS, type CameraFault } from "./camera.ts";
import { type CameraSim, startCameras } from "./start-cameras.ts";

const START = Date.UTC(2026, 5, 1);
let sim: CameraSim;
let nowMs = START;
before(async () => {
  sim = await startCameras({ count: 1, seed: 1, port: 0, rtspPort: 0, now: () => nowMs });
});
after(() => sim.close());

/** The camera with that fault, its clock back at the start. */
function broken(fault: CameraFault | null) {
  const [one] = sim.cameras;
  assert.ok(one);
  nowMs = START;
  sim.setFault(one.id, fault);
  return one;
}
const textOf = async (url: string) => await (await fetch(url)).text();
const urisOf = (playlist: string) => playlist.split("\n").filter((line) => line !== "" && !line.startsWith("#"));

test("exactly their share of cameras is broken, the same ones for the same seed", async () => {
  const faults = [
    { kind: "dead", share: 0.1 },
    { kind: "stall", share: 0.05 },
  ] as const;
  await using one = await startCameras({ count: 40, seed: 7, port: 0, rtspPort: 0, faults });
  await using other = await startCameras({ count: 40, seed: 7, port: 0, rtspPort: 0, faults });
  const kinds = (of: CameraSim) => Object.values(of.counts()).map(({ fault }) => fault);
  assert.equal(kinds(one).filter((fault) => fault === "dead").length, 4);
  assert.equal(kinds(one).filter((fault) => fault === "stall").length, 2);
  assert.deepEqual(kinds(one), kinds(other));
});

describe("over HLS", () => {
  test("stall: the playlist stands still until it is mended", async () => {
    const { hls, id } = broken("stall");
    const was = await textOf(hls);
    nowMs += 60_000;
    assert.equal(await textOf(hls), was);
    sim.setFault(id, null);
    assert.notEqual(await textOf(hls), was);
  });

  test("segment_404: every second segment isn't there", async () => {
    const { hls } = broken("segment_404");
    const statuses = [];
    for (const uri of urisOf(await textOf(hls))) statuses.push((await fetch(new URL(uri, hls))).status);
    assert.deepEqual(new Set(statuses), new Set([200, 404]));
  });

  test("discontinuity: time stamps jump within a loop, as the playlist says", async () => {
    await using folder = await tempFolder();
    const { hls, fmp4 } = broken("discontinuity");
    const playlist = await textOf(hls);
    assert.ok(playlist.split("#EXT-X-DISCONTINUITY\n").length > 2, playlist);
    const init = Buffer.from(await (await fetch(new URL("init.mp4", fmp4))).arrayBuffer());
    const startOf = async (list: string, uri: string, head = Buffer.alloc(0)) => {
      const file = join(folder.path, uri);
      const body = Buffer.from(await (await fetch(new URL(uri, list))).arrayBuffer());
      await writeFile(file, Buffer.concat([head, body]));
      const wanted = ["-v", "error", "-of", "csv=p=0", "-show_entries", "packet=pts_time"];
      const { stdout, stderr } = await runToEnd("ffprobe", [...wanted, file]);
      assert.equal(stderr, "");
      return Number.parseFloat(stdout);
    };
    const ofTs = await Promise.all(urisOf(playlist).map((uri) => startOf(hls, uri)));
    const jumps = ofTs.slice(1).map((start, index) => Math.abs(start - (ofTs[index] ?? 0)) > 1_000);
    assert.equal(jumps.filter((jumped) => jumped).length, 2, ofTs.join(" "));
    // fMP4 begins at 0, the transport stream a little later.
    const ofFmp4 = await Promise.all(urisOf(await textOf(fmp4)).map((uri) => startOf(fmp4, uri, init)));
    for (const [index, start] of ofFmp4.entries()) assert.ok(Math.abs(start - (ofTs[index] ?? 0)) < 2, `${start}`);
  });

  test("inner_address: addresses, a file, a key and a redirect that lead inside", async () => {
    const { hls, master, fmp4 } = broken("inner_address");
    const playlist = await textOf(hls);
    for (const place of [/^http:\/\/169\.254\.169\.254\//m, /^http:\/\/127\.0\.0\.1:1\//m, /^file:\/\/\/etc\/passwd$/m])
      assert.match(playlist, place);
    assert.match(playlist, /#EXT-X-KEY:METHOD=AES-128,URI="http:\/\/169\.254/);
    assert.match(await textOf(master), /^http:\/\/169\.254/m);
    assert.match(await textOf(fmp4), /#EXT-X-MAP:URI="http:\/\/169\.254/);
    const answers = [];
    for (const uri of urisOf(playlist).filter((line) => /^\d/.test(line)))
      answers.push((await fetch(new URL(uri, hls), { redirect: "manual" })).headers.get("location"));
    assert.deepEqual(answers.toSorted(), ["http://169.254.169.254/latest/meta-data/", null]);
  });

  test("huge_segment: 200 MB, of which only what is read is made", async () => {
    const { hls, id } = broken("huge_segment");
    const uris = urisOf(await textOf(hls)).slice(0, 2);
    const lengths = [];
    for (const uri of uris) {
      const was = sim.counts()[id]?.bytes_sent ?? 0;
      const response = await fetch(new URL(uri, hls));
      lengths.push(response.headers.get("content-length"));
      const reader = response.body?.getReader();
      await reader?.read();
      await reader?.cancel();
      assert.ok((sim.counts()[id]?.bytes_sent ?? 0) - was < 20_000_000);
    }
    assert.deepEqual(lengths.toSorted(), ["200000000", null]);
    let bytes = 0;
    const whole = await fetch(new URL(uris[0] ?? "", hls));
    assert.ok(whole.body);
    for await (const chunk of whole.body) bytes += chunk.length;
    assert.equal(bytes, 200_000_000);
  });

  test("wrong_type: a page of HTML, said to be fine", async () => {
    const response = await fetch(broken("wrong_type").hls);
    assert.deepEqual([response.status, response.headers.get("content-type")], [200, "text/html"]);
    assert.match(await response.text(), /<!doctype html>/);
  });

  test("slow_link: a few thousand bytes a second", async () => {
    const { hls } = broken(null);
    const [uri = ""] = urisOf(await textOf(hls));
    const url = new URL(uri, hls);
    await (await fetch(url)).arrayBuffer();
    broken("slow_link");
    const began = performance.now();
    const reader = (await fetch(url)).body?.getReader();
    let bytes = 0;
    while (bytes < 4_000) bytes += (await reader?.read())?.value?.length ?? 4_000;
    await reader?.cancel();
    const tookMs = performance.now() - began;
    assert.ok(tookMs > 700, `${bytes} bytes in ${tookMs} ms`);
  });

  test("bad_sign_in: no name is good enough", async () => {
    const { hls, id } = broken("bad_sign_in");
    const response = await fetch(hls, { headers: { authorization: "Basic dTpw" } });
    assert.match(response.headers.get("www-authenticate") ?? "", /^Basic/);
    assert.deepEqual([response.status, sim.counts()[id]?.refused_sign_ins], [401, 1]);
  });

  test("dead: no answer at all", async () => {
    await assert.rejects(fetch(broken("dead").hls));
  });

  test("a player sees it again as soon as it is mended", async () => {
    for (const fault of CAMERA_FAULTS) {
      broken(fault);
      const { hls } = broken(null);
      assert.equal((await runToEnd("ffprobe", ["-v", "error", hls])).code, 0, fault);
    }
  });
});
