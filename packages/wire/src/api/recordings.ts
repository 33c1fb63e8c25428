import { z } from "zod";
import { defineRoute, reply } from "./route.ts";

/** A part of a camera's recording: one MP4 file of at most ten minutes. */
export const Recording = z.object({
  recording_id: z.uuid(),
  camera_id: z.uuid(),
  site_id: z.string(),
  camera_name: z.string(),
  from: z.iso.datetime(),
  /** Null while it is being written. */
  to: z.iso.datetime().nullable(),
  bytes: z.int(),
  /** Of the whole file; also in the audit trail. */
  sha256: z.string().nullable(),
  /** Why it was written. */
  because: z.enum(["always", "schedule", "alarm"]),
  /** Held: kept whatever its age. */
  held: z.boolean(),
});
export type Recording = z.infer<typeof Recording>;

const params = z.object({ site_id: z.string().min(1).max(64), camera_id: z.uuid() });
const span = z.object({ from: z.iso.datetime({ offset: true }), to: z.iso.datetime({ offset: true }) });
const recording = z.object({ recording_id: z.uuid() });

export const ListRecordings = defineRoute({
  method: "GET",
  path: "/sites/:site_id/cameras/:camera_id/recordings",
  summary: "What is recorded of a camera in a span of time, the newest first",
  needs: "video.watch",
  params,
  query: span,
  reply: reply(z.object({ recordings: z.array(Recording) })),
});

export const GetRecordingFile = defineRoute({
  method: "GET",
  path: "/recordings/:recording_id/file",
  summary: "A recorded part as MP4; takes byte ranges, so that players can seek",
  needs: "video.watch",
  at: "anywhere",
  params: recording,
  media: "video/mp4",
  reply: z.string(),
});

export const DownloadRecording = defineRoute({
  method: "GET",
  path: "/sites/:site_id/cameras/:camera_id/recordings/download",
  summary: "A span of a camera's recording as one MP4, cut at key frames",
  needs: "video.watch",
  params,
  query: span,
  audited: true,
  action: "recordings.download",
  media: "video/mp4",
  reply: z.string(),
});

export const HoldRecording = defineRoute({
  method: "POST",
  path: "/recordings/:recording_id/hold",
  summary: "Keeps a recording whatever its age, or lets it go again",
  needs: "camera.manage",
  at: "anywhere",
  params: recording,
  body: z.object({ held: z.boolean() }),
  reply: reply(Recording),
});

export const GetAlertClips = defineRoute({
  method: "GET",
  path: "/alerts/:alert_id/clips",
  summary: "Recordings of the alert's site from shortly before it began",
  needs: "video.watch",
  at: "anywhere",
  params: z.object({ alert_id: z.coerce.number().int().min(1).max(2_147_483_647) }),
  reply: reply(z.object({ clips: z.array(Recording) })),
});
