import { MISSING, number } from "../../format/format.ts";
import { clock, date, shortClock } from "../../format/time.ts";
import { colour, type ThemeMode, tokens } from "../../theme/tokens.ts";
import { axisOf, digitsOf } from "./axis.ts";
import {
  type ChartMark,
  type ChartPlot,
  type ChartPoint,
  type ChartSeries,
  flagsOf,
  gapsOf,
  type Span,
} from "./model.ts";

export type ChartInput = {
  plots: readonly ChartPlot[];
  span: Span;
  zone: string;
  theme: ThemeMode;
  /** Milliseconds of one bucket. */
  intervalMs: number;
  /** What fills spans without data. */
  hatch: HTMLCanvasElement | null;
  marks?: readonly ChartMark[] | undefined;
};

const DASHES = [4, 3];
const LEFT_PX = 48;
const RIGHT_PX = 12;
const HEAD_PX = 24;
const FOOT_PX = 20;
const FLAG_PX = 110;

/** The height of a chart with these plots. */
export const chartHeight = (plots: readonly ChartPlot[]): number =>
  plots.reduce((sum, plot) => sum + plot.height + HEAD_PX, FOOT_PX + 4);

const tops = (plots: readonly ChartPlot[]) =>
  plots.map((_, index) => HEAD_PX + plots.slice(0, index).reduce((sum, plot) => sum + plot.height + HEAD_PX, 0));

const DAY_MS = 86_400_000;

/** Everything that ECharts is told: plots under each other on one time axis with one crosshair. */
export function chartOptions(input: ChartInput) {
  const { plots, span, zone, theme } = input;
  const muted = colour("text.muted", theme);
  const top = tops(plots);
  const longSpan = span.to - span.from > 2 * DAY_MS;
  const label = (at: number) =>
    longSpan ? `${date(at, zone).slice(5)} ${shortClock(at, zone)}` : shortClock(at, zone);
  return {
    animation: false,
    title: plots.map((plot, index) => ({
      text: plot.unit,
      left: LEFT_PX + 4,
      top: (top[index] ?? 0) - HEAD_PX + 2,
      padding: 0,
      textStyle: { fontSize: tokens.chart.axisFont, fontWeight: 400, color: muted },
    })),
    grid: plots.map((plot, index) => ({
      left: LEFT_PX,
      right: RIGHT_PX,
      top: top[index],
      height: plot.height,
      containLabel: false,
    })),
    xAxis: plots.map((_, index) => ({
      type: "time",
      gridIndex: index,
      min: span.from,
      max: span.to,
      splitNumber: 6,
      axisTick: { show: false },
      axisLine: { show: true, lineStyle: { color: colour("data.grid", theme) } },
      axisLabel: { show: index === plots.length - 1, formatter: label, color: muted, hideOverlap: true },
    })),
    yAxis: plots.map((plot, index) => {
      const axis = axisOf(plot);
      const formatter = (value: number) => number(value, digitsOf(axis.interval));
      return { type: "value", gridIndex: index, ...axis, axisLabel: { color: muted, formatter } };
    }),
    axisPointer: {
      link: [{ xAxisIndex: "all" }],
      label: { show: false },
      lineStyle: { color: colour("data.crosshair", theme), width: tokens.chart.annotationWidth, type: "solid" },
    },
    tooltip: {
      trigger: "axis",
      confine: true,
      backgroundColor: colour("surface.raised", theme),
      borderColor: colour("border.default", theme),
      textStyle: { color: colour("text.primary", theme), fontSize: tokens.font.size.small },
      formatter: (hits: unknown) => tooltipText(hits, input),
    },
    series: plots.flatMap((plot, index) => seriesOf(plot, index, input)),
  };
}

function seriesOf(plot: ChartPlot, index: number, input: ChartInput): object[] {
  const lines = plot.series.flatMap((one, order) => [
    ...bandOf(one, `${index}-${order}`, index, input),
    lineOf(one, index, input),
  ]);
  const first = plot.series[0];
  return first ? [...lines, marksOf(plot, first, index, input)] : lines;
}

const base = (index: number) => ({
  type: "line",
  xAxisIndex: index,
  yAxisIndex: index,
  showSymbol: false,
  connectNulls: false,
  animation: false,
});

/** A line of one point would not be seen at all: it gets a dot. */
const isLone = (points: readonly ChartPoint[]) => points.filter((point) => point.avg !== null).length === 1;

