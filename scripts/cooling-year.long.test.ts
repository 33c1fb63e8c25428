import assert from "node:assert/strict";
import { test } from "node:test";
import { type Box, firstDays } from "./cooling-year.ts";

const DAYS = 365;

const HEALTHY: Box[] = [
  { name: "a healthy hydro box", shape: "hydro" },
  { name: "another healthy hydro box", shape: "hydro" },
  { name: "a healthy box of oil", shape: "immersion" },
  { name: "another healthy box of oil", shape: "immersion" },
];
const ILL: (Box & { from: number; finds: string; within: number })[] = [
  {
    name: "a supply sensor that stands still",
    shape: "hydro",
    fault: "stuck_sensor",
    from: 100,
    finds: "cooling-stuck-sensor",
    within: 2,
  },
  {
    name: "a loop that loses its coolant slowly",
    shape: "hydro",
    fault: "slow_leak",
    from: 200,
    finds: "cooling-slow-leak",
    within: 7,
  },
  {
    name: "a dry cooler that gets dirty",
    shape: "immersion",
    fault: "fouling",
    from: 150,
    finds: "cooling-fouling",
    within: 45,
  },
];

for (const [i, box] of HEALTHY.entries())
  test(`a year of ${box.name} raises no false alarm`, () => {
    assert.deepEqual([...firstDays(box, { seed: i + 1, days: DAYS })], []);
  });

for (const [i, box] of ILL.entries())
  test(`${box.name} is found within ${box.within} days, and not before`, (t) => {
    const found = firstDays(box, { seed: i + 11, days: DAYS });
    const day = found.get(box.finds) ?? Number.NaN;
    t.diagnostic(JSON.stringify([...found]));
    assert.ok(day >= box.from && day <= box.from + box.within, `found ${JSON.stringify([...found])}`);
  });
