import { type Gigahashes, gigahashes, megahashes, terahashes } from "@banksman/wire/model";
import { amount } from "./number.ts";

/** Makes GH/s of a figure in some unit. */
export type HashrateUnit = (value: number) => Gigahashes;

const UNITS: Record<string, HashrateUnit> = {
  H: (value) => gigahashes(value / 1e9),
  KH: (value) => gigahashes(value / 1e6),
  MH: megahashes,
  GH: gigahashes,
  TH: terahashes,
  PH: (value) => terahashes(value * 1_000),
};

/** The unit a device names (`GH`, `GH/s`, `TH/S`), or null where it names one that is no hashrate of ours (`KSol/s`). */
export function namedUnit(raw: unknown): HashrateUnit | null {
  if (typeof raw !== "string") return null;
  return (
    UNITS[
      raw
        .trim()
        .toUpperCase()
        .replace(/\/S$|S$/, "")
    ] ?? null
  );
}

const WITH_UNIT = /^([\d.]+(?:e[+-]?\d+)?)\s*([kmgtp]?h)(?:\/?s)?$/i;

/** A hashrate in GH/s: a bare figure is in `unit`, a figure with a unit of its own in that. */
export function hashrate(raw: unknown, unit: HashrateUnit): Gigahashes | null {
  const own = typeof raw === "string" ? WITH_UNIT.exec(raw.trim()) : null;
  const value = amount(own ? own[1] : raw);
  if (value === null) return null;
  const rate = ((own && namedUnit(own[2])) ?? unit)(value);
  return Number.isFinite(rate) ? gigahashes(Math.round(rate * PER_KILOHASH) / PER_KILOHASH) : null;
}

/** Rates are kept to 1 kH/s: a division leaves digits behind that no device told. */
const PER_KILOHASH = 1e6;

/**
 * The first rate a record has among `keys`, in the unit that the key's own name tells: `GHS 5s`, `MHS av`, `THS av`;
 * `HS RT` of WhatsMiner is in MH/s whatever it says. `labelled` overrules the name for machines that label MH/s as GHS.
 */
export function namedHashrate(
  fields: Readonly<Record<string, unknown>> | undefined,
  keys: readonly string[],
  labelled?: HashrateUnit,
): Gigahashes | null {
  if (!fields) return null;
  for (const key of keys) {
    const rate = hashrate(fields[key], labelled ?? unitOfKey(key));
    if (rate !== null) return rate;
  }
  return null;
}

function unitOfKey(key: string): HashrateUnit {
  if (key.startsWith("GHS")) return gigahashes;
  if (key.startsWith("THS")) return terahashes;
  if (key.startsWith("KHS")) return (value) => gigahashes(value / 1e6);
  return megahashes;
}
