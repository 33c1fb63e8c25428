import { z } from "zod";
import { Reading } from "../model/reading.ts";

/** Limits of one upload, known to both ends. */
export const UPLOAD_MAX_READINGS = 20_000;
export const UPLOAD_MAX_INFLATED_BYTES = 64 * 1024 * 1024;

/** What an edge uploads: an array of readings. The server parses row by row, so one bad reading sinks no other. */
export const Upload = z.array(Reading).max(UPLOAD_MAX_READINGS);

/**
 * Headers of an upload. Only the key is needed; curl and the original Python collector send no more than key and site.
 * Times are ISO 8601, the interval is in seconds, the backlog in batches waiting behind this one.
 */
export const UPLOAD_HEADERS = {
  key: "x-collector-key",
  site: "x-site-id",
  batch: "x-batch-id",
  collectedAt: "x-collected-at",
  sentAt: "x-sent-at",
  collector: "x-collector-id",
  version: "x-collector-version",
  interval: "x-collector-interval",
  backlog: "x-collector-backlog",
} as const;

export const RejectedReading = z.object({
  index: z.int(),
  miner_id: z.string().nullable(),
  path: z.string(),
  message: z.string(),
});
export type RejectedReading = z.infer<typeof RejectedReading>;

/** The figures of an upload. `duplicate` and `rejected` are absent in replies of servers that speak only the original API. */
export const UploadFigures = z.object({
  processed: z.int(),
  inserted: z.int(),
  updated: z.int(),
  online: z.int(),
  offline: z.int(),
  processing_time_ms: z.number(),
  duplicate: z.boolean().optional(),
  rejected: z.array(RejectedReading).optional(),
  unknown_fields: z.record(z.string(), z.int()).optional(),
});
export type UploadFigures = z.infer<typeof UploadFigures>;

export const UploadReply = z.object({
  success: z.literal(true),
  inserted: z.int(),
  updated: z.int(),
  data: UploadFigures,
});
export type UploadReply = z.infer<typeof UploadReply>;

/** A refusal: RFC 9457 problem details, with `success: false` and `error` where the original API's clients look. */
export const Problem = z.object({
  success: z.literal(false).optional(),
  error: z.string().optional(),
  type: z.string().optional(),
  title: z.string().optional(),
  status: z.int().optional(),
  detail: z.string().optional(),
  code: z.string().optional(),
  path: z.string().optional(),
  /** The permission that was missing where something was not allowed. */
  needs: z.string().optional(),
});
export type Problem = z.infer<typeof Problem>;
