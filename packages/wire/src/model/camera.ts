import { z } from "zod";

/** How a camera gives its picture. */
export const CameraKind = z.enum(["hls", "rtsp", "mjpeg", "rtmp"]);
export type CameraKind = z.infer<typeof CameraKind>;

const SCHEMES: Record<CameraKind, readonly string[]> = {
  hls: ["http:", "https:"],
  mjpeg: ["http:", "https:"],
  rtsp: ["rtsp:"],
  rtmp: ["rtmp:"],
};

/** Whether an address can be one of a camera of this kind; a name and password belong beside it, not into it. */
export function isCameraUrl(kind: CameraKind, text: string): boolean {
  const url = URL.parse(text);
  if (url === null || !SCHEMES[kind].includes(url.protocol)) return false;
  return url.hostname !== "" && url.username === "" && url.password === "";
}

/** What is played: the camera's own stream, or one of lower cost. Each is cheaper than the one before. */
export const VideoProfile = z.enum(["source", "high", "medium", "low"]);
export type VideoProfile = z.infer<typeof VideoProfile>;

/** Pictures of the profiles that are made here: the height in pixels, frames a second, and bits a second. */
export const VIDEO_PROFILES: Record<Exclude<VideoProfile, "source">, { height: number; fps: number; kbps: number }> = {
  high: { height: 720, fps: 25, kbps: 2_000 },
  medium: { height: 360, fps: 10, kbps: 500 },
  low: { height: 180, fps: 5, kbps: 150 },
};

/** What a camera's own stream is taken for until it has been measured. */
export const SOURCE_KBPS = 3_000;

/** A camera as whoever stands in its network is told of it: this is what reads it, and no browser ever sees. */
export const CameraPlan = z.object({
  camera_id: z.uuid(),
  /** Which of its streams: its own, or the smaller one. */
  stream: z.enum(["main", "low"]),
  kind: CameraKind,
  url: z.string().max(2_000),
  username: z.string().max(200).nullable(),
  password: z.string().max(200).nullable(),
  /** Addresses and networks that parts of its stream may come from, besides its own. */
  allow: z.array(z.string().max(64)).max(20),
});
export type CameraPlan = z.infer<typeof CameraPlan>;

/** Why a camera shows nothing, as the field says it. */
export const CameraTrouble = z.enum([
  "unreachable",
  "refused_sign_in",
  "not_found",
  "not_video",
  "address_refused",
  "too_large",
  "too_slow",
  "stalled",
  "no_edge",
  "at_limit",
  "encoder_failed",
]);
export type CameraTrouble = z.infer<typeof CameraTrouble>;

/** When a camera is recorded. */
export const RecordingMode = z.enum(["off", "always", "schedule", "alarm"]);
export type RecordingMode = z.infer<typeof RecordingMode>;
