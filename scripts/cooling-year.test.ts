import assert from "node:assert/strict";
import { test } from "node:test";
import { firstDays } from "./cooling-year.ts";

test("ten days of simulated containers: no rule fires at a healthy one, and a sensor that stands still is found in a day", () => {
  assert.deepEqual([...firstDays({ name: "healthy", shape: "hydro" }, { seed: 1, days: 10 })], []);
  const ill = firstDays({ name: "ill", shape: "hydro", fault: "stuck_sensor", from: 5 }, { seed: 11, days: 10 });
  assert.deepEqual([...ill], [["cooling-stuck-sensor", 6]]);
});
