import { COOLING_HEADLINES, type CoolingFault, type CoolingState, type CoolingUnitRow } from "@banksman/wire/api";
import { AlertLevel, COOLING_DERIVED, type CoolingDerived, CoolingRecord, LIST_SECONDS } from "@banksman/wire/model";
import { z } from "zod";
import { tidy } from "../fleet/rows.ts";
import type { FaultRow, UnitState } from "./read-store.ts";

/** Intervals without a record after which nobody reads a unit any more. */
const PATIENCE = 3;

export const toFault = ({ since, until, fault }: FaultRow): CoolingFault => ({
  ...fault,
  since: since.toISOString(),
  until: until?.toISOString() ?? null,
});

const rank = ({ level }: CoolingFault) => AlertLevel.options.indexOf(level);
export const worstFirst = (faults: readonly CoolingFault[]): CoolingFault[] =>
  faults.toSorted((a, b) => rank(a) - rank(b) || a.since.localeCompare(b.since));

/** Many people look at the same rows: each is taken apart once. */
const records = new WeakMap<UnitState, CoolingRecord | null>();

/** What was kept of a unit's newest record; it was checked when it came. */
export function recordOf(unit: UnitState): CoolingRecord | null {
  const known = records.get(unit);
  if (known !== undefined) return known;
  const record = unit.record ? CoolingRecord.parse(unit.record) : null;
  records.set(unit, record);
  return record;
}

const Derived = z.record(z.string(), z.number().nullable());

/** Derived values as they were reckoned when the record came. */
export function derivedOf({ derived }: UnitState): CoolingDerived {
  const told = derived ? Derived.parse(derived) : {};
  const names = Object.keys(COOLING_DERIVED) as (keyof CoolingDerived)[];
  return Object.fromEntries(
    names.map((name) => [name, typeof told[name] === "number" ? tidy(told[name]) : null]),
  ) as CoolingDerived;
}

/** What a unit is up to at `nowMs`, by when it was read, when reading failed, and what its record says. */
export function stateOf(unit: UnitState, connected: boolean | null, nowMs: number): CoolingState {
  if (!unit.enabled) return "off";
  if (unit.received_at === null) return unit.failed_at === null ? "new" : "failing";
  if (unit.failed_at !== null) return "failing";
  // By when it came, not by the collector's clock.
  if (nowMs - unit.received_at.getTime() > PATIENCE * unit.interval_s * 1_000) return "silent";
  return connected === false ? "lost" : "online";
}

/**
 * What a container last told of its miners, until that is stale: three lists missed. A record that tells nothing of them, as
 * the first ones of an edge that took the unit over, takes nothing back.
 */
export function minersOf(unit: UnitState, nowMs: number) {
  const heldMs = PATIENCE * Math.max(LIST_SECONDS, unit.interval_s) * 1_000;
  const isHeld = (at: Date | null): at is Date => at !== null && nowMs - at.getTime() <= heldMs;
  const isListed = isHeld(unit.listed_at);
  return {
    count: isHeld(unit.counted_at) ? unit.miner_count : null,
    hashrate_ghs: isListed ? unit.hashrate_ghs : null,
    listed_at: isListed ? unit.listed_at : null,
  };
}

/** One unit in a list, with the values of these names. */
export function toRow(
  unit: UnitState,
  faults: readonly FaultRow[],
  nowMs: number,
  names: readonly string[] | "all" = COOLING_HEADLINES,
): CoolingUnitRow {
  const record = recordOf(unit);
  const values = record?.values ?? {};
  const miners = minersOf(unit, nowMs);
  const shown =
    names === "all"
      ? values
      : Object.fromEntries(names.flatMap((name) => (values[name] ? [[name, values[name]]] : [])));
  const place = (name: "longitude" | "latitude"): number | null => {
    const told = values[`geo.${name}`]?.value;
    return typeof told === "number" ? told : unit[name];
  };
  return {
    site_id: unit.site_id,
    host: unit.host,
    unit_no: unit.unit_no,
    name: unit.name,
    state: stateOf(unit, record?.connected ?? null, nowMs),
    driver: record?.driver ?? unit.driver,
    profile: record?.profile ?? null,
    make: record?.make ?? null,
    model: record?.model ?? null,
    at: unit.at?.toISOString() ?? null,
    age_s: unit.at ? Math.max(0, (nowMs - unit.at.getTime()) / 1_000) : null,
    round_at: unit.round_at?.toISOString() ?? null,
    values: shown,
    derived: derivedOf(unit),
    faults: worstFirst(faults.filter(({ unit_no }) => unit_no === unit.unit_no).map(toFault)),
    failure:
      unit.failed_at && unit.failure
        ? { at: unit.failed_at.toISOString(), ...unit.failure, rounds: unit.failed_rounds ?? 1 }
        : null,
    miners: miners.count,
    hashrate_ghs: miners.hashrate_ghs,
    longitude: place("longitude"),
    latitude: place("latitude"),
  };
}
