import { test } from "node:test";
import { dayDrill } from "./day.ts";

test("a day of 6,000 miners: every fault is told with its times, nothing else is", (t) => {
  const seed = Number(process.env.SEED ?? 2_026);
  const { samples, alerts, evaluations } = dayDrill({ miners: 6_000, hours: 24, everyS: 60, seed });
  t.diagnostic(`seed ${seed}: ${samples} readings, ${evaluations} evaluations, ${alerts} alerts`);
});
