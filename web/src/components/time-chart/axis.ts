import type { ChartPlot } from "./model.ts";

const NICE = [1, 2, 2.5, 5, 10];
const FEWEST_STEPS = 3;
const STEP_PX = 26;

/** The smallest round step by which a length is covered in at most so many steps. */
export function niceStep(length: number, steps: number): number {
  if (!(length > 0)) return 1;
  const unit = 10 ** Math.floor(Math.log10(length / steps));
  return (NICE.find((step) => step * unit * steps >= length) ?? 10) * unit;
}

/** As many decimals as multiples of a step have. */
export const digitsOf = (step: number): number =>
  [0, 1, 2, 3, 4, 5].find((digits) => Math.abs(Math.round(step * 10 ** digits) / 10 ** digits / step - 1) < 1e-6) ?? 6;

/** A value axis with round ends: from 0 where the plot asks for it, else around what is drawn. */
export function axisOf(plot: ChartPlot): { min: number; max: number; interval: number } {
  const values = plot.series.flatMap((series) =>
    series.points.flatMap((point) => [point.min, point.avg, point.max].filter((value) => value !== null)),
  );
  if (plot.plan != null) values.push(plot.plan);
  const highest = values.reduce((most, value) => Math.max(most, value), plot.fromZero ? 0 : Number.NEGATIVE_INFINITY);
  const lowest = plot.fromZero ? 0 : values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  if (highest < lowest || (highest === 0 && plot.fromZero)) return { min: 0, max: 1, interval: 1 };
  // A flat line stands in the middle of a span wide enough to show that it is flat.
  const room = plot.fromZero ? highest * 0.04 : Math.max(4, (highest - lowest) * 0.1);
  const steps = Math.max(FEWEST_STEPS, Math.floor(plot.height / STEP_PX));
  const interval = niceStep(highest - lowest + (plot.fromZero ? room : 2 * room), steps);
  const min = plot.fromZero ? 0 : Math.floor((lowest - room) / interval) * interval;
  return { min, max: Math.ceil((highest + room) / interval) * interval, interval };
}
