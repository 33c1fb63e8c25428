import assert from "node:assert/strict";
import { test } from "node:test";
import { startOf } from "./starts.ts";

test("reading begins at the offset that the brokers name for the moment, and is caught up at the end seen then", () => {
  assert.deepEqual(startOf({ low: 10, high: 900, atTime: 400 }, undefined), { from: 400, target: 900, probe: null });
});

test("a known position goes before the moment", () => {
  assert.deepEqual(startOf({ low: 10, high: 900, atTime: 400 }, 700), { from: 700, target: 900, probe: null });
  assert.deepEqual(startOf({ low: 10, high: 900, atTime: 400 }, 900), { from: 900, target: 900, probe: null });
});

test("a position that retention has overtaken, or of a topic made anew, counts for nothing", () => {
  assert.equal(startOf({ low: 500, high: 900, atTime: 600 }, 400).from, 600);
  assert.equal(startOf({ low: 0, high: 50, atTime: 20 }, 400).from, 20);
});

test("the end as the answer is checked against the newest message", () => {
  assert.deepEqual(startOf({ low: 10, high: 900, atTime: 900 }, undefined), {
    from: 899,
    target: 900,
    probe: { low: 10 },
  });
});

test("an empty partition is caught up where it begins", () => {
  assert.deepEqual(startOf({ low: 0, high: 0, atTime: 0 }, undefined), { from: 0, target: 0, probe: null });
  assert.deepEqual(startOf({ low: 7, high: 7, atTime: 7 }, undefined), { from: 7, target: 7, probe: null });
});

test("an answer outside the partition is brought inside", () => {
  assert.equal(startOf({ low: 10, high: 900, atTime: -1 }, undefined).from, 10);
});
