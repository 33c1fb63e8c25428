import assert from "node:assert/strict";
import { test } from "node:test";
import { dayDrill } from "./day.ts";

test("hours of a site, some readings late, some twice: every fault is told with its times, nothing else is", () => {
  const { alerts } = dayDrill({ miners: 300, hours: 3, everyS: 60, seed: 11 });
  assert.ok(alerts > 40, `${alerts} alerts`);
});
