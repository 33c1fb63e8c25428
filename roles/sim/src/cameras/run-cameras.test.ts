import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { run, runToEnd, waitFor } from "@banksman/testkit";
import { z } from "zod";
import { type CameraFlags, cameraOptionsOf } from "./run-cameras.ts";

const LAUNCHER = join(import.meta.dirname, "../../../../cli/banksman.js");
const FREE_PORTS = ["--port", "0", "--rtsp-port", "0", "--control-port", "0"];
const simCameras = (...flags: string[]) => [LAUNCHER, "sim", "cameras", ...flags];
const Told = z.object({
  cameras: z.array(z.object({ id: z.string(), hls: z.url(), fault: z.string().nullable(), segments: z.int() })),
});

/** Every process that this one started, by /proc. */
function childrenOf(pid: number): number[] {
  return globSync("/proc/[0-9]*/stat").flatMap((file) => {
    try {
      const [, state = "", parent = ""] = /^\d+ \(.*\) (\S) (\d+)/s.exec(readFileSync(file, "utf8")) ?? [];
      return Number(parent) === pid && state !== "Z" ? [Number(file.split("/")[2])] : [];
    } catch {
      return []; // It ended meanwhile.
    }
  });
}

function lives(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

test("the control port tells addresses and counts, and breaks and mends a camera", async () => {
  await using sim = run(process.execPath, simCameras("--count", "2", "--fault", "dead=50%", ...FREE_PORTS));
  const [url = ""] = await sim.output(/http:\S+\/control\/cameras/);
  const told = async () => Told.parse(await (await fetch(url)).json()).cameras;
  const dead = (await told()).find(({ fault }) => fault === "dead");
  assert.ok(dead);
  await assert.rejects(fetch(dead.hls));
  const plant = async (body: unknown) =>
    (await fetch(new URL("faults", url), { method: "POST", body: JSON.stringify(body) })).status;
  assert.equal(await plant({ camera: dead.id, fault: null }), 200);
  assert.equal((await fetch(dead.hls)).status, 200);
  assert.equal(await plant({ camera: dead.id, fault: "tired" }), 400);
  assert.equal(await plant({ camera: "cam-999", fault: null }), 404);
});

test("killed with -9 in the middle of encoding, it leaves no ffmpeg behind", async () => {
  const picture = ["--resolution", "1920x1080", "--fps", "60", "--bitrate", "8M"];
  await using sim = run(process.execPath, simCameras("--count", "1", ...picture, ...FREE_PORTS));
  const [url = ""] = await sim.output(/http:\S+\/cam-001\//);
  const asked = fetch(new URL("master.m3u8", url)).catch(() => null);
  // The launcher may be a process of its own before Node.
  const family = () => [sim.child.pid ?? 0, ...childrenOf(sim.child.pid ?? 0)];
  const encoder = await waitFor("an encoder", () =>
    family()
      .flatMap(childrenOf)
      .find((pid) => readFileSync(`/proc/${pid}/comm`, "utf8").trim() === "ffmpeg"),
  );
  await sim.stop("SIGKILL");
  await waitFor("the encoder's end", () => !lives(encoder));
  await asked;
});

test("without ffmpeg it says at once what to install", async () => {
  const env = { ...process.env, PATH: "/nowhere" };
  const { code, stderr } = await runToEnd(process.execPath, simCameras(...FREE_PORTS), { env });
  assert.equal(code, 1);
  assert.match(stderr, /apt-get install ffmpeg/);
});

test("flags that make no sense are refused with the fix", () => {
  const mistakes: [CameraFlags, RegExp][] = [
    [{ count: "0" }, /--count 0: must be a whole number from 1/],
    [{ resolution: "641x360" }, /even numbers, such as 1920x1080/],
    [{ resolution: "foo" }, /--resolution foo: must be WIDTHxHEIGHT in even numbers/],
    [{ rtmp: "99", count: "2" }, /--rtmp 99: must be no more than the cameras there are \(--count 2\)/],
    [{ bitrate: "fast" }, /such as 500k or 3M/],
    [{ fault: ["tired=5%"] }, /"tired" is none of stall, /],
    [{ signIn: "viewer" }, /NAME:PASSWORD/],
  ];
  for (const [flags, message] of mistakes)
    assert.throws(() => cameraOptionsOf(flags), { code: "USAGE_FLAGS", message });
});
