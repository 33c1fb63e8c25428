import { codeOf } from "@banksman/kit";
import type { JobEnd } from "@banksman/wire/model";

/** By codes of PostgreSQL (whole ones, or the class that their first two characters name) and of the system. */
const ENDS: Readonly<Record<string, JobEnd>> = {
  ABORT_ERR: "given_up",
  "57014": "timed_out",
  "53": "out_of_space",
  ENOSPC: "out_of_space",
  "08": "not_reached",
  "57": "not_reached",
  ECONNREFUSED: "not_reached",
  ECONNRESET: "not_reached",
  EPIPE: "not_reached",
  ETIMEDOUT: "not_reached",
  EHOSTUNREACH: "not_reached",
  ENETUNREACH: "not_reached",
  ENOTFOUND: "not_reached",
  EAI_AGAIN: "not_reached",
  "42501": "forbidden",
  EACCES: "forbidden",
  EPERM: "forbidden",
};
/** More connections or memory than there are: no matter of space on the disk. */
const TOO_MANY = /^53[23]00$/;

/** Why a try failed, by what it threw and what that came from. */
export function endOfFailure(thrown: unknown): JobEnd {
  const seen = new Set<unknown>();
  for (let error = thrown; error instanceof Error && !seen.has(error); error = error.cause) {
    seen.add(error);
    const end = endByCode(error);
    if (end) return end;
  }
  return "failed";
}

function endByCode(error: Error): JobEnd | null {
  if (error.name === "AbortError") return "given_up";
  const code = codeOf(error) ?? "";
  if (TOO_MANY.test(code)) return "not_reached";
  return ENDS[code] ?? (/^[0-9A-Z]{5}$/.test(code) ? ENDS[code.slice(0, 2)] : undefined) ?? null;
}
