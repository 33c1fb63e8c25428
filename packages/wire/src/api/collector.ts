import { z } from "zod";
import { UploadReply } from "../ingest/upload.ts";
import { defineRoute, reply } from "./route.ts";

const time = z.iso.datetime();

export const PostUpload = defineRoute({
  method: "POST",
  path: "/collector/upload",
  summary: "Takes an array of readings, plain or gzip, all of one sweep or part of it",
  needs: "reading.upload",
  audited: false,
  at: "anywhere",
  reply: UploadReply,
});

export const CollectorStatus = z.object({
  collector_id: z.string(),
  key_name: z.string().nullable(),
  version: z.string().nullable(),
  interval_seconds: z.number().nullable(),
  last_upload_at: time.nullable(),
  last_readings: z.int().nullable(),
  backlog_batches: z.int().nullable(),
  /** Edge clock minus server clock; positive when the edge is ahead. */
  clock_skew_ms: z.number().nullable(),
  address: z.string().nullable(),
});
export type CollectorStatus = z.infer<typeof CollectorStatus>;

const statusReply = reply(z.object({ site_id: z.string(), server_time: time, collectors: z.array(CollectorStatus) }));

export const GetCollectorStatus = defineRoute({
  method: "GET",
  path: "/collector/status",
  summary: "Each collector of a site: last upload, backlog, interval, version, clock skew",
  needs: "reading.read",
  at: "anywhere",
  query: z.object({ site_id: z.string().optional() }),
  reply: statusReply,
});

export const CollectorKey = z.object({
  key_id: z.int(),
  name: z.string(),
  /** The first characters, enough to tell keys apart. */
  hint: z.string(),
  created_at: time,
  created_by: z.string().nullable(),
  last_used_at: time.nullable(),
  revoked_at: time.nullable(),
});
export type CollectorKey = z.infer<typeof CollectorKey>;

const siteParams = z.object({ site_id: z.string() });

export const ListCollectorKeys = defineRoute({
  method: "GET",
  path: "/sites/:site_id/collector-keys",
  summary: "The collector keys of a site, without the keys themselves",
  needs: "collector.manage",
  params: siteParams,
  reply: reply(z.object({ keys: z.array(CollectorKey) })),
});

export const CreateCollectorKey = defineRoute({
  method: "POST",
  path: "/sites/:site_id/collector-keys",
  summary: "Makes a key for an edge; the reply is the only time it is shown",
  needs: "collector.manage",
  params: siteParams,
  body: z.object({ name: z.string().trim().min(1).max(100).default("collector") }),
  reply: reply(CollectorKey.extend({ collector_key: z.string() })),
});

export const RevokeCollectorKey = defineRoute({
  method: "DELETE",
  path: "/sites/:site_id/collector-keys/:key_id",
  summary: "Revokes a key at once",
  needs: "collector.manage",
  params: z.object({ site_id: z.string(), key_id: z.coerce.number().int().min(0).max(2_147_483_647) }),
  reply: reply(CollectorKey),
});
