import type { HistoryPoint } from "@banksman/wire/api";

/** One bucket: its start in ms, and its least, mean and greatest value; null where nothing was read. */
export type ChartPoint = { at: number; min: number | null; avg: number | null; max: number | null };

export type ChartSeries = {
  name: string;
  /** Token path of its colour. */
  colour: string;
  points: readonly ChartPoint[];
  /** Shows least to greatest as a band. */
  band?: boolean;
  /** A dashed line to compare with, such as a nameplate that changes with the fleet. */
  dashed?: boolean;
  /** Fills below the line. */
  area?: boolean;
};

/** One plot of a chart; all plots share the time axis and the crosshair. */
export type ChartPlot = {
  key: string;
  unit: string;
  series: readonly ChartSeries[];
  digits: number;
  /** Hashrate and power start at 0; temperatures would lose their shape. */
  fromZero?: boolean;
  /** A dashed line to compare with: the nameplate. */
  plan?: number | null;
  height: number;
};

/** Something that happened, as a line across all plots with a flag: an alarm, an order. */
export type ChartMark = { at: number; label: string /** Token path. */; colour: string };

export type Span = { from: number; to: number };

const SHORTEST_MS = 30 * 60_000;

/** The last hours up to `now`, or as far back as anything is known: a young history fills its chart. */
export function spanFrom(hours: number, plots: readonly ChartPlot[], now: number): Span {
  const known = plots.flatMap(({ series }) =>
    series.map(({ points }) => points.find(({ avg }) => avg !== null)?.at ?? now),
  );
  const first = Math.min(now, ...known);
  return { from: Math.min(Math.max(now - hours * 3_600_000, first), now - SHORTEST_MS), to: now };
}

/** A history reply's points in a screen's unit. */
export const pointsOf = (points: readonly HistoryPoint[], factor = 1): ChartPoint[] =>
  points.map(({ timestamp, min, avg, max }) => ({
    at: Date.parse(timestamp),
    min: min === null ? null : min * factor,
    avg: avg === null ? null : avg * factor,
    max: max === null ? null : max * factor,
  }));

/**
 * The spans without data that are longer than two intervals, from the first reading on and up to `span.to`: what is
 * hatched. Before the first reading there was nothing to miss.
 */
export function gapsOf(points: readonly ChartPoint[], span: Span, intervalMs: number): Span[] {
  const times = points.filter((point) => point.avg !== null).map((point) => point.at);
  const inside = times.filter((at) => at >= span.from && at <= span.to);
  const gaps: Span[] = [];
  const before = times.findLast((at) => at < span.from);
  let last = before === undefined ? inside[0] : span.from;
  if (last === undefined) return [];
  for (const at of [...inside, span.to]) {
    if (at - last > 2 * intervalMs) gaps.push({ from: last, to: at });
    last = at + intervalMs;
  }
  return gaps;
}

/** Marks within a thirtieth of the span stand behind one flag, which counts them and has the first one's colour. */
const TOGETHER = 30;

/** The marks within a span, in order, those that would cover each other as one. */
export function flagsOf(marks: readonly ChartMark[], { from, to }: Span): ChartMark[] {
  const inside = marks.filter(({ at }) => at >= from && at <= to).toSorted((a, b) => a.at - b.at);
  const groups: ChartMark[][] = [];
  for (const mark of inside) {
    const last = groups.at(-1);
    if (last?.[0] && mark.at - last[0].at < (to - from) / TOGETHER) last.push(mark);
    else groups.push([mark]);
  }
  return groups.flatMap(([first, ...more]) =>
    first ? [{ ...first, label: more.length > 0 ? `${first.label} +${more.length}` : first.label }] : [],
  );
}
