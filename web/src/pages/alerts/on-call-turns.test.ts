import assert from "node:assert/strict";
import { test } from "node:test";
import { turnsOf } from "./on-call-turns.ts";

const at = (text: string) => Date.parse(`${text}:00Z`);
const order = {
  people: [
    { name: "Li Wei", channels: ["a"] },
    { name: "Ortega", channels: ["b"] },
  ],
  turn_days: 7,
  starts_at: "2026-11-02T00:00:00Z",
  overrides: [],
};
const told = (now: string, overrides: { name: string; from: string; to: string }[] = []) =>
  turnsOf({ ...order, overrides }, at(now), 21).map(({ name, isNow }) => `${name}${isNow ? " now" : ""}`);

test("turns go round from the one under way on", () => {
  assert.deepEqual(told("2026-11-10T12:00"), ["Ortega now", "Li Wei", "Ortega", "Li Wei"]);
});

test("before the first turn nobody is on call", () => {
  assert.deepEqual(told("2026-10-30T00:00"), ["Li Wei", "Ortega", "Li Wei"]);
});

test("somebody else's hours stand where they fall, and are now while they last", () => {
  const hours = [{ name: "Chen", from: "2026-11-10T08:00:00Z", to: "2026-11-10T20:00:00Z" }];
  assert.deepEqual(told("2026-11-10T12:00", hours), ["Ortega", "Chen now", "Li Wei", "Ortega", "Li Wei"]);
  assert.deepEqual(told("2026-11-10T21:00", hours)[0], "Ortega now");
});
