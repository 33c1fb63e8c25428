import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import {
  ACTIVE_STATES,
  type CommandEvent,
  CommandState,
  endOf,
  FROM_STATES,
  IN_FLIGHT_STATES,
  isOver,
  stateAfter,
} from "./command-state.ts";
import { OrderOutcome, OrderVerified } from "./order.ts";

const EVENTS = [
  "approve",
  "reject",
  "cancel",
  "expire",
  "block",
  "send",
  "begin",
  "verify",
  "lose",
  "succeed",
  "fail",
  "refuse",
  "outlive",
  "doubt",
] as const satisfies readonly CommandEvent[];

const event = fc.constantFrom(...EVENTS);
const isInFlight = (state: CommandState) => IN_FLIGHT_STATES.some((one) => one === state);

/** Every state a command goes through under these events; those that can't happen change nothing. */
function walk(start: CommandState, events: readonly CommandEvent[]): CommandState[] {
  const states = [start];
  for (const one of events) {
    const next = stateAfter(states.at(-1) ?? start, one);
    if (next !== null) states.push(next);
  }
  return states;
}

describe("the states of a command, whatever happens in whatever order", () => {
  const start = fc.constantFrom<CommandState>("pending-approval", "queued");

  test("it is sent at most once", () => {
    fc.assert(
      fc.property(start, fc.array(event, { maxLength: 40 }), (from, events) => {
        const states = walk(from, events);
        assert.ok(states.filter((state) => state === "sent").length <= 1, states.join(" → "));
        const first = states.findIndex((state) => state !== "pending-approval" && state !== "queued");
        assert.ok(first === -1 || !states.slice(first).includes("queued"), states.join(" → "));
      }),
    );
  });

  test("an end is an end, but what was unknown may be settled", () => {
    fc.assert(
      fc.property(start, fc.array(event, { maxLength: 40 }), (from, events) => {
        const states = walk(from, events);
        const end = states.findIndex((state) => isOver(state) && state !== "unknown");
        assert.ok(end === -1 || end === states.length - 1, states.join(" → "));
        const lost = states.indexOf("unknown");
        assert.ok(lost === -1 || states.slice(lost + 1).every(isOver), states.join(" → "));
      }),
    );
  });

  test("what needs a second person never leaves without one", () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        const states = walk(
          "pending-approval",
          events.filter((one) => one !== "approve"),
        );
        assert.ok(!states.some(isInFlight), states.join(" → "));
      }),
    );
  });

  test("what has left can be neither cancelled nor expired nor approved by the server", () => {
    for (const state of IN_FLIGHT_STATES) {
      for (const one of ["approve", "reject", "cancel", "expire", "block", "send"] as const) {
        assert.equal(stateAfter(state, one), null, `${one} of ${state}`);
      }
    }
  });

  test("every state but the ends leads on, and every event is possible somewhere", () => {
    for (const state of ACTIVE_STATES) assert.ok(EVENTS.some((one) => stateAfter(state, one) !== null));
    for (const one of EVENTS) {
      const from = FROM_STATES(one);
      assert.ok(from.length > 0 && from.every((state) => stateAfter(state, one) !== null), one);
    }
    assert.deepEqual(
      CommandState.options.filter((state) => !isOver(state)),
      [...ACTIVE_STATES],
    );
  });

  test("a result means an end: seen is done, taken and not seen has failed, no answer is unknown", () => {
    const ends = OrderOutcome.options.flatMap((outcome) =>
      OrderVerified.options.map((verified) => [outcome, verified, endOf({ outcome, verified, code: null })]),
    );
    assert.deepEqual(ends, [
      ["accepted", "yes", "succeed"],
      ["accepted", "no", "fail"],
      ["accepted", "not_checked", "succeed"],
      ["refused", "yes", "refuse"],
      ["refused", "no", "refuse"],
      ["refused", "not_checked", "refuse"],
      ["unreachable", "yes", "fail"],
      ["unreachable", "no", "fail"],
      ["unreachable", "not_checked", "fail"],
      ["unknown", "yes", "doubt"],
      ["unknown", "no", "doubt"],
      ["unknown", "not_checked", "doubt"],
    ]);
    assert.equal(endOf({ outcome: "unreachable", verified: "not_checked", code: "expired" }), "outlive");
  });
});
