import {
  COOLING_FIGURES,
  type CoolingField,
  type CoolingQuality,
  type CoolingValue,
  isCoolingFigure,
} from "@banksman/wire/model";
import { number } from "../read/number.ts";

/** What a driver read of one value: null where the member was there and said nothing usable. */
export type RawValues = Partial<Record<CoolingField, number | boolean | null>>;

/** A word or figure in small letters; empty for all else: an object from a wire may not even be made text. */
export const wordOf = (raw: unknown): string =>
  typeof raw === "string" || typeof raw === "number" || typeof raw === "boolean"
    ? String(raw).trim().toLowerCase()
    : "";

const YES = new Set(["true", "1", "on", "yes", "open"]);
const NO = new Set(["false", "0", "off", "no", "close", "closed"]);

/** On or off, as controllers write it: true, 1, "1", "true", "on"; null for what is neither. */
export function onOff(raw: unknown): boolean | null {
  const word = wordOf(raw);
  if (YES.has(word)) return true;
  return NO.has(word) ? false : null;
}

/** A figure times `scale`, to a millionth, since 0.31 × 1000 leaves digits that nobody measured; null for none. */
export function scaled(raw: unknown, scale = 1): number | null {
  const value = number(raw);
  return value === null ? null : Math.round(value * scale * 1e6) / 1e6;
}

/** Values as the record has them: one outside of its range is null and bad. `distrusted` names those known to be wrong. */
export function valuesOf(
  raw: RawValues,
  at: string,
  { connected, distrusted }: { connected: boolean; distrusted: ReadonlySet<CoolingField> },
): Record<string, CoolingValue> {
  const values: Record<string, CoolingValue> = {};
  for (const [name, told] of Object.entries(raw)) {
    const value = told ?? null;
    const fits = value !== null && isPlausible(name, value);
    const quality: CoolingQuality = !connected
      ? "stale"
      : !fits
        ? "bad"
        : isIn(distrusted, name)
          ? "uncertain"
          : "good";
    values[name] = { value: fits ? value : null, quality, at };
  }
  return values;
}

const isIn = (names: ReadonlySet<string>, name: string): boolean => names.has(name);

function isPlausible(name: string, value: number | boolean): boolean {
  if (!isCoolingFigure(name)) return typeof value === "boolean";
  const { least, most } = COOLING_FIGURES[name];
  return typeof value === "number" && value >= least && value <= most;
}
