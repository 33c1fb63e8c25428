import assert from "node:assert/strict";
import { test } from "node:test";
import { isDue, shiftAt, TURN_MS, takingOver, viewAt } from "./wall-turn.ts";

test("views take turns by the clock; with one there is none to take", () => {
  const turns = [0, TURN_MS - 1, TURN_MS, 2 * TURN_MS].map((at) => viewAt(["fleet", "cooling"], at));
  assert.deepEqual(turns, ["fleet", "fleet", "cooling", "fleet"]);
  assert.equal(viewAt(["fleet"], 5 * TURN_MS), "fleet");
});

test("the picture moves a little each minute and comes back", () => {
  const minutes = [0, 1, 2, 3, 4].map((minute) => shiftAt(minute * 60_000).join());
  assert.equal(new Set(minutes).size, 4);
  assert.equal(minutes[0], minutes[4]);
});

test("it starts anew after a day, and not while the server is away", () => {
  const day = 24 * 3_600_000;
  assert.deepEqual([isDue(0, day, true), isDue(0, day + 1, true), isDue(0, day + 1, false)], [false, true, false]);
});

test("an urgent alert that nobody took has half of the wall, for ten minutes", () => {
  const since = new Date(0).toISOString();
  const alert = { level: "urgent", state: "firing", since, suppressed: null } as const;
  const others = [
    { ...alert, level: "severe" as const },
    { ...alert, state: "acknowledged" as const },
  ];
  assert.deepEqual(takingOver([alert, ...others], 60_000), [alert]);
  assert.deepEqual(takingOver([alert], 11 * 60_000), []);
});
