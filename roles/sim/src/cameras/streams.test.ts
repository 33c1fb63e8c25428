import assert from "node:assert/strict";
import { connect } from "node:net";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { run, runToEnd, tempFolder, waitFor } from "@banksman/testkit";
import type { CameraFault } from "./camera.ts";
import { type CameraSim, startCameras } from "./start-cameras.ts";

const signIn = { username: "viewer", password: "s3cret" };
let sim: CameraSim;
let shut: CameraSim;
before(async () => {
  sim = await startCameras({ count: 2, seed: 1, port: 0, rtspPort: 0, rtmp: { cameras: 1, port: 0 } });
  shut = await startCameras({ count: 1, seed: 1, port: 0, rtspPort: 0, signIn });
});
after(async () => {
  await sim.close();
  await shut.close();
});

function camera(of: CameraSim, fault: CameraFault | null = null) {
  const [one] = of.cameras;
  assert.ok(one);
  of.setFault(one.id, fault);
  return { ...one, counts: () => of.counts()[one.id] };
}

const NO_WAITING = ["-analyzeduration", "400000", "-probesize", "100000"];
const overRtsp = (url: string) => [
  "-v",
  "error",
  "-rtsp_transport",
  "tcp",
  "-timeout",
  "3000000",
  ...NO_WAITING,
  "-i",
  url,
];

/** Copies some seconds into a file and gives the times of its pictures, key frames first letter K. */
async function recorded(from: readonly string[], seconds: number) {
  await using folder = await tempFolder();
  const file = join(folder.path, "taken.mkv");
  const { code, stderr } = await runToEnd("ffmpeg", [...from, "-t", String(seconds), "-c", "copy", file]);
  if (code !== 0) return { code, stderr, packets: [] };
  const wanted = ["-v", "error", "-of", "csv=p=0", "-show_entries", "packet=pts_time,flags"];
  const { stdout } = await runToEnd("ffprobe", [...wanted, file]);
  const packets = stdout.split("\n").filter((line) => line !== "");
  return { code, stderr, packets: packets.map((line) => ({ at: Number.parseFloat(line), isKey: line.includes("K") })) };
}

/** Waits until the camera has sent nothing for half a second. */
async function silence(bytes: () => number): Promise<void> {
  let was = -1;
  const isSilent = () => {
    const same = bytes() === was;
    was = bytes();
    return same;
  };
  await waitFor("silence", isSilent, { everyMs: 500 });
}

