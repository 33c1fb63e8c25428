import { headerOf, readProtobuf } from "./protobuf.ts";
import { CURRENT_VERSION, type Share, STRUCT_VERSION } from "./share.ts";
import type { Compat } from "./status.ts";
import { readStruct1, readStruct2, STRUCT1_SIZE, STRUCT2_SIZE } from "./structs.ts";

/** Why a message is not counted; each is a label of the counter on /metrics. */
export const REFUSALS = [
  "empty",
  "too_short",
  "unknown_layout",
  "bad_checksum",
  "bad_protobuf",
  "wrong_version",
  "no_job",
  "no_user",
  "no_worker",
  "no_height",
  "no_bits",
  "no_difficulty",
  "implausible_time",
  "other_user",
] as const;
export type Refusal = (typeof REFUSALS)[number];

export type DecodeRules = {
  compat: Compat;
  /** Single-user mode: only this user's shares count, each for its sub-account; null when off. */
  singleUserPuid: number | null;
};

/** Before this second there was no such pool: a V1 share from there is garbage. */
const EARLIEST = 1_467_816_952;

/**
 * Decodes one message of the share log into `share` and says why it is refused, or null when it counts. In g2 a message
 * of 48 bytes is always the old struct; in g4 a header that says protobuf comes first.
 */
export function decodeShare(bytes: Uint8Array, share: Share, rules: DecodeRules): Refusal | null {
  const refusal = readLayout(bytes, share, rules.compat);
  if (refusal !== null) return refusal;
  if (rules.singleUserPuid !== null) {
    if (!share.hasExtUserId || share.userId !== rules.singleUserPuid) return "other_user";
    share.userId = share.extUserId;
  }
  return invalidity(share, rules.compat);
}

function readLayout(bytes: Uint8Array, share: Share, compat: Compat): Refusal | null {
  const { length } = bytes;
  if (length === STRUCT1_SIZE && compat === "g2") {
    readStruct1(bytes, share);
    return null;
  }
  if (length < 4) return length === 0 ? "empty" : "too_short";
  const header = headerOf(bytes);
  if (header === CURRENT_VERSION) return readProtobuf(bytes, share) ? null : "bad_protobuf";
  if (header === STRUCT_VERSION && length === STRUCT2_SIZE) return readStruct2(bytes, share) ? null : "bad_checksum";
  if (length !== STRUCT1_SIZE) return "unknown_layout";
  readStruct1(bytes, share);
  return null;
}

/** What is wrong with a share that could be read. */
function invalidity(share: Share, compat: Compat): Refusal | null {
  if (share.version !== CURRENT_VERSION) return "wrong_version";
  if (share.workerHi === 0 && share.workerLo === 0) return "no_worker";
  if (share.difficultyHi === 0 && share.difficultyLo === 0) return "no_difficulty";
  if (compat === "g2") {
    if (share.userId <= 0) return "no_user";
    // The upper half of a job's id is the time it was made.
    if (share.layout === 1)
      return isPlausible(share.time) && isPlausible(share.jobHi >>> 0) ? null : "implausible_time";
  } else if (share.userId === 0) return "no_user";
  if (share.jobHi === 0 && share.jobLo === 0) return "no_job";
  if (share.height === 0) return "no_height";
  return share.bits === 0 ? "no_bits" : null;
}

const isPlausible = (time: number) => time > EARLIEST;
