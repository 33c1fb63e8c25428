import { z } from "zod";
import { CoolingRecord } from "../model/cooling.ts";
import { CoolingUnitKey } from "../model/cooling-unit.ts";

/** Limits of one upload, known to both ends; its body may inflate to UPLOAD_MAX_INFLATED_BYTES as any other. */
export const COOLING_UPLOAD_MAX_READINGS = 2_000;
export const COOLING_UPLOAD_MAX_FAILURES = 5_000;
export const COOLING_UPLOAD_MAX_ROUNDS = 1_000;

const time = z.iso.datetime();
const count = z.int().min(0).max(1_000_000);

/** One round over the units that a collector holds: how many were read in time, put off to a later try, or given up. */
export const CoolingRound = z.object({
  round_at: time,
  duration_ms: z.number().min(0).max(86_400_000),
  done: count,
  deferred: count,
  failed: count,
});
export type CoolingRound = z.infer<typeof CoolingRound>;

/** `fast`: within the round; `retry`: after its deadline; `slow`: with what takes longer to ask. */
export const CoolingLane = z.enum(["fast", "slow", "retry"]);
export type CoolingLane = z.infer<typeof CoolingLane>;

/**
 * One unit in one round. (site, host, round_at) names it: sent twice, it is stored once. Where one round reads a unit twice
 * (its fast and its slow lane), the record with the later `at` takes the other's place, in whatever order they come.
 */
export const CoolingReading = CoolingUnitKey.extend({ round_at: time, lane: CoolingLane, record: CoolingRecord });
export type CoolingReading = z.infer<typeof CoolingReading>;

/** A unit that could not be read, with the state of its circuit breaker afterwards. */
export const CoolingFailure = CoolingUnitKey.extend({
  round_at: time,
  code: z.string().min(1).max(64),
  reason: z.string().max(1_000),
  breaker: z.enum(["closed", "open", "half_open"]),
});
export type CoolingFailure = z.infer<typeof CoolingFailure>;

/** What an edge uploads, with the headers of any other upload. The server parses readings and failures one by one. */
export const CoolingUpload = z.object({
  batch_id: z.uuid(),
  collector_id: z.string().min(1).max(128),
  rounds: z.array(CoolingRound).max(COOLING_UPLOAD_MAX_ROUNDS),
  readings: z.array(CoolingReading).max(COOLING_UPLOAD_MAX_READINGS),
  failures: z.array(CoolingFailure).max(COOLING_UPLOAD_MAX_FAILURES),
});
export type CoolingUpload = z.infer<typeof CoolingUpload>;

/**
 * Why a reading was not stored. `unknown_unit`: of another site, and not registered to be read from here;
 * `read_elsewhere`: registered to be read by another site's collectors; `clock`: dated more than 10 minutes ahead or
 * beyond what is kept; `not_valid`: not a reading of this form. Sending it again changes none of them.
 */
export const CoolingRefusalCode = z.enum(["unknown_unit", "read_elsewhere", "clock", "not_valid"]);
export type CoolingRefusalCode = z.infer<typeof CoolingRefusalCode>;

export const CoolingRefusal = z.object({
  /** As sent; empty where the reading names none. */
  site_id: z.string(),
  host: z.string(),
  code: CoolingRefusalCode,
  detail: z.string(),
});
export type CoolingRefusal = z.infer<typeof CoolingRefusal>;

/** The whole upload is done with: what is refused is told once and never sent again. */
export const CoolingUploadReply = z.object({
  success: z.literal(true),
  stored: z.int(),
  duplicates: z.int(),
  refused: z.array(CoolingRefusal),
});
export type CoolingUploadReply = z.infer<typeof CoolingUploadReply>;