describe("RTSP", () => {
  test("plays over TCP from a key frame on, five pictures a second, and counts who watches", async () => {
    const { rtsp, counts } = camera(sim);
    const { packets, stderr } = await recorded(overRtsp(rtsp), 3);
    assert.equal(stderr, "");
    assert.ok(packets.length >= 14 && packets.length <= 17, String(packets.length));
    assert.equal(packets[0]?.isKey, true);
    for (const [index, { at }] of packets.entries()) assert.ok(Math.abs(at - index * 0.2) < 0.01, `${index}: ${at} s`);
    assert.deepEqual([counts()?.streams, counts()?.most_open_streams], [1, 1]);
    await waitFor("the session's end", () => counts()?.open_streams === 0);
  });

  test("every picture decodes, of the smaller stream too", async () => {
    for (const url of [camera(sim).rtsp, camera(sim).rtsp_low]) {
      const { code, stderr } = await runToEnd("ffmpeg", [...overRtsp(url), "-t", "2", "-f", "null", "-"]);
      assert.deepEqual([code, stderr], [0, ""]);
    }
  });

  test("a name and password are asked for", async () => {
    const { rtsp } = camera(shut);
    assert.match((await recorded(overRtsp(rtsp), 1)).stderr, /401 Unauthorized/);
    const { packets } = await recorded(overRtsp(rtsp.replace("//", "//viewer:s3cret@")), 1);
    assert.ok(packets.length >= 4);
  });

  test("UDP is refused, and so is what isn't RTSP", async () => {
    const { rtsp } = camera(sim);
    const udp = await recorded(["-v", "error", "-rtsp_transport", "udp", "-i", rtsp], 1);
    assert.match(udp.stderr, /461 Unsupported Transport/);
    const socket = connect(Number(new URL(rtsp).port), "127.0.0.1");
    const ended = new Promise((resolve) => socket.once("close", resolve));
    socket.on("error", () => {});
    socket.write("x".repeat(100_000));
    await ended;
  });

  test("dead, bad_sign_in, segment_404 and wrong_type: nothing to play", async () => {
    for (const [fault, said] of [
      ["dead", /reset by peer|Invalid data|error/i],
      ["bad_sign_in", /401 Unauthorized/],
      ["segment_404", /404 Not Found/],
      ["wrong_type", /Invalid data/],
    ] as const) {
      const { code, stderr } = await recorded(overRtsp(camera(sim, fault).rtsp), 1);
      assert.notEqual(code, 0, fault);
      assert.match(stderr, said, fault);
    }
  });

  test("inner_address: it sends the reader elsewhere", async () => {
    const { rtsp } = camera(sim, "inner_address");
    const socket = connect(Number(new URL(rtsp).port), "127.0.0.1");
    socket.write(`DESCRIBE ${rtsp} RTSP/1.0\r\nCSeq: 1\r\n\r\n`);
    const [answer] = await new Promise<Buffer[]>((resolve) => socket.once("data", (...data) => resolve(data)));
    assert.match(String(answer), /^RTSP\/1\.0 302 [\s\S]*Location: rtsp:\/\/169\.254\.169\.254\//);
    socket.destroy();
  });

  test("stall: the stream falls silent and goes on when it is mended", async () => {
    const { rtsp, counts } = camera(sim);
    await using player = run("ffmpeg", [...overRtsp(rtsp), "-c", "copy", "-f", "null", "-"]);
    const bytes = () => counts()?.bytes_sent ?? 0;
    const begun = bytes();
    await waitFor("pictures", () => bytes() > begun);
    camera(sim, "stall");
    await silence(bytes);
    const was = bytes();
    camera(sim);
    await waitFor("pictures again", () => bytes() > was);
    camera(sim, "dead");
    await player.exited;
    // The camera hears of it a moment after the player has gone.
    await waitFor("the stream's end", () => counts()?.open_streams === 0);
  });
});

describe("MJPEG", () => {
  test("shows two stills a second", async () => {
    const { mjpeg, counts } = camera(sim);
    const began = performance.now();
    const { code, stderr } = await runToEnd("ffmpeg", [
      ...["-v", "error", "-f", "mpjpeg", "-i", mjpeg],
      ...["-frames:v", "5", "-f", "null", "-"],
    ]);
    assert.deepEqual([code, stderr.replaceAll(/.*deprecated pixel format.*\n/g, "")], [0, ""]);
    assert.ok(performance.now() - began > 1_400);
    await waitFor("the stream's end", () => counts()?.open_streams === 0);
  });

  test("each part is a JPEG of the length that it says", async () => {
    const response = await fetch(camera(sim).mjpeg);
    assert.equal(response.headers.get("content-type"), "multipart/x-mixed-replace; boundary=picture");
    const reader = response.body?.getReader();
    const first = Buffer.from((await reader?.read())?.value ?? []);
    await reader?.cancel();
    const [head = "", length] =
      /^--picture\r\nContent-Type: image\/jpeg\r\nContent-Length: (\d+)\r\n\r\n/.exec(first.toString("latin1")) ?? [];
    const still = first.subarray(head.length, head.length + Number(length));
    assert.deepEqual([still.toString("hex", 0, 2), still.toString("hex", still.length - 2)], ["ffd8", "ffd9"]);
  });

  test("faults: refused, gone, elsewhere, HTML, too large", async () => {
    const answer = async (of: CameraSim, fault: CameraFault) => {
      const gone = new AbortController();
      const { status, headers } = await fetch(camera(of, fault).mjpeg, { redirect: "manual", signal: gone.signal });
      gone.abort();
      return [status, headers.get("location") ?? headers.get("content-type")];
    };
    assert.equal((await answer(sim, "bad_sign_in"))[0], 401);
    assert.equal((await answer(sim, "segment_404"))[0], 404);
    assert.deepEqual(await answer(sim, "inner_address"), [302, "http://169.254.169.254/latest/meta-data/"]);
    assert.deepEqual(await answer(sim, "wrong_type"), [200, "text/html"]);
    await assert.rejects(answer(sim, "dead"));
    const { body } = await fetch(camera(sim, "huge_segment").mjpeg);
    const reader = body?.getReader();
    assert.match(Buffer.from((await reader?.read())?.value ?? []).toString("latin1"), /Content-Length: 200000000\r/);
    await reader?.cancel();
    await waitFor("the stream's end", () => camera(sim).counts()?.open_streams === 0);
  });
});

describe("RTMP", () => {
  const overRtmp = (url: string | null) => ["-v", "error", ...NO_WAITING, "-i", url ?? ""];

  test("only as many cameras as were asked for have it", () => {
    assert.deepEqual(
      sim.cameras.map(({ rtmp }) => rtmp !== null),
      [true, false],
    );
  });

  test("plays to one player after the other, and counts them", async () => {
    const { rtmp, counts } = camera(sim);
    const was = counts()?.streams ?? 0;
    for (const turn of [1, 2]) {
      const { packets } = await recorded(overRtmp(rtmp), 3);
      assert.equal(packets[0]?.isKey, true);
      assert.ok(packets.length >= 14 && packets.length <= 17, String(packets.length));
      await waitFor("the player to be gone", () => counts()?.open_streams === 0);
      assert.equal(counts()?.streams, was + turn);
    }
  });

  test("stall: the stream falls silent; dead: it ends, and the next player finds nobody until it is mended", async () => {
    const { rtmp, counts } = camera(sim);
    await using player = run("ffmpeg", [...overRtmp(rtmp), "-c", "copy", "-f", "null", "-"]);
    await waitFor("a player", () => counts()?.open_streams === 1);
    assert.notEqual((await recorded(overRtmp(rtmp), 1)).code, 0, "a second player");
    camera(sim, "stall");
    const bytes = () => counts()?.bytes_sent ?? 0;
    await silence(bytes);
    const was = bytes();
    camera(sim);
    await waitFor("pictures again", () => bytes() > was);
    camera(sim, "dead");
    await player.exited;
    assert.notEqual((await recorded(overRtmp(rtmp), 1)).code, 0);
    camera(sim);
    assert.ok((await recorded(overRtmp(rtmp), 1)).packets.length > 0);
  });
});
