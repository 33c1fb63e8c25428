import assert from "node:assert/strict";
import { test } from "node:test";
import { MonotonicWall } from "./monotonic-wall.ts";

/** A machine whose clock can be set while time goes on. */
function machine() {
  let monotonic = 0;
  let offset = 1_700_000_000_000;
  return {
    clock: { now: () => monotonic + offset, monotonic: () => monotonic, sleep: async () => undefined },
    pass: (ms: number) => {
      monotonic += ms;
    },
    set: (ms: number) => {
      offset += ms;
    },
  };
}

test("it shows the machine's time while nobody sets it", () => {
  const { clock, pass } = machine();
  const wall = new MonotonicWall(clock);
  pass(5_000);
  assert.equal(wall.now(), clock.now());
});

test("a clock set back by 5 s: time goes on at half speed until they agree, never back", () => {
  const { clock, pass, set } = machine();
  const wall = new MonotonicWall(clock);
  const before = wall.now();
  set(-5_000);
  wall.check();
  let last = wall.now();
  assert.ok(last >= before);
  for (let second = 0; second < 12; second++) {
    pass(1_000);
    wall.check();
    assert.ok(wall.now() >= last);
    last = wall.now();
  }
  assert.equal(wall.now(), clock.now());
  assert.equal(wall.steps, 1);
});

test("a clock set an hour ahead is followed at once and counted", () => {
  const { clock, pass, set } = machine();
  const wall = new MonotonicWall(clock);
  set(3_600_000);
  wall.check();
  assert.equal(wall.now(), clock.now());
  pass(10);
  assert.equal(wall.now(), clock.now());
  assert.equal(wall.steps, 1);
});
