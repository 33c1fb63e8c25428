/** The collector that kill.test.ts kills: all of it as the edge builds it, with rounds every few hundred milliseconds. */
import { readFileSync } from "node:fs";
import { coolingFamilies } from "@banksman/devices";
import { createLog, createMetrics, Health, systemClock } from "@banksman/kit";
import { parsedConfig } from "../test-kit.ts";
import { buildCooling } from "./collect-cooling.ts";

type Told = { config: Record<string, unknown>; intervalSeconds: number };
const told: Told = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8"));
const parsed = parsedConfig(told.config);
// The file would not take so short an interval.
const cooling = (parsed.cooling ?? []).map((entry) => ({ ...entry, interval_s: told.intervalSeconds }));
const stop = new AbortController();
process.on("SIGTERM", () => stop.abort());
const stops: (() => void | Promise<void>)[] = [];
const collector = buildCooling({
  config: { ...parsed, cooling },
  path: "child",
  families: coolingFamilies,
  send: () => false,
  clock: { ...systemClock, sleep: (ms, signal) => systemClock.sleep(Math.min(ms, 500), signal) },
  context: {
    log: createLog("kill-child", "info"),
    signal: stop.signal,
    health: new Health(),
    metrics: createMetrics("edge"),
    onStop: (_name, end) => stops.push(end),
  },
});
await collector.run(stop.signal);
for (const end of stops) await end();
