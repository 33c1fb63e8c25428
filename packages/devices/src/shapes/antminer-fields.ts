import type { DeviceReading, ReadField } from "../family.ts";
import type { Notes } from "../notes.ts";
import { amount, count, greatest, mean } from "../read/number.ts";
import { warmCelsius } from "../read/sensors.ts";
import { text } from "../read/text.ts";
import { allChips, hottestParts, totalHardwareErrors } from "./antminer-boards.ts";
import { antminerStatus } from "./antminer-status.ts";
import { type AntminerView, faultsOf, frequencyOf, powerOf } from "./antminer-view.ts";
import { activePool, ownShares } from "./pools.ts";

/** The machine's temperature where its boards tell none: `devs` has one for the whole. */
const deviceTemperatures = (v: AntminerView) => v.devices.map((device) => warmCelsius(device.Temperature));
const temperatures = (v: AntminerView) => (v.boards.length > 0 ? hottestParts(v.boards) : deviceTemperatures(v));

type Readers = { [F in ReadField]?: (view: AntminerView, notes: Notes) => DeviceReading[F] };

/** The fields of everything that kept the shape of Bitmain's answers; a firmware spreads them in and states what differs. */
export const antminerFields = {
  hashrate_ghs: (v) => v.rateAverage,
  hashrate_5s_ghs: (v) => v.rate5s,
  expected_hashrate_ghs: (v) => v.rateIdeal,
  temperature_avg: (v) => mean(temperatures(v)),
  temperature_max: (v) => greatest(temperatures(v)),
  temperature_chips: (v) => allChips(v.boards),
  fan_speeds: (v) => v.fans,
  frequency_avg: frequencyOf,
  accepted_shares: (v) => ownShares(v.pools, "accepted", v.summary?.Accepted),
  rejected_shares: (v) => ownShares(v.pools, "rejected", v.summary?.Rejected),
  hardware_errors: (v) =>
    totalHardwareErrors(v.boards) ?? count(v.summary?.["Hardware Errors"]) ?? count(v.old?.no_matching_work),
  uptime_seconds: (v) => v.elapsed,
  pool_url: (v) => activePool(v.pools)?.url,
  worker_name: (v) => activePool(v.pools)?.worker,
  power_consumption: powerOf,
  status: antminerStatus,
  faults: (v) => (v.old || v.fresh || v.emptyStats ? faultsOf(v, antminerStatus(v) === "hashing") : null),
  boards: (v) => (v.boards.length > 0 ? v.boards : null),
  pools: (v) => (v.pools.length > 0 ? v.pools : null),
  model: (v) => bareModel(v.model),
  firmware: (v) => v.firmware,
} satisfies Readers;

/** The model without the firmware that some hang on it: `Antminer S19 XP (Vnish 1.2.0-rc1)`, `… Hiveon`. */
export const bareModel = (model: string | null): string | null =>
  model === null ? null : text(model.replace(/\s*(?:\(vnish[^)]*\)|hiveon)\s*$/i, ""));

/** A firmware's name before its version, since "4.11.1" alone says nothing. */
export function namedFirmware(name: string, ...versions: unknown[]): string | null {
  const told = versions.map((version) => text(version)).find((version) => version !== null);
  return told === undefined ? name : text(`${name} ${told}`);
}

/** Watts that only count where they aren't 0, since a running machine never draws none. */
export function positiveWatts(raw: unknown): number | null {
  const value = amount(raw);
  return value !== null && value > 0 ? value : null;
}
