import type { AlertTarget } from "@banksman/wire/model";
import { History } from "./history.ts";
import type { RuleState } from "./state.ts";

/** Rules that stand somehow with a target, by their place in its plan; shared and never changed. */
export type States = ReadonlyMap<number, RuleState>;
export const NO_STATES: States = new Map();

/** One reading of a target: what it told, how long that holds, and how the rules stood after it. */
export type Row = { at: number; holdsMs: number; values: Float64Array; after: States };

/** One thing that is watched, with what of its past may still change or is asked for. */
export type Target = {
  ref: AlertTarget;
  key: string;
  /** In the order of their times; at least the newest, else as far back as a late reading may come. */
  rows: Row[];
  /** How the rules stood before the first of the rows. */
  base: States;
  /** Readings up to this moment are counted already. */
  floor: number;
  /** What windows look at; null where no rule has one. */
  history: History | null;
  /** How the rules stand now, time since the newest row allowed for. */
  now: States;
  /** When time alone changes something next. */
  due: number;
};

export const keyOf = ({ kind, site_id, id }: AlertTarget): string => `${kind}\u0001${site_id ?? ""}\u0001${id}`;

export const newTarget = (ref: AlertTarget, key: string, windows: { fields: number; keepMs: number }): Target => ({
  ref,
  key,
  rows: [],
  base: NO_STATES,
  floor: Number.NEGATIVE_INFINITY,
  history: windows.fields === 0 ? null : new History(windows.fields, windows.keepMs),
  now: NO_STATES,
  due: Number.POSITIVE_INFINITY,
});

/** Puts a row at its place, or over the one of the same moment; gives its index, or -1 when it comes too late to count. */
export function placeRow(target: Target, row: Row, latenessMs: number): number {
  const { rows } = target;
  const newest = rows.at(-1)?.at ?? Number.NEGATIVE_INFINITY;
  if (row.at > newest) {
    rows.push(row);
    // One row older than what may still come late stays: it holds until the next.
    while (rows.length > 1 && (rows[1]?.at ?? 0) <= row.at - latenessMs) {
      target.base = rows[0]?.after ?? target.base;
      rows.shift();
    }
    return rows.length - 1;
  }
  if (row.at <= newest - latenessMs || row.at <= target.floor) return -1;
  let index = rows.length;
  while (index > 0 && (rows[index - 1]?.at ?? 0) > row.at) index--;
  const isSame = index > 0 && rows[index - 1]?.at === row.at;
  if (isSame) rows[index - 1] = row;
  else rows.splice(index, 0, row);
  return isSame ? index - 1 : index;
}
