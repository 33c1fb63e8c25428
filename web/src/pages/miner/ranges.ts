import type { Span } from "../../components/time-chart/model.ts";

/** The ranges that can be chosen, in hours. */
export const RANGES = [6, 12, 24, 48, 168] as const;
export type Range = (typeof RANGES)[number];
export const DEFAULT_RANGE: Range = 24;
const HOUR_MS = 3_600_000;
const LONGEST_HOURS = 168;
const SHORTEST_MS = 5 * 60_000;

/** What a history shows: a range until now, or a span that was picked and then stands still. */
export type View = { range: Range; picked: Span | null };

/** Reads `range=24` and `from`/`to` (ISO times) from the address. */
export function readView(params: URLSearchParams): View {
  const hours = Number(params.get("range"));
  const range = RANGES.find((one) => one === hours) ?? DEFAULT_RANGE;
  const [from, to] = [Date.parse(params.get("from") ?? ""), Date.parse(params.get("to") ?? "")];
  return { range, picked: to > from ? { from, to } : null };
}

/**
 * The span to draw, and the hours to ask the server for so that it is covered. A range that reaches back before the
 * first reading begins with it: an hour of a new miner fills the chart, and in finer steps.
 */
export function spanOf(
  { range, picked }: View,
  now: number,
  firstAt: number | null = null,
): { span: Span; hours: number } {
  const start = now - range * HOUR_MS;
  const from = Math.min(Math.max(start, firstAt ?? start), now - SHORTEST_MS);
  const span = picked ?? { from, to: now };
  const hours = Math.ceil((now - span.from) / HOUR_MS);
  return { span, hours: Math.max(1, Math.min(LONGEST_HOURS, hours)) };
}

/** The next shorter or longer range. */
export function stepRange(range: Range, step: -1 | 1): Range {
  const index = RANGES.indexOf(range) + step;
  return RANGES[Math.max(0, Math.min(RANGES.length - 1, index))] ?? range;
}
