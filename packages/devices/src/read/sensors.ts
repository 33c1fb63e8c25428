import { number } from "./number.ts";

/** Colder or hotter than these no sensor inside a miner is: 255, 254, -273 and the like say "no sensor". */
const COLDEST = -40;
const HOTTEST = 130;
/** A sensor so far below the median of its board has lost its contact, not its heat. */
const TOO_FAR_BELOW = 30;

/** One temperature in °C, or null for a sentinel or what is no figure. */
export function celsius(raw: unknown): number | null {
  const value = number(raw);
  return value !== null && value >= COLDEST && value <= HOTTEST ? value : null;
}

/** A sensor where 0 °C says "not read". */
export function warmCelsius(raw: unknown): number | null {
  const value = celsius(raw);
  return value === 0 ? null : value;
}

/**
 * The sensors of one board from any spelling: `[17, 17, 48]`, `["47125"]` no, `"78-50-69-70"`, `"2--1-20-22"` (2, -1,
 * 20, 22), `"m-m"` (unread). A board of which every sensor reads 0 isn't there: it gives an empty list.
 */
export function boardSensors(raw: unknown): (number | null)[] {
  const values = (Array.isArray(raw) ? raw : dashed(raw)).slice(0, MOST_SENSORS).map(celsius);
  if (values.every((value) => value === null || value === 0)) return [];
  return withoutGlitches(values);
}

/** The wire takes no more a board. */
const MOST_SENSORS = 2_000;

const DASHED = /(-?\d+(?:\.\d+)?|[a-z]+)?(?:-|$)/gi;

/** Splits at the dashes that separate, not at those that say minus. */
function dashed(raw: unknown): unknown[] {
  if (typeof raw === "number") return [raw];
  if (typeof raw !== "string") return [];
  const trimmed = raw.replace(/\s+/g, "");
  if (trimmed === "" || trimmed === "-") return [];
  const parts: unknown[] = [];
  for (const match of trimmed.matchAll(DASHED)) {
    // The pattern also matches the nothing behind the last sensor.
    if (match.index === trimmed.length) break;
    parts.push(match[1] ?? null);
  }
  return parts;
}

/** A reading of -83 beside 62 is a glitch: absent. Nothing is taken away for being hot. */
function withoutGlitches(values: (number | null)[]): (number | null)[] {
  const present = values.filter((value) => value !== null).sort((a, b) => a - b);
  const median = present[Math.floor(present.length / 2)];
  if (median === undefined) return values;
  return values.map((value) => (value !== null && value < median - TOO_FAR_BELOW ? null : value));
}
