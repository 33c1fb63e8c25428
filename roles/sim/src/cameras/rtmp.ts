import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { SimCamera } from "./camera.ts";
import type { Encoders } from "./ffmpeg.ts";
import { jumpAt } from "./hls.ts";
import { listen } from "./listen.ts";
import { shifted } from "./mpegts.ts";
import { LOOP_S, SEGMENT_S } from "./picture.ts";
import { writeOver } from "./sending.ts";

const LOOK_EVERY_MS = 100;
/** Parts of a segment that are given one by one, as a live picture would come. */
const PARTS = 10;
const PACKET_BYTES = 188;

/**
 * A camera's RTMP, for one player at a time: each gets an ffmpeg of its own, which speaks the protocol behind a port that
 * is always open.
 */
export async function serveCameraRtmp(
  camera: SimCamera,
  encoders: Encoders,
  place: { host: string; port: number },
): Promise<{ port: number } & AsyncDisposable> {
  const players = new Set<Socket>();
  const server = createServer((player) => {
    player.on("error", () => player.destroy());
    if (camera.fault === "dead" || players.size > 0) {
      player.resetAndDestroy();
      return;
    }
    players.add(player);
    const left = camera.openStream();
    player.once("close", () => {
      left();
      players.delete(player);
    });
    play(camera, encoders, player, place.host)
      .catch(() => {})
      .finally(() => player.destroy());
  });
  return {
    port: await listen(server, place.host, place.port),
    [Symbol.asyncDispose]: async () => {
      for (const player of players) player.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function play(camera: SimCamera, encoders: Encoders, player: Socket, host: string): Promise<void> {
  const gone = new AbortController();
  player.once("close", () => gone.abort());
  const { main } = await camera.loop();
  const port = await freePort(host);
  if (gone.signal.aborted) return;
  const input = ["-protocol_whitelist", "file,pipe", "-analyzeduration", "500000", "-f", "mpegts", "-i", "pipe:0"];
  const output = ["-c", "copy", "-f", "flv", "-flvflags", "no_duration_filesize", "-listen", "1"];
  const url = `rtmp://${host}:${port}/live/${camera.id}`;
  const child = encoders.start(["-loglevel", "quiet", ...input, ...output, url], []);
  child.once("close", () => gone.abort());
  try {
    await Promise.all([
      join(player, host, port, gone.signal),
      feed(camera, main.segments, child, gone.signal).finally(() => gone.abort()),
    ]);
  } finally {
    child.kill("SIGKILL");
  }
}

/** ffmpeg can't tell which port it took. */
async function freePort(host: string): Promise<number> {
  const server = createServer();
  const port = await listen(server, host, 0);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Leads the player to ffmpeg, which listens once it has seen its input. */
async function join(player: Socket, host: string, port: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const inner = connect(port, host);
    try {
      await once(inner, "connect", { signal });
    } catch {
      await sleep(LOOK_EVERY_MS / 4);
      continue;
    }
    // Whichever end goes, the other one goes too.
    await pipeline(player, inner, player, { signal });
    return;
  }
}

/** Gives it the loop over and over, at the pace of its clock, its time stamps going on. Returns when the camera dies. */
async function feed(camera: SimCamera, segments: readonly Buffer[], child: ChildProcess, signal: AbortSignal) {
  const { stdin } = child;
  let dueMs = performance.now();
  for (let number = 0; stdin && !signal.aborted; number++) {
    const jumpS = camera.fault === "discontinuity" ? jumpAt(number) : 0;
    const loops = Math.floor(number / segments.length);
    const segment = shifted(segments[number % segments.length] ?? Buffer.alloc(0), loops * LOOP_S + jumpS);
    const size = Math.ceil(segment.length / PACKET_BYTES / PARTS) * PACKET_BYTES;
    for (let at = 0; at < segment.length; at += size) {
      await writeOver(camera, stdin, segment.subarray(at, at + size));
      dueMs += (SEGMENT_S * 1_000) / PARTS;
      // The first segment goes at once: a player begins with a key frame and what followed it.
      if (number === 0) dueMs = performance.now();
      while (!signal.aborted && (performance.now() < dueMs || stdin.writableNeedDrain || camera.fault === "stall")) {
        if (camera.fault === "dead") return;
        if (stdin.writableNeedDrain || camera.fault === "stall") dueMs = performance.now();
        await sleep(Math.min(LOOK_EVERY_MS, Math.max(10, dueMs - performance.now())));
      }
    }
  }
}
