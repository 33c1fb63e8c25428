import { z } from "zod";
import { CameraKind, CameraTrouble, isCameraUrl, RecordingMode, VideoProfile } from "../model/camera.ts";
import { defineRoute, reply } from "./route.ts";

/** Where streams are played from: `/v/<camera>/<profile>/index.m3u8`, outside the API since players ask there. */
export const STREAM_PATH = "/v";
/** The WebSocket that brings key frames of many cameras. */
export const WALL_PATH = "/api/video/wall";

const minuteOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, "a time such as 06:30");

export const RecordingPlan = z.object({
  mode: RecordingMode.default("off"),
  /** For `schedule`: daily, in the site's time zone. */
  from: minuteOfDay.default("00:00"),
  to: minuteOfDay.default("00:00"),
  /** For `alarm`: how much before and after an alert at the site is kept. */
  before_s: z.int().min(0).max(120).default(30),
  after_s: z.int().min(5).max(3_600).default(120),
  keep_days: z.int().min(1).max(3_650).default(14),
});
export type RecordingPlan = z.infer<typeof RecordingPlan>;

/** A camera as people see it: without its address, which no browser needs. */
export const Camera = z.object({
  camera_id: z.uuid(),
  site_id: z.string(),
  region: z.string().nullable(),
  name: z.string(),
  container: z.string().nullable(),
  kind: CameraKind,
  /** Who reads it: the server, or the site's edge over its own outgoing connection. */
  via: z.enum(["server", "edge"]),
  has_low: z.boolean(),
  /** Whether a name or password is kept for it; null for who may not change it, and where no key opens what is kept. */
  has_login: z.boolean().nullable(),
  recording: RecordingPlan,
  /** `idle`: nobody watches, so it isn't read. */
  state: z.enum(["idle", "starting", "live", "failing"]),
  trouble: CameraTrouble.nullable(),
  /** When its newest picture came, as far as this server knows. */
  pictured_at: z.iso.datetime().nullable(),
  viewers: z.int(),
});
export type Camera = z.infer<typeof Camera>;

/** Nobody is told an address again, nor does one stand in the audit trail, refused or not. */
const url = z.string().trim().max(2_000).meta({ writeOnly: true });
const Place = z.union(
  [z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()],
  "an address such as 10.0.0.9 or a network such as 10.0.0.0/24",
);
const CameraFields = z.object({
  name: z.string().trim().min(1).max(100),
  container: z.string().trim().min(1).max(64).nullable(),
  kind: CameraKind,
  url,
  /** A smaller stream of the same camera, where it has one: played in grids, so that nothing need be made smaller. */
  low_url: url.nullable(),
  username: z.string().max(200).meta({ writeOnly: true }).nullable(),
  password: z.string().max(200).nullable(),
  allow: z.array(Place).max(20),
  via: z.enum(["server", "edge"]),
  recording: RecordingPlan,
});

const addressIs = "not an address of this kind; write name and password into their own fields";
export const CameraInput = z
  .object({
    ...CameraFields.shape,
    container: CameraFields.shape.container.default(null),
    low_url: CameraFields.shape.low_url.default(null),
    username: CameraFields.shape.username.default(null),
    password: CameraFields.shape.password.default(null),
    allow: CameraFields.shape.allow.default([]),
    via: CameraFields.shape.via.default("server"),
    recording: RecordingPlan.prefault({}),
  })
  .refine(({ kind, url }) => isCameraUrl(kind, url), { path: ["url"], message: addressIs })
  .refine(({ kind, low_url }) => low_url === null || isCameraUrl(kind, low_url), {
    path: ["low_url"],
    message: addressIs,
  });
export type CameraInput = z.infer<typeof CameraInput>;

/** What reads a camera. Of a registered one, what isn't named is as it is kept. */
export const CameraTrial = CameraFields.omit({ name: true, container: true, recording: true })
  .partial()
  .extend({ camera_id: z.uuid().optional() })
  .refine(({ camera_id, kind, url }) => camera_id !== undefined || (kind !== undefined && url !== undefined), {
    path: ["url"],
    message: "kind and url are needed where no camera_id is named",
  });
export type CameraTrial = z.infer<typeof CameraTrial>;

/** What one look at a stream brought. */
export const CameraLook = z.discriminatedUnion("is", [
  z.object({
    is: z.literal("picture"),
    /** Base64, 320 pixels wide. */
    jpeg: z.string(),
    taken_at: z.iso.datetime(),
    took_ms: z.int(),
  }),
  z.object({ is: z.literal("trouble"), trouble: CameraTrouble, detail: z.string() }),
]);
export type CameraLook = z.infer<typeof CameraLook>;

