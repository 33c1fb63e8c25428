import assert from "node:assert/strict";
import { test } from "node:test";
import { axisOf, digitsOf } from "./axis.ts";
import { type ChartPlot, type ChartPoint, flagsOf, gapsOf, spanFrom } from "./model.ts";

const known = (at: number): ChartPoint => ({ at, min: 1, avg: 2, max: 3 });
const missing = (at: number): ChartPoint => ({ at, min: null, avg: null, max: null });
const span = { from: 0, to: 100 };
const seriesOf = (...points: ChartPoint[]) => [{ name: "x", colour: "data.own", points }];

test("one missing bucket is a break, more than two intervals are a gap", () => {
  assert.deepEqual(gapsOf([0, 10, 30, 40, 50, 60, 70, 80, 90].map(known), span, 10), []);
  const withHole = [...[0, 10].map(known), ...[20, 30, 40].map(missing), ...[50, 60, 70, 80, 90].map(known)];
  assert.deepEqual(gapsOf(withHole, span, 10), [{ from: 20, to: 50 }]);
});

test("a young history fills its chart, an old one is cut at the range, and nothing known has half an hour", () => {
  const [now, hour] = [1e9, 3_600_000];
  const since = (hours: number) =>
    spanFrom(24, [plot([]), { ...plot([]), series: seriesOf(known(now - hours * hour)) }], now);
  assert.deepEqual(since(2), { from: now - 2 * hour, to: now });
  assert.deepEqual(since(48), { from: now - 24 * hour, to: now });
  assert.deepEqual(since(0.1), { from: now - hour / 2, to: now });
  assert.deepEqual(spanFrom(24, [plot([null])], now), { from: now - hour / 2, to: now });
});

test("late data is a gap up to now", () => {
  assert.deepEqual(gapsOf([0, 10, 20, 30].map(known), span, 10), [{ from: 40, to: 100 }]);
});

test("before the first reading nothing was missed", () => {
  assert.deepEqual(gapsOf([60, 70, 80, 90].map(known), span, 10), []);
  assert.deepEqual(gapsOf([missing(10)], span, 10), []);
});

test("a picked span that begins inside a gap shows it", () => {
  assert.deepEqual(gapsOf([-20, 60, 70, 80, 90].map(known), span, 10), [{ from: 0, to: 60 }]);
});

const plot = (values: (number | null)[], more: Partial<ChartPlot> = {}): ChartPlot => ({
  key: "x",
  unit: "x",
  digits: 1,
  height: 84,
  series: [{ name: "x", colour: "data.own", points: values.map((avg, at) => ({ at, min: avg, avg, max: avg })) }],
  ...more,
});

test("axes that begin at 0 end at a round figure above data and plan", () => {
  const axis = axisOf(plot([132, 128], { fromZero: true, plan: 200 }));
  assert.equal(axis.min, 0);
  assert.ok(axis.max >= 200 && axis.max % axis.interval === 0);
});

test("a flat temperature has an axis around it, not a line at the edge", () => {
  const axis = axisOf(plot([70, 70, null]));
  assert.ok(axis.min < 70 && axis.max > 70);
});

test("an axis tells its steps apart, with no decimals more", () => {
  assert.deepEqual([1, 20, 2.5, 0.5, 0.25, 0.1 + 0.2, 0.05].map(digitsOf), [0, 0, 1, 1, 2, 1, 2]);
});

test("no data and all zeros have an axis too", () => {
  assert.deepEqual(axisOf(plot([null])), { min: 0, max: 1, interval: 1 });
  assert.deepEqual(axisOf(plot([0, 0], { fromZero: true })), { min: 0, max: 1, interval: 1 });
});

test("what happened outside of the span has no flag; what would cover another is counted behind it", () => {
  const mark = (at: number, label: string) => ({ at, label, colour: "level.urgent.solid" });
  const flags = flagsOf([mark(50, "b"), mark(10, "a"), mark(51, "c"), mark(200, "late"), mark(52, "d")], {
    from: 0,
    to: 100,
  });
  assert.deepEqual(
    flags.map(({ at, label }) => [at, label]),
    [
      [10, "a"],
      [50, "b +2"],
    ],
  );
});
