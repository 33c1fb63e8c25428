import { mkdir } from "node:fs/promises";
import type { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Log } from "@banksman/kit";
import type { Egress } from "@banksman/kit/egress";
import type { CameraPlan } from "@banksman/wire/model";
import { type Encoder, type Encoding, startEncoder } from "./encoder.ts";
import { type CameraAnswer, fetchCamera, openCamera, type Wish } from "./fetch-camera.ts";
import { COPY, SHORT_LOOK } from "./ffmpeg.ts";
import { openRtspDoor } from "./rtsp-door.ts";
import { CameraFailure, failureOf } from "./trouble.ts";

/** Where parts of a stream are that ffmpeg makes of a camera which speaks no HLS. */
const MADE = "made:/";
/** A camera that nobody asks for is left alone again. */
const IDLE_MS = 30_000;
const IDLE_LOOK_MS = 2_000;

/**
 * Reads cameras where one stands in their network. `address` null is the camera's stream itself; others are those that were
 * found in it. A camera that speaks no HLS is read by one ffmpeg, from the first question to 30 s after the last.
 */
export type CameraReader = {
  read: (camera: CameraPlan, address: string | null, wish: Wish) => Promise<CameraAnswer>;
  /** Ends at once what runs for a camera that nobody will ask for again. */
  forget: (cameraId: string) => Promise<void>;
  /** How many processes run for it. */
  running: () => number;
  close: () => Promise<void>;
};

type Parts = { egress: Egress; workDir: string; log: Log; mostProcesses: number };
const keyOf = ({ camera_id, stream }: CameraPlan): string => `${camera_id} ${stream}`;
type Made = { encoder: Promise<Encoder>; plan: string; usedAt: number };

export function createCameraReader({ egress, workDir, log, mostProcesses }: Parts): CameraReader {
  const made = new Map<string, Made>();
  let isClosed = false;

  const end = async (key: string, one: Made): Promise<void> => {
    if (made.get(key) === one) made.delete(key);
    // One that never began has nothing to end.
    await one.encoder.then(
      (encoder) => encoder.close(),
      () => undefined,
    );
  };
  const idle = setInterval(() => {
    for (const [key, one] of made)
      if (Date.now() - one.usedAt > IDLE_MS)
        end(key, one).catch((error: unknown) => log.warn({ err: error }, "a camera's reader could not be ended"));
  }, IDLE_LOOK_MS);

  const start = async (camera: CameraPlan, before: Made | undefined): Promise<Encoder> => {
    if (before) await end(keyOf(camera), before);
    await mkdir(workDir, { recursive: true, mode: 0o700 });
    return startEncoder({ encoding: await encodingOf(egress, camera), workDir, what: camera.camera_id, log });
  };
  const madeOf = (camera: CameraPlan): Promise<Encoder> => {
    const [key, plan] = [keyOf(camera), JSON.stringify(camera)];
    const known = made.get(key);
    if (known?.plan === plan) {
      known.usedAt = Date.now();
      return known.encoder;
    }
    if (isClosed) throw new CameraFailure("at_limit", "the program stops");
    if (known === undefined && made.size >= mostProcesses)
      throw new CameraFailure("at_limit", `${mostProcesses} cameras are read by ffmpeg already`);
    const one: Made = { encoder: start(camera, known), plan, usedAt: Date.now() };
    made.set(key, one);
    one.encoder.catch(() => {
      if (made.get(key) === one) made.delete(key);
    });
    return one.encoder;
  };

  return {
    read: async (camera, address, wish) => {
      if (camera.kind === "hls") return fetchCamera(egress, camera, address ?? camera.url, wish);
      if (address !== null && !address.startsWith(MADE))
        throw new CameraFailure("address_refused", "not a part of this camera's stream");
      const encoder = await madeOf(camera);
      const url = `${MADE}index.m3u8`;
      if (address === null || address === url)
        return { url, type: "application/vnd.apple.mpegurl", body: await encoder.playlist() };
      return { url: address, type: "video/mp2t", body: await encoder.file(address.slice(MADE.length)) };
    },
    forget: async (cameraId) => {
      const own = [...made].filter(([key]) => key.startsWith(`${cameraId} `));
      await Promise.all(own.map(([key, one]) => end(key, one)));
    },
    running: () => made.size,
    close: async () => {
      isClosed = true;
      clearInterval(idle);
      await Promise.all([...made].map(([key, one]) => end(key, one)));
    },
  };
}

/** How ffmpeg reads a camera. It reaches out only for RTSP and RTMP, and then to the address that was checked. */
async function encodingOf(egress: Egress, camera: CameraPlan): Promise<Encoding> {
  if (camera.kind === "mjpeg") return { input: MJPEG_INPUT, output: MJPEG_OUTPUT, feed: mjpegFeed(egress, camera) };
  const url = new URL(camera.url);
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const address = await egress.addressOf(host).catch((error: unknown) => {
    throw failureOf(error);
  });
  const secrets = [
    camera.url,
    url.host,
    host,
    address,
    camera.password ?? "",
    encodeURIComponent(camera.password ?? ""),
  ];
  if (camera.kind === "rtsp") {
    const { username, password } = camera;
    const credentials = username === null ? null : { username, password: password ?? "" };
    const port = Number(url.port || 554);
    const door = await openRtspDoor({ address, port, url: addressIn(url), credentials });
    secrets.push(addressIn(url), door.url);
    const input = [
      "-protocol_whitelist",
      "rtsp,rtp,tcp",
      ...SHORT_LOOK,
      "-rtsp_transport",
      "tcp",
      "-timeout",
      "8000000",
    ];
    return { input: [...input, "-i", door.url], output: COPY, secrets, failure: door.failure, close: door.close };
  }
  url.hostname = address.includes(":") ? `[${address}]` : address;
  url.username = camera.username ?? "";
  url.password = camera.password ?? "";
  secrets.push(url.href, url.username);
  const input = ["-protocol_whitelist", "rtmp,tcp", ...SHORT_LOOK, "-rw_timeout", "8000000", "-i", url.href];
  return { input, output: COPY, secrets };
}

/** What a camera is asked for: written as a request line can hold it, which a space or a new line would end. */
function addressIn(url: URL): string {
  const bare = new URL(url);
  bare.username = "";
  bare.password = "";
  return bare.href;
}

/** Pictures come through our own guarded request; ffmpeg sees bytes. */
const MJPEG_INPUT = [
  "-protocol_whitelist",
  "pipe",
  ...SHORT_LOOK,
  "-use_wallclock_as_timestamps",
  "1",
  "-f",
  "mpjpeg",
  "-i",
  "pipe:0",
];
const MJPEG_OUTPUT = [
  ...["-map", "0:v:0", "-an", "-vf", "fps=5,format=yuv420p", "-c:v", "libx264", "-preset", "ultrafast"],
  ...["-tune", "zerolatency", "-threads", "1", "-g", "10", "-b:v", "800k", "-maxrate", "1200k", "-bufsize", "1600k"],
];

const mjpegFeed =
  (egress: Egress, camera: CameraPlan) =>
  async (stdin: Writable, signal: AbortSignal): Promise<void> => {
    const reply = await openCamera(egress, camera, signal);
    const type = reply.headers.get("content-type") ?? "";
    if (!type.startsWith("multipart/"))
      throw new CameraFailure("not_video", `the camera sends ${type || "something unnamed"} instead of pictures`);
    await pipeline(reply.body ?? [], stdin, { signal });
  };
