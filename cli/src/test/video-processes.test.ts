import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { runToEnd, waitFor } from "@banksman/testkit";
import { type VideoSite, videoSite } from "./video-site.ts";

/** The processes that were started by this one and run ffmpeg. */
function ffmpegsOf(pid: number | undefined): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((one) => {
      try {
        const [, name, parent] = /\((.*)\) \S (\d+)/.exec(readFileSync(`/proc/${one}/stat`, "utf8")) ?? [];
        return name === "ffmpeg" && Number(parent) === pid;
      } catch {
        // It ended between the listing and the look.
        return false;
      }
    });
}
const SIGN_IN = { username: "viewer", password: "p@ss/w:rd" };
const isRunning = (pid: number): boolean => {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
};

describe("streams that ffmpeg makes", () => {
  let site: VideoSite;
  before(async () => {
    site = await videoSite(
      4,
      "server",
      { picture: { width: 640, height: 360, fps: 10, kbps: 600 }, rtmp: { cameras: 1, port: 0 }, signIn: SIGN_IN },
      { user_mbps: 1_000, max_processes: 2 },
    );
  });
  after(() => site[Symbol.asyncDispose]());

  const probe = async (cameraId: string, profile: string): Promise<string> => {
    const { playlist, token, profile: given } = await site.watch(cameraId, profile);
    assert.equal(given, profile);
    const { stdout } = await runToEnd("ffprobe", [
      ...["-v", "error", "-headers", `Authorization: Bearer ${token}\r\n`, "-show_entries", "stream=codec_name,height"],
      ...["-of", "csv=p=0", `${site.url}${playlist}`],
    ]);
    return stdout.trim().split("\n")[0] ?? "";
  };
  test("an encrypted stream is played as it comes, and opened where something else is made of it", async () => {
    const url = site.sim.cameras[1]?.aes ?? "";
    const { camera_id } = await site.addCamera({ name: "encrypted", url, ...SIGN_IN });
    const { playlist, token } = await site.watch(camera_id);
    assert.match(await (await site.play(playlist, token)).text(), /#EXT-X-KEY:METHOD=AES-128,URI="[\w-]+\.bin"/);
    assert.equal(await probe(camera_id, "source"), "h264,360");
    assert.equal(await probe(camera_id, "low"), "h264,180");
    await site.call("DELETE", `/sites/1/cameras/${camera_id}`);
  });

  const cameraAt = async (index: number, kind: "hls" | "rtsp" | "mjpeg" | "rtmp") => {
    const simulated = site.sim.cameras[index];
    assert.ok(simulated);
    const url = simulated[kind] ?? assert.fail(`no ${kind}`);
    return site.addCamera({ name: `${kind} ${index}`, kind, url, ...(kind !== "rtmp" && SIGN_IN) });
  };

  test("a smaller stream is made of what is read anyway, and RTSP, MJPEG and RTMP cameras play as others do", async () => {
    const hls = await cameraAt(0, "hls");
    assert.equal(await probe(hls.camera_id, "source"), "h264,360");
    assert.equal(await probe(hls.camera_id, "low"), "h264,180");
    assert.equal(await probe((await cameraAt(1, "rtsp")).camera_id, "source"), "h264,360");
    assert.equal(await probe((await cameraAt(2, "mjpeg")).camera_id, "source"), "h264,360");
    assert.equal(await probe((await cameraAt(0, "rtmp")).camera_id, "source"), "h264,360");
    const counts = site.sim.counts()[site.sim.cameras[0]?.id ?? ""];
    assert.equal(counts?.most_for_one_segment, 1, JSON.stringify(counts));
  });

  test("no command line tells of an RTSP camera's address or password, nor does what its ffmpeg says", async () => {
    const url = site.sim.cameras[3]?.rtsp ?? "";
    const shut = await site.addCamera({ name: "shut", kind: "rtsp", url, ...SIGN_IN, password: "wr0ng" });
    const { playlist, token } = await site.watch(shut.camera_id);
    const before = new Set(ffmpegsOf(site.server().child.pid));
    const [lines, own]: [string[], string[]] = [[], []];
    let reply: Response | null = null;
    // A question waits for the first picture, or for what there is none for; its ffmpeg runs only as long.
    const played = site.play(playlist, token).then((answer) => {
      reply = answer;
      return answer;
    });
    await waitFor(
      "the refusal to be told, and its ffmpeg to be seen",
      () => {
        for (const pid of ffmpegsOf(site.server().child.pid).filter(isRunning)) {
          const line = readFileSync(`/proc/${pid}/cmdline`, "utf8");
          // ffmpeg reads RTMP by the camera's own address.
          if (!line.includes("rtmp://")) lines.push(line);
          if (!before.has(pid)) own.push(line);
        }
        return reply !== null && own.some((line) => line !== "");
      },
      { everyMs: 5 },
    );
    assert.equal(((await (await played).json()) as { code: string }).code, "CAMERA_REFUSED_SIGN_IN");
    assert.match(own.join("\n"), /rtsp:\/\/127\.0\.0\.1:\d+\/camera/);
    assert.doesNotMatch(lines.join("\n"), /cam-00|viewer|p@ss|p%40ss|wr0ng/);
    assert.doesNotMatch(site.server().stdout() + site.server().stderr(), /p@ss|p%40ss|wr0ng/);
    await site.call("DELETE", `/sites/1/cameras/${shut.camera_id}`);
  });

  test("a stream goes on after its ffmpeg was killed", async () => {
    const { camera_id } = await cameraAt(3, "hls");
    const { playlist, token } = await site.watch(camera_id, "medium");
    const newest = async () => {
      const reply = await site.play(playlist, token);
      return reply.ok ? Number(/s(\d+)\.ts\s*$/.exec(await reply.text())?.[1]) : 0;
    };
    const first = await waitFor("a first part", newest, { withinMs: 20_000 });
    const running = ffmpegsOf(site.server().child.pid);
    assert.ok(running.length > 0);
    for (const pid of running) process.kill(pid, "SIGKILL");
    await waitFor("new parts", async () => (await newest()) > first + 1, { withinMs: 30_000 });
  });

  test("no more smaller streams are made at once than may be, and who asks for one more is told", async () => {
    const { cameras } = await site.call<{ cameras: { camera_id: string; name: string }[] }>("GET", "/cameras");
    const ask = async (name: string, profile: string) => {
      const { playlist, token } = await site.watch(cameras.find((one) => one.name === name)?.camera_id ?? "", profile);
      return site.play(playlist, token);
    };
    assert.equal((await ask("hls 0", "low")).status, 200);
    assert.equal((await ask("hls 3", "medium")).status, 200);
    const third = await ask("hls 3", "low");
    assert.equal(third.status, 503);
    assert.equal(((await third.json()) as { code: string }).code, "CAMERA_AT_LIMIT");
  });

  for (const signal of ["SIGTERM", "SIGKILL"] as const)
    test(`no ffmpeg outlives the server's ${signal}`, async () => {
      const { cameras } = await site.call<{ cameras: { camera_id: string }[] }>("GET", "/cameras");
      const { playlist, token } = await site.watch(cameras[0]?.camera_id ?? "", "low");
      const running = await waitFor("ffmpeg to run", async () => {
        await (await site.play(playlist, token)).arrayBuffer();
        const found = ffmpegsOf(site.server().child.pid);
        return found.length > 0 ? found : null;
      });
      await site.restart(signal);
      await waitFor("all of them to end", () => !running.some(isRunning));
    });
});
