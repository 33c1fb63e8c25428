import { type CoolingField, isCoolingFigure } from "@banksman/wire/model";
import { onOff, scaled, wordOf } from "../values.ts";
import type { ProfileReading, ProfileSwitch } from "./profile.ts";
import { fromUnit } from "./units.ts";

/** What stands where a profile looks, as one value of the record; null for none. */
export function readValue(field: CoolingField, raw: unknown, how: ProfileReading): number | boolean | null {
  if (raw === undefined || raw === null || how.sentinels.some((sentinel) => isSame(raw, sentinel))) return null;
  if (!isCoolingFigure(field)) return readSwitch(raw, how);
  const told = scaled(raw, how.scale);
  if (told === null) return null;
  const value = how.unit === undefined ? told : fromUnit(told, how.unit);
  // To a millionth: conversions leave digits that nobody measured.
  const rounded = Math.round((value + how.offset) * 1e6) / 1e6;
  const [least, most] = how.range ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  return rounded < least || rounded > most ? null : rounded;
}

/** On or off, by the profile's own words for "on" where it has some. */
export function readSwitch(raw: unknown, { on, invert }: ProfileSwitch): boolean | null {
  const isOn = on === undefined ? onOff(raw) : raw == null ? null : on.some((one) => isSame(raw, one));
  return isOn === null ? null : isOn !== invert;
}

/** Figures may come as text, and text in any case. */
export const isSame = (raw: unknown, wanted: unknown): boolean =>
  raw === wanted || (wordOf(raw) === wordOf(wanted) && isWord(raw));

const isWord = (raw: unknown): boolean =>
  typeof raw === "string" || typeof raw === "number" || typeof raw === "boolean";