export const ListCameras = defineRoute({
  method: "GET",
  path: "/cameras",
  summary: "Cameras of the sites that the caller reaches, and how each is",
  needs: "video.watch",
  at: "anywhere",
  query: z.object({ site_id: z.string().min(1).max(64).optional(), region: z.string().min(1).max(100).optional() }),
  reply: reply(z.object({ cameras: z.array(Camera) })),
});

const site = z.object({ site_id: z.string().min(1).max(64) });
const params = site.extend({ camera_id: z.uuid() });

export const AddCamera = defineRoute({
  method: "POST",
  path: "/sites/:site_id/cameras",
  summary: "Registers a camera: only registered ones are ever read",
  needs: "camera.manage",
  params: site,
  body: CameraInput,
  reply: reply(Camera),
});

export const TryCamera = defineRoute({
  method: "POST",
  path: "/sites/:site_id/cameras/try",
  summary: "Reads a camera once, as it would be registered or changed, and says what came; nothing of it is kept",
  needs: "camera.manage",
  action: "sites.cameras.try",
  params: site,
  body: CameraTrial,
  reply: reply(
    z.object({
      main: CameraLook,
      /** Null where the camera has no smaller stream. */
      low: CameraLook.nullable(),
    }),
  ),
});

export const ChangeCamera = defineRoute({
  method: "PATCH",
  path: "/sites/:site_id/cameras/:camera_id",
  summary: "Changes a camera; what isn't named stays, its address and password too",
  needs: "camera.manage",
  params,
  body: CameraFields.partial(),
  reply: reply(Camera),
});

export const RemoveCamera = defineRoute({
  method: "DELETE",
  path: "/sites/:site_id/cameras/:camera_id",
  summary: "Removes a camera and its recordings, but those that are held",
  needs: "camera.manage",
  params,
  reply: reply(z.object({ camera_id: z.uuid() })),
});

export const WatchCamera = defineRoute({
  method: "POST",
  path: "/sites/:site_id/cameras/:camera_id/watch",
  summary: "Lets the caller watch: a playlist, and a token for it that each reading of the playlist renews",
  needs: "video.watch",
  params,
  body: z.object({ profile: VideoProfile.default("source") }),
  reply: reply(
    z.object({
      playlist: z.string(),
      /** Also set as a cookie of just this stream; programs send it as bearer token. */
      token: z.string(),
      expires_at: z.iso.datetime(),
      /** What is given: a lower one than was asked for where the lines are full. */
      profile: VideoProfile,
      reason: z.string().nullable(),
    }),
  ),
});

export const VideoLayout = z.enum(["1", "4", "16", "81"]);
export type VideoLayout = z.infer<typeof VideoLayout>;

/** Cameras that somebody wants to see together. */
export const VideoView = z.object({
  view_id: z.uuid(),
  name: z.string(),
  layout: VideoLayout,
  camera_ids: z.array(z.uuid()),
  created_by: z.string(),
});
export type VideoView = z.infer<typeof VideoView>;

export const ListVideoViews = defineRoute({
  method: "GET",
  path: "/video/views",
  summary: "Saved views; each holds the cameras that the caller reaches",
  needs: "video.watch",
  at: "anywhere",
  reply: reply(z.object({ views: z.array(VideoView) })),
});

export const SaveVideoView = defineRoute({
  method: "POST",
  path: "/video/views",
  summary: "Saves a view; one of the same name of the same person is replaced",
  needs: "video.watch",
  at: "anywhere",
  body: z.object({
    name: z.string().trim().min(1).max(100),
    layout: VideoLayout,
    camera_ids: z.array(z.uuid()).min(1).max(500),
  }),
  reply: reply(VideoView),
});

export const RemoveVideoView = defineRoute({
  method: "DELETE",
  path: "/video/views/:view_id",
  summary: "Removes a view of one's own",
  needs: "video.watch",
  at: "anywhere",
  params: z.object({ view_id: z.uuid() }),
  reply: reply(z.object({ view_id: z.uuid() })),
});

/** Browser → server over WALL_PATH: the cameras that are shown now; the next one replaces it. */
export const WallShow = z.object({
  type: z.literal("show"),
  camera_ids: z.array(z.uuid()).max(200),
  width_px: z.int().min(80).max(640).default(320),
});
export type WallShow = z.infer<typeof WallShow>;

/**
 * Server → browser as text: how a camera is, and which number its pictures carry. Pictures are binary: its number
 * (uint16), when it was taken (float64, ms since 1970), then the JPEG; numbers big-endian.
 */
export const WallMessage = z.discriminatedUnion("type", [
  z.object({ type: z.literal("shown"), cameras: z.array(z.object({ camera_id: z.uuid(), number: z.int() })) }),
  z.object({ type: z.literal("trouble"), camera_id: z.uuid(), trouble: CameraTrouble.nullable() }),
  z.object({ type: z.literal("problem"), code: z.string(), detail: z.string() }),
]);
export type WallMessage = z.infer<typeof WallMessage>;
export const WALL_HEADER_BYTES = 10;
