import { z } from "zod";
import { CameraPlan, CameraTrouble } from "../model/camera.ts";

/** Where an edge opens a second outgoing WebSocket, for pictures alone, so that these never hold an order up. */
export const COLLECTOR_VIDEO_PATH = "/api/collector/video";

/** What a server asks of an edge that stands in the cameras' network; `request` counts up on each connection. */
export const VideoAsk = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("read"),
    request: z.int().min(1),
    plan: CameraPlan,
    /** Null for the camera's stream itself; others were found in it. */
    address: z.string().max(4_000).nullable(),
    role: z.enum(["playlist", "part", "key"]),
    byte_range: z.string().max(50).nullable(),
  }),
  z.object({
    type: z.literal("key_frame"),
    request: z.int().min(1),
    plan: CameraPlan,
    width_px: z.int(),
    /** Somebody tries the camera: what was begun for this picture ends with it. */
    once: z.boolean().default(false),
  }),
]);
export type VideoAsk = z.infer<typeof VideoAsk>;

/**
 * An edge's answer as text; `bytes` of it follow as binary frames, each beginning with the request's number (uint32,
 * big-endian), those of several answers mixed.
 */
export const VideoAnswer = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("answer"),
    request: z.int(),
    /** Where it came from in the end; what is in it is relative to that. */
    url: z.string(),
    content_type: z.string(),
    taken_at_ms: z.number().nullable(),
    bytes: z
      .int()
      .min(0)
      .max(32 * 1024 * 1024),
  }),
  z.object({ type: z.literal("failure"), request: z.int(), trouble: CameraTrouble, detail: z.string().max(2_000) }),
]);
export type VideoAnswer = z.infer<typeof VideoAnswer>;
export const VIDEO_HEADER_BYTES = 4;
/** A piece of an answer: small enough that a key frame waits for no segment. */
export const VIDEO_PIECE_BYTES = 64 * 1024;
