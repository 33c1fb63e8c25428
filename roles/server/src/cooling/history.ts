import type { CoolingHistory } from "@banksman/wire/api";
import { COOLING_DERIVED, COOLING_FIGURES, COOLING_SWITCHES, isCoolingFigure } from "@banksman/wire/model";
import { tidy } from "../fleet/rows.ts";
import { problem } from "../http/problem.ts";
import type { Bucket, CoolingReadStore, CoolingSpan, UnitState } from "./read-store.ts";

const MOST_BUCKETS = 500;
const HOUR_S = 3_600;
const DAY_MS = 86_400_000;
/** Widths that fall on round times. */
const WIDTHS = [10, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 14_400, 21_600, 43_200, 86_400];
const WIDEST = 86_400;
const MOST_VALUES = 24;

/**
 * How a span is read: raw snapshots up to a day, while they are kept; 5-minute roll-ups up to where hours are as fine as
 * the chart; hours beyond. At most 500 buckets, none narrower than what is read.
 */
export function spanOf(from: Date, to: Date, intervalSeconds: number, rawFrom: Date): CoolingSpan {
  const seconds = (to.getTime() - from.getTime()) / 1_000;
  const narrowest = seconds / (MOST_BUCKETS - 1);
  const width = (least: number) => WIDTHS.find((one) => one >= Math.max(narrowest, least)) ?? WIDEST;
  if (seconds <= 24 * HOUR_S && from >= rawFrom)
    return { source: "cooling_snapshots", from, to, seconds: width(intervalSeconds) };
  return { source: width(300) >= HOUR_S ? "cooling_1h" : "cooling_5min", from, to, seconds: width(300) };
}

type Wish = { from?: string | undefined; to?: string | undefined; hours: number };

/** The moments that a query means: `from` and `to`, or the last `hours`. Throws a 400 problem where they cross. */
export function momentsOf({ from, to, hours }: Wish, nowMs: number): { from: Date; to: Date } {
  const end = to === undefined ? new Date(nowMs) : new Date(to);
  const start = from === undefined ? new Date(end.getTime() - hours * HOUR_S * 1_000) : new Date(from);
  if (start >= end) throw problem(400, "INVALID_INPUT", "from must be before to", { path: "from" });
  if (end.getTime() - start.getTime() > 400 * DAY_MS)
    throw problem(400, "INVALID_INPUT", "at most 400 days at once", { path: "from" });
  return { from: start, to: end };
}

const isDerived = (name: string): name is keyof typeof COOLING_DERIVED => Object.hasOwn(COOLING_DERIVED, name);

/** The unit of a value's name; none for switches and ratios. */
function unitOf(name: string): string {
  if (isCoolingFigure(name)) return COOLING_FIGURES[name].unit;
  const derived = name.replace(/^derived\./, "");
  return isDerived(derived) ? COOLING_DERIVED[derived] : "";
}

/** Starts of the buckets that cover a span, oldest first. */
function starts({ from, to, seconds }: CoolingSpan): number[] {
  const width = seconds * 1_000;
  const first = Math.floor(from.getTime() / width) * width;
  return Array.from({ length: Math.ceil((to.getTime() - first) / width) }, (_, n) => first + n * width);
}

/** What a unit tells, or might. */
const isValue = (name: string, fields: readonly string[]): boolean =>
  [...fields, ...COOLING_SWITCHES].includes(name) ||
  isCoolingFigure(name) ||
  (name.startsWith("derived.") && isDerived(name.slice("derived.".length))) ||
  /^socket\.\d+\.\d+$/.test(name);

/** Several values of a unit on one time axis; a bucket in which one was not read has no figures. */
export async function historyOf(
  store: Pick<CoolingReadStore, "history">,
  unit: Pick<UnitState, "site_no" | "unit_no" | "site_id" | "host" | "fields">,
  names: readonly string[],
  span: CoolingSpan,
): Promise<CoolingHistory> {
  if (names.length === 0 || names.length > MOST_VALUES)
    throw problem(400, "INVALID_INPUT", `values: name 1 to ${MOST_VALUES} values`, { path: "values" });
  const strange = names.find((name) => !isValue(name, unit.fields));
  if (strange !== undefined)
    throw problem(400, "INVALID_INPUT", `values: a cooling unit has no value "${strange}"`, { path: "values" });
  const known = [...new Set(names)].filter((name) => unit.fields.includes(name));
  const places = known.map((name) => unit.fields.indexOf(name) + 1);
  const rows = known.length === 0 ? [] : await store.history(unit, places, span);
  const byStart = new Map(rows.map((row) => [row.at.getTime(), row]));
  const times = starts(span);
  const series = [...new Set(names)].map((name) => {
    const n = known.indexOf(name);
    const points = times.map((start) => pointOf(byStart.get(start), n, start));
    return { name, unit: unitOf(name), points };
  });
  const { site_id, host } = unit;
  const [from, to] = [span.from.toISOString(), span.to.toISOString()];
  return { site_id, host, from, to, resolution_seconds: span.seconds, series };
}

function pointOf(row: Bucket | undefined, n: number, start: number) {
  const figure = (part: string): number | null => {
    const value = row?.[`${part}${n}`];
    return typeof value === "number" ? tidy(value) : null;
  };
  return { at: new Date(start).toISOString(), min: figure("min"), avg: figure("avg"), max: figure("max") };
}