function lineOf(series: ChartSeries, index: number, { theme }: ChartInput): object {
  const stroke = colour(series.colour, theme);
  return {
    ...base(index),
    name: series.name,
    showSymbol: isLone(series.points),
    data: series.points.map((point) => [point.at, point.avg]),
    lineStyle: { width: tokens.chart.line, color: stroke, ...(series.dashed ? { type: DASHES } : {}) },
    itemStyle: { color: stroke },
    emphasis: { disabled: true },
    ...(series.area ? { areaStyle: { color: stroke, opacity: tokens.chart.bandOpacity / 2 } } : {}),
  };
}

/** A band is an unseen line at the least value with a filled one stacked up to the greatest. */
function bandOf(series: ChartSeries, stack: string, index: number, { theme }: ChartInput): object[] {
  if (!series.band) return [];
  const hidden = {
    ...base(index),
    stack,
    silent: true,
    lineStyle: { opacity: 0 },
    tooltip: { show: false },
    emphasis: { disabled: true },
  };
  const height = ({ min, max }: ChartPoint) => (min === null || max === null ? null : max - min);
  return [
    { ...hidden, name: `${stack}-low`, data: series.points.map((point) => [point.at, point.min]) },
    {
      ...hidden,
      name: `${stack}-high`,
      data: series.points.map((point) => [point.at, height(point)]),
      areaStyle: { color: colour(series.colour, theme), opacity: tokens.chart.bandOpacity },
    },
  ];
}

/** Hatches where nothing was read, and the dashed line of the nameplate. */
function marksOf(plot: ChartPlot, first: ChartSeries, index: number, input: ChartInput): object {
  const { theme, span, intervalMs, hatch } = input;
  const gaps = first.points.length === 0 ? [] : gapsOf(first.points, span, intervalMs);
  const fill = hatch === null ? colour("data.gap", theme) : { image: hatch, repeat: "repeat" };
  const plan = plot.plan ?? null;
  return {
    ...base(index),
    name: `${plot.key}-marks`,
    data: [],
    silent: true,
    markArea: {
      silent: true,
      itemStyle: { color: fill },
      data: gaps.map(({ from, to }) => [{ xAxis: from }, { xAxis: to }]),
    },
    markLine: {
      silent: true,
      symbol: "none",
      label: { show: false },
      lineStyle: { type: DASHES, color: colour("data.plan", theme), width: tokens.chart.annotationWidth },
      data: [...(plan === null ? [] : [{ yAxis: plan }]), ...flags(index, input)],
    },
  };
}

/** What happened, as lines across each plot; the last one has the flags. */
function flags(index: number, { marks = [], span, theme, plots }: ChartInput): object[] {
  return flagsOf(marks, span).map(({ at, label, colour: path }) => ({
    xAxis: at,
    lineStyle: { type: "solid", color: colour(path, theme), width: tokens.chart.annotationWidth },
    label: {
      show: index === plots.length - 1,
      formatter: label,
      position: "insideStartBottom",
      rotate: 0,
      distance: [4, -14],
      color: colour("text.primary", theme),
      backgroundColor: colour("surface.raised", theme),
      borderColor: colour(path, theme),
      borderWidth: 1,
      borderRadius: 2,
      padding: [1, 4],
      fontSize: tokens.chart.axisFont,
      width: FLAG_PX,
      overflow: "truncate",
    },
  }));
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;
const escapeHtml = (text: string) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** All plots' values at the crosshair, as HTML; names may come from devices, so they are escaped. */
function tooltipText(hits: unknown, { plots, zone }: ChartInput): string {
  const first: unknown = Array.isArray(hits) ? hits[0] : hits;
  const at = isRecord(first) ? Number(first.axisValue) : Number.NaN;
  if (!Number.isFinite(at)) return "";
  const lines = plots.flatMap((plot) => plot.series.map((series) => valueLine(plot, series, at)));
  return `<b>${date(at, zone)} ${clock(at, zone)}</b><table class="bm-chart-tip">${lines.join("")}</table>`;
}

function valueLine(plot: ChartPlot, { name, points }: ChartSeries, at: number): string {
  const near = points.reduce<ChartPoint | null>(
    (best, point) => (best === null || Math.abs(point.at - at) < Math.abs(best.at - at) ? point : best),
    null,
  );
  const value = near === null ? null : near.avg;
  const spread =
    near !== null && near.min !== null && near.max !== null && near.max > near.min
      ? `${number(near.min, plot.digits)}–${number(near.max, plot.digits)}`
      : "";
  const text = value === null ? MISSING : number(value, plot.digits);
  return `<tr><td>${escapeHtml(name)}</td><td>${text} ${escapeHtml(plot.unit)}</td><td>${spread}</td></tr>`;
}

/** Where the plots lie across the chart, for turning pointer positions into times. */
export const plotEdges = { left: LEFT_PX, right: RIGHT_PX };
