/**
 * Readers for the ways firmwares write a figure. Each gives null for what isn't there: an absent value must never
 * become a 0.
 */

/** A figure, and at most a unit that leaves its size as it is. `3.25 kW` and `262K` must not pass as 3.25 and 262. */
const FIGURE = /^([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)\s*(?:%|W|V|A|Hz|MHz|RPM|rpm|C|°C|℃|s|\([^)]*\))?$/;

/** Reads `110786.79`, `"54997.01"`, `"3250 W"`, `"967.50 (AB)"`, `"2.448%"`; null for `""`, `"-"`, `"nan"`, `"262K"`. */
export function number(raw: unknown): number | null {
  if (typeof raw === "number") return plausible(raw);
  if (typeof raw !== "string") return null;
  const trimmed = raw.trim();
  // Most are plain, and this runs for every sensor of every chip; what JavaScript reads beyond figures has a letter.
  if (PLAIN.test(trimmed)) return plausible(Number(trimmed));
  const figure = FIGURE.exec(trimmed)?.[1];
  if (figure === undefined) return null;
  return plausible(Number(figure));
}

const PLAIN = /^-?\d+(?:\.\d+)?$/;

/** Nothing that a miner counts is larger; a broken firmware's figures are, and would run over in sums. */
const LARGEST = 1e15;
const plausible = (value: number): number | null => (Math.abs(value) <= LARGEST ? value : null);

/** A figure that can't be below zero: counts, rpm, watts, hashrates. */
export function amount(raw: unknown): number | null {
  const value = number(raw);
  return value !== null && value >= 0 ? value : null;
}

/** A whole, non-negative figure. */
export function count(raw: unknown): number | null {
  const value = amount(raw);
  return value === null ? null : Math.round(value);
}

/** The first of several spellings of a figure that the device gave. */
export function firstAmount(fields: Readonly<Record<string, unknown>> | undefined, ...keys: string[]): number | null {
  if (!fields) return null;
  for (const key of keys) {
    const value = amount(fields[key]);
    if (value !== null) return value;
  }
  return null;
}

/** The sum of what is there, or null where nothing is. */
export function sum(values: readonly (number | null | undefined)[]): number | null {
  const present = values.filter((value) => value != null);
  return present.length === 0 ? null : present.reduce((total, value) => total + value, 0);
}

/** The mean of what is there, to a hundredth, or null where nothing is. */
export function mean(values: readonly (number | null | undefined)[]): number | null {
  const present = values.filter((value) => value != null);
  const total = sum(present);
  return total === null ? null : Math.round((total / present.length) * 100) / 100;
}

/** The greatest of what is there, or null where nothing is. */
export function greatest(values: readonly (number | null | undefined)[]): number | null {
  let most: number | null = null;
  for (const value of values) if (value != null && (most === null || value > most)) most = value;
  return most;
}
