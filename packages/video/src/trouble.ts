import { codeOf, messageOf } from "@banksman/kit";
import type { CameraTrouble } from "@banksman/wire/model";

/** Why a camera gave nothing: the word that people are shown, and what happened. */
export class CameraFailure extends Error {
  readonly trouble: CameraTrouble;
  constructor(trouble: CameraTrouble, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "CameraFailure";
    this.trouble = trouble;
  }
}

/** What was thrown on the way to a camera, as a failure of it. */
export function failureOf(thrown: unknown): CameraFailure {
  if (thrown instanceof CameraFailure) return thrown;
  const cause = typeof thrown === "object" && thrown !== null && "cause" in thrown ? thrown.cause : undefined;
  const code = codeOf(cause) ?? codeOf(thrown);
  const said = messageOf(cause ?? thrown);
  if (code === "EGRESS_REFUSED" || code === "EGRESS_SCHEME") return new CameraFailure("address_refused", said, thrown);
  const isLate = code?.includes("TIMEOUT") === true || (thrown instanceof Error && thrown.name === "TimeoutError");
  return new CameraFailure(isLate ? "too_slow" : "unreachable", said, thrown);
}
