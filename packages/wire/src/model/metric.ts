import { z } from "zod";

/** Every numeric series of a miner that history answers, with the unit of its figures. */
export const METRIC_UNITS = {
  hashrate_ghs: "GH/s",
  hashrate_5s_ghs: "GH/s",
  expected_hashrate_ghs: "GH/s",
  temperature_avg: "°C",
  temperature_max: "°C",
  temperature_chips: "°C",
  fan_speeds: "rpm",
  frequency_avg: "MHz",
  accepted_shares: "shares",
  rejected_shares: "shares",
  hardware_errors: "errors",
  uptime_seconds: "s",
  power_consumption: "W",
  latency_ms: "ms",
} as const;

export type Metric = keyof typeof METRIC_UNITS;
const names = Object.keys(METRIC_UNITS) as [Metric, ...Metric[]];
export const Metric = z.enum(names);
