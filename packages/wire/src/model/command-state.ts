import { z } from "zod";
import type { OrderResult } from "./order.ts";

/**
 * What became of a command. Its way is pending-approval → queued → sent → executing → verifying → succeeded, with an
 * early end at each step. `sent` is at the edge, `executing` may have left for the device, `verifying` was taken by the
 * device and is read back. `unknown` is an end until somebody learns more: it is never sent again, but may be settled.
 */
export const CommandState = z.enum([
  "pending-approval",
  "queued",
  "sent",
  "executing",
  "verifying",
  "succeeded",
  "failed",
  "refused",
  "expired",
  "cancelled",
  "unknown",
]);
export type CommandState = z.infer<typeof CommandState>;

type Step = { from: readonly CommandState[]; to: CommandState };

/** A device has at most one command in these. */
export const IN_FLIGHT_STATES = ["sent", "executing", "verifying"] as const satisfies readonly CommandState[];
/** Not over yet. */
export const ACTIVE_STATES = [
  "pending-approval",
  "queued",
  ...IN_FLIGHT_STATES,
] as const satisfies readonly CommandState[];

/** What the device or the edge tells may come late, and settles what was given up as unknown. */
const TOLD_FROM = [...IN_FLIGHT_STATES, "unknown"] as const;

/** Everything that may happen to a command: from where, and where it leads. Nothing leads back to `queued`. */
const STEPS = {
  approve: { from: ["pending-approval"], to: "queued" },
  reject: { from: ["pending-approval"], to: "refused" },
  cancel: { from: ["pending-approval", "queued"], to: "cancelled" },
  /** Its time is over; of one that was sent only the edge can say so, since only it knows that nothing left. */
  expire: { from: ["pending-approval", "queued"], to: "expired" },
  /** An interlock says no when its turn comes. */
  block: { from: ["pending-approval", "queued"], to: "refused" },
  send: { from: ["queued"], to: "sent" },
  begin: { from: ["sent"], to: "executing" },
  verify: { from: ["sent", "executing"], to: "verifying" },
  /** The edge has been silent for too long. */
  lose: { from: IN_FLIGHT_STATES, to: "unknown" },
  succeed: { from: TOLD_FROM, to: "succeeded" },
  fail: { from: TOLD_FROM, to: "failed" },
  refuse: { from: TOLD_FROM, to: "refused" },
  outlive: { from: TOLD_FROM, to: "expired" },
  doubt: { from: TOLD_FROM, to: "unknown" },
} as const satisfies Record<string, Step>;
export type CommandEvent = keyof typeof STEPS;

/** From which states each event is possible. */
export const FROM_STATES = (event: CommandEvent): readonly CommandState[] => STEPS[event].from;

/** The state after an event, or null where it can't happen. */
export function stateAfter(state: CommandState, event: CommandEvent): CommandState | null {
  const step: Step = STEPS[event];
  return step.from.includes(state) ? step.to : null;
}

/** Whether nothing more is to be expected. */
export const isOver = (state: CommandState): boolean => !ACTIVE_STATES.some((active) => active === state);

/** The end that a result means. One that the device took but doesn't show has failed; one it can't show counts as done. */
export function endOf({ outcome, verified, code }: Pick<OrderResult, "outcome" | "verified" | "code">): CommandEvent {
  switch (outcome) {
    case "accepted":
      return verified === "no" ? "fail" : "succeed";
    case "refused":
      return "refuse";
    case "unreachable":
      return code === "expired" ? "outlive" : "fail";
    case "unknown":
      return "doubt";
  }
}
