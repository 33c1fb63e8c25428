import type { LocalText } from "@banksman/wire/model";

/**
 * A stretch of what a field told, oldest first: `values[i]` at `times[i]` (ms) for `from ≤ i < to`. NaN is a reading
 * that did not tell it. Texts and yes or no come as numbers that are equal when they are equal.
 */
export type Stretch = { times: Float64Array; values: Float64Array; from: number; to: number };

/** A function that conditions call on a field and a window: `avg(hashrate_ghs, "10m")`. */
export type AlertFunction = {
  /** Name in conditions, and of the file. */
  id: string;
  title: LocalText;
  /** What it gives: a number, or yes and no (1 and 0). */
  gives: "number" | "bool";
  /** Of which fields. */
  takes: "number" | "any";
  example: string;
  about: LocalText;
  /** NaN when there is too little to tell. */
  compute: (stretch: Stretch) => number;
};

/** Declares a function for conditions; the only way to make one, here and in plugins. */
export const defineAlertFunction = (definition: AlertFunction): AlertFunction => definition;

/** Folds the readings that told the field; `start` where none did. */
export function fold(
  { values, from, to }: Stretch,
  start: number,
  step: (folded: number, value: number) => number,
): number {
  let folded = start;
  for (let index = from; index < to; index++) {
    const value = values[index] ?? Number.NaN;
    if (!Number.isNaN(value)) folded = step(folded, value);
  }
  return folded;
}

/** How many readings told the field. */
export const known = (stretch: Stretch): number => fold(stretch, 0, (count) => count + 1);
