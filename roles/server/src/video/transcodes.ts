import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import type { Writable } from "node:stream";
import type { Log } from "@banksman/kit";
import { CameraFailure, type Encoder, PART_S, SHORT_LOOK, startEncoder } from "@banksman/video";
import { type CameraPlan, VIDEO_PROFILES, type VideoProfile } from "@banksman/wire/model";
import { follow } from "./follow.ts";
import type { Streams } from "./streams.ts";

export type Hardware = "none" | "nvenc" | "vaapi" | "qsv";
type Made = Exclude<VideoProfile, "source">;

/** How long a stream that is made for players goes on without one. */
const IDLE_MS = 30_000;
const IDLE_LOOK_MS = 2_000;
/** Parts that are there already when somebody begins to watch: who waits sees the first picture sooner. */
const STARTS_BACK = 2;

type Parts = {
  streams: Pick<Streams, "media" | "segment">;
  workDir: string;
  hardware: Hardware;
  mostProcesses: number;
  log: Log;
};

export type Transcodes = ReturnType<typeof createTranscodes>;

/**
 * Smaller streams, made by ffmpeg of what is read anyway: one process a stream and profile however many watch, from the first
 * who asks to half a minute after the last.
 */
export function createTranscodes({ streams, workDir, hardware, mostProcesses, log }: Parts) {
  const running = new Map<string, { encoder: Promise<Encoder>; usedAtMs: number; cameraId: string; profile: Made }>();

  const close = async (key: string): Promise<void> => {
    const one = running.get(key);
    running.delete(key);
    // One that never began has nothing to end.
    await one?.encoder.then(
      (encoder) => encoder.close(),
      () => undefined,
    );
  };
  const closeAll = async (keys: readonly string[]): Promise<void> => {
    await Promise.all(keys.map(close));
  };
  const idle = setInterval(() => {
    const keys = [...running].filter(([, { usedAtMs }]) => Date.now() - usedAtMs > IDLE_MS).map(([key]) => key);
    closeAll(keys).catch((error: unknown) => log.warn({ err: error }, "a smaller stream could not be ended"));
  }, IDLE_LOOK_MS);

  const start = async (plan: CameraPlan, profile: Made): Promise<Encoder> => {
    await mkdir(workDir, { recursive: true, mode: 0o700 });
    const first = (await streams.media(plan)).segments.at(-1);
    if (first === undefined) throw new CameraFailure("stalled", "the camera sends nothing");
    const format = first.map === null ? "mpegts" : "mp4";
    return startEncoder({
      encoding: {
        input: ["-protocol_whitelist", "pipe", ...SHORT_LOOK, ...decoderOf(hardware), "-f", format, "-i", "pipe:0"],
        output: ["-map", "0:v:0", "-an", ...encoderOf(hardware, profile)],
        feed: (stdin, signal) => feed(streams, plan, stdin, signal),
      },
      workDir,
      what: plan.camera_id,
      log,
    });
  };
  const encoderFor = (plan: CameraPlan, profile: Made): Promise<Encoder> => {
    // A camera that was changed is another one: its old stream ends for want of players.
    const key = `${plan.camera_id} ${profile} ${JSON.stringify(plan)}`;
    const known = running.get(key);
    if (known) {
      known.usedAtMs = Date.now();
      return known.encoder;
    }
    if (running.size >= mostProcesses)
      throw new CameraFailure("at_limit", `${mostProcesses} smaller streams are made already (video.max_processes)`);
    const entry = { encoder: start(plan, profile), usedAtMs: Date.now(), cameraId: plan.camera_id, profile };
    running.set(key, entry);
    entry.encoder.catch(() => {
      // Another may have taken its place meanwhile.
      if (running.get(key) === entry) running.delete(key);
    });
    return entry.encoder;
  };

  return {
    /** A playlist or part of a smaller stream. */
    file: async (plan: CameraPlan, profile: Made, name: string): Promise<Buffer> => {
      const encoder = await encoderFor(plan, profile);
      return name === "index.m3u8" ? encoder.playlist() : encoder.file(name);
    },
    isMade: (cameraId: string, profile: VideoProfile): boolean =>
      [...running.values()].some((one) => one.cameraId === cameraId && one.profile === profile),
    hasRoom: (): boolean => running.size < mostProcesses,
    forget: (cameraId: string): Promise<void> =>
      closeAll([...running].filter(([, one]) => one.cameraId === cameraId).map(([key]) => key)),
    running: (): number => running.size,
    close: async (): Promise<void> => {
      clearInterval(idle);
      await closeAll([...running.keys()]);
    },
  };
}

/** Writes what a camera sends to ffmpeg, as fast as it takes it. */
async function feed(
  streams: Pick<Streams, "media" | "segment">,
  plan: CameraPlan,
  stdin: Writable,
  signal: AbortSignal,
): Promise<void> {
  let isFirst = true;
  for await (const { head, body } of follow(streams, plan, signal, { back: STARTS_BACK })) {
    if (isFirst && head !== null) stdin.write(head);
    isFirst = false;
    if (!stdin.write(body)) await once(stdin, "drain", { signal }).catch(() => undefined);
    if (stdin.destroyed) return;
  }
}

const decoderOf = (hardware: Hardware): string[] =>
  ({
    none: ["-threads", "1"],
    nvenc: ["-hwaccel", "cuda"],
    qsv: ["-hwaccel", "qsv"],
    vaapi: ["-hwaccel", "vaapi", "-vaapi_device", "/dev/dri/renderD128"],
  })[hardware];

/** A key frame at the beginning of each part, whatever the camera does. */
function encoderOf(hardware: Hardware, profile: Made): string[] {
  const { height, fps, kbps } = VIDEO_PROFILES[profile];
  const rate = ["-b:v", `${kbps}k`, "-maxrate", `${Math.round(kbps * 1.2)}k`, "-bufsize", `${kbps * 2}k`];
  const keys = ["-g", String(fps * PART_S), "-force_key_frames", `expr:gte(t,n_forced*${PART_S})`];
  const scaled = `fps=${fps},scale=-2:${height}:flags=fast_bilinear`;
  if (hardware === "vaapi") return ["-vf", `${scaled},format=nv12,hwupload`, "-c:v", "h264_vaapi", ...rate, ...keys];
  if (hardware === "qsv") return ["-vf", `${scaled},format=nv12`, "-c:v", "h264_qsv", ...rate, ...keys];
  if (hardware === "nvenc") return ["-vf", `${scaled},format=yuv420p`, "-c:v", "h264_nvenc", ...rate, ...keys];
  return [
    ...["-vf", `${scaled},format=yuv420p`, "-c:v", "libx264", "-preset", "veryfast", "-threads", "1"],
    ...["-tune", "zerolatency", ...rate, ...keys],
  ];
}
