import type { Reading } from "@banksman/wire/model";
import { z } from "zod";
import { defineProcessor } from "./processor.ts";

const range = z.tuple([z.number(), z.number()]);
type Ranged =
  | "hashrate_ghs"
  | "hashrate_5s_ghs"
  | "temperature_avg"
  | "temperature_max"
  | "frequency_avg"
  | "power_consumption";

/** What no device does: a figure out of its range is a fault of whoever told it, so nobody told it. */
export const rangeCheck = defineProcessor({
  id: "range-check",
  title: { zh: "范围检查", en: "Range check" },
  options: z.strictObject({
    hashrate_ghs: range.default([0, 2_000_000]).describe("GH/s"),
    hashrate_5s_ghs: range.default([0, 2_000_000]).describe("GH/s"),
    temperature_avg: range.default([-40, 130]).describe("°C"),
    temperature_max: range.default([-40, 150]).describe("°C"),
    frequency_avg: range.default([0, 2_000]).describe("MHz"),
    power_consumption: range.default([0, 20_000]).describe("W"),
  }),
  create: (options) => (reading) => {
    const wrong = (Object.keys(options) as Ranged[]).filter((name) => {
      const value = reading[name];
      return value != null && (value < options[name][0] || value > options[name][1]);
    });
    if (wrong.length === 0) return reading;
    const warnings = wrong.map((name) => ({ code: "out_of_range", text: `${name} ${reading[name]}` }));
    const cleaned: Reading = { ...reading, warnings: [...(reading.warnings ?? []), ...warnings] };
    for (const name of wrong) cleaned[name] = null;
    return cleaned;
  },
});
