import { terahashes } from "@banksman/wire/model";
import type { DeviceReading } from "./family.ts";
import { nameplateOf } from "./models/nameplate.ts";
import type { Notes } from "./notes.ts";

/** Outside of this part of the rated hashrate a figure is more likely in the wrong unit than true. */
const PLAUSIBLE = { least: 0.005, most: 3 };
/** A machine that does at least this part of its rate runs all its boards: its sheet's watts are a fair estimate. */
const CLEARLY_HASHING = 0.5;

/** Fills what the model's sheet can tell, marked as such, and says what looks wrong. Changes `reading`. */
export function complete(reading: DeviceReading, notes: Notes): void {
  trim(reading);
  const plate = nameplateOf(reading.make, reading.model);
  if (reading.expected_hashrate_ghs == null && plate?.hashrateThs != null) {
    reading.expected_hashrate_ghs = terahashes(plate.hashrateThs);
  }
  estimatePower(reading, plate?.watts ?? null);
  warnOfUnit(reading, notes);
  if (reading.status !== "hashing" && reading.hashrate_5s_ghs === 0 && (reading.hashrate_ghs ?? 0) > 0) {
    notes.warn("average_is_stale", "the device keeps the average of when it was hashing");
  }
}

/** The most that the wire takes; only a broken device tells more. */
const MOST = { boards: 64, pools: 32, faults: 200, fan_speeds: 32, temperature_chips: 4_000 } as const;

function trim(reading: DeviceReading): void {
  reading.boards = reading.boards?.slice(0, MOST.boards) ?? null;
  reading.pools = reading.pools?.slice(0, MOST.pools) ?? null;
  reading.faults = reading.faults?.slice(0, MOST.faults) ?? null;
  reading.fan_speeds = reading.fan_speeds?.slice(0, MOST.fan_speeds) ?? null;
  reading.temperature_chips = reading.temperature_chips?.slice(0, MOST.temperature_chips) ?? null;
}

function estimatePower(reading: DeviceReading, watts: number | null): void {
  if (reading.power_consumption != null) {
    reading.power_source ??= "reported";
    return;
  }
  reading.power_source = null;
  const rate = reading.hashrate_5s_ghs ?? reading.hashrate_ghs;
  const expected = reading.expected_hashrate_ghs;
  if (watts === null || reading.status !== "hashing" || rate == null || expected == null) return;
  if (rate < CLEARLY_HASHING * expected) return;
  reading.power_consumption = watts;
  reading.power_source = "estimated";
}

function warnOfUnit(reading: DeviceReading, notes: Notes): void {
  const { hashrate_ghs: rate, expected_hashrate_ghs: expected } = reading;
  if (rate == null || rate === 0 || expected == null || expected === 0) return;
  const part = rate / expected;
  if (part > PLAUSIBLE.most || (part < PLAUSIBLE.least && reading.status === "hashing")) {
    notes.warn("implausible_hashrate", `${rate} GH/s where ${expected} GH/s are expected`);
  }
}
