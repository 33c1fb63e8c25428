import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { historyOf, momentsOf, spanOf } from "./history.ts";

const NOW = Date.UTC(2026, 10, 29);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const unit = { site_no: 1, unit_no: 1, site_id: "s", host: "h", fields: ["supply.temp", "derived.heat"] };
const empty = { history: async () => [] };

test("whatever is asked for, a chart has at most 500 buckets, covers its span, and reads what is fine enough", async () => {
  const moment = fc.integer({ min: NOW - 400 * DAY, max: NOW });
  await fc.assert(
    fc.asyncProperty(moment, moment, fc.constantFrom(5, 60, 600), async (a, b, interval) => {
      fc.pre(Math.abs(a - b) > 60_000);
      const [from, to] = [new Date(Math.min(a, b)), new Date(Math.max(a, b))];
      const span = spanOf(from, to, interval, new Date(NOW - 90 * DAY));
      const { series } = await historyOf(empty, unit, ["supply.temp"], span);
      const points = series[0]?.points ?? [];
      assert.ok(points.length >= 1 && points.length <= 500, `${points.length} buckets`);
      assert.ok(Date.parse(points[0]?.at ?? "") <= from.getTime());
      assert.ok(Date.parse(points.at(-1)?.at ?? "") + span.seconds * 1_000 >= to.getTime());
      const finest = { cooling_snapshots: interval, cooling_5min: 300, cooling_1h: 3_600 }[span.source];
      assert.ok(span.seconds >= finest, `${span.source} in ${span.seconds} s`);
      if (span.source === "cooling_snapshots")
        assert.ok(to.getTime() - from.getTime() <= DAY && from.getTime() >= NOW - 90 * DAY);
    }),
  );
});

test("values that a unit never told are gaps, with their unit; none or too many are refused", async () => {
  const span = spanOf(new Date(NOW - HOUR), new Date(NOW), 60, new Date(NOW - DAY));
  const { series } = await historyOf(empty, unit, ["supply.flow", "derived.heat", "pump.circulating"], span);
  assert.deepEqual(
    series.map(({ name, unit: of }) => [name, of]),
    [
      ["supply.flow", "m³/h"],
      ["derived.heat", "kW"],
      ["pump.circulating", ""],
    ],
  );
  assert.ok(series.every(({ points }) => points.every(({ avg }) => avg === null)));
  for (const name of ["nosuch", "derived.nosuch", "socket.x", "__proto__"])
    await assert.rejects(historyOf(empty, unit, ["supply.temp", name], span), /has no value/, name);
  for (const names of [[], Array.from({ length: 25 }, (_, n) => `v${n}`)])
    await assert.rejects(historyOf(empty, unit, names, span), /name 1 to 24 values/);
});

test("a span ends now unless it says when, and can't end before it begins", () => {
  assert.deepEqual(momentsOf({ hours: 2 }, NOW), { from: new Date(NOW - 2 * HOUR), to: new Date(NOW) });
  const [from, to] = ["2026-11-01T00:00:00Z", "2026-11-02T00:00:00+08:00"];
  assert.equal(momentsOf({ from, to, hours: 1 }, NOW).to.toISOString(), "2026-11-01T16:00:00.000Z");
  assert.throws(() => momentsOf({ from: to, to: from, hours: 1 }, NOW), /before/);
});
