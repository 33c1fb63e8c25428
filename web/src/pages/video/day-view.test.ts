import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  holdOf,
  keyTarget,
  marksOf,
  mustFollow,
  nextSpan,
  pageOf,
  SPANS_H,
  type Span,
  shareOf,
  spanOf,
  stepMs,
  viewOf,
} from "./day-view.ts";

const at = (time: string) => Date.parse(`2026-11-20T${time}Z`);
const day: Span = { fromMs: at("00:00:00"), toMs: at("00:00:00") + 24 * 3_600_000 };
const timesOf = (moments: readonly number[]) => moments.map((ms) => new Date(ms).toISOString().slice(11, 16));
const spanIn = ({ fromMs, toMs }: Span) => timesOf([fromMs, toMs]).join("–");

test("a view lies around its moment, and within its day", () => {
  assert.equal(spanIn(viewOf(day, 1, { atMs: at("12:10:00"), share: 0.5 })), "11:40–12:40");
  assert.equal(spanIn(viewOf(day, 6, { atMs: at("00:10:00"), share: 0.5 })), "00:00–06:00");
  assert.equal(spanIn(viewOf(day, 6, { atMs: at("23:59:00"), share: 0.5 })), "18:00–00:00");
  assert.deepEqual(viewOf(day, 24, { atMs: at("12:00:00"), share: 0.1 }), day);
  // A day on which clocks are put forward.
  const short = { fromMs: day.fromMs, toMs: day.toMs - 3_600_000 };
  assert.deepEqual(viewOf(short, 24, { atMs: at("12:00:00"), share: 0.5 }), short);
});

test("whatever the pointer stands on stays under it when the view gets shorter", () => {
  const moment = fc.integer({ min: day.fromMs, max: day.toMs - 1 });
  fc.assert(
    fc.property(
      moment,
      moment,
      fc.constantFrom(...SPANS_H),
      fc.constantFrom(...SPANS_H),
      (about, chosen, one, other) => {
        const view = viewOf(day, one, { atMs: about, share: 0.5 });
        const pointed = view.fromMs + ((chosen - day.fromMs) / (day.toMs - day.fromMs)) * (view.toMs - view.fromMs);
        const share = shareOf(view, pointed);
        const next = viewOf(day, other, { atMs: pointed, share });
        assert.ok(next.fromMs >= day.fromMs && next.toMs <= day.toMs);
        const isAtEnd = next.fromMs === day.fromMs || next.toMs === day.toMs;
        assert.ok(isAtEnd || Math.abs(shareOf(next, pointed) - share) < 1e-6);
      },
    ),
  );
});

test("it is zoomed at the chosen moment, or at what is shown where that lies elsewhere", () => {
  const view = viewOf(day, 6, { atMs: at("12:00:00"), share: 0.5 });
  assert.equal(holdOf(view, at("14:00:00")).atMs, at("14:00:00"));
  assert.equal(holdOf(view, at("20:00:00")).atMs, at("12:00:00"));
  assert.deepEqual([nextSpan(24, 1), nextSpan(6, 1), nextSpan(1, 1), nextSpan(24, -1)], [6, 1, 1, 24]);
  assert.deepEqual([spanOf("6"), spanOf("1"), spanOf("7"), spanOf(null)], [6, 1, 24, 24]);
});

test("the view before and after overlap it by a quarter, and stop at the day's ends", () => {
  const view = viewOf(day, 1, { atMs: at("12:30:00"), share: 0.5 });
  assert.equal(spanIn(viewOf(day, 1, pageOf(view, 1))), "12:45–13:45");
  assert.equal(spanIn(viewOf(day, 1, pageOf(view, -1))), "11:15–12:15");
  const first = viewOf(day, 1, { atMs: day.fromMs, share: 0 });
  assert.deepEqual(viewOf(day, 1, pageOf(first, -1)), first);
});

test("the view goes with what plays out of it and with whoever jumps, but stays where somebody moved it", () => {
  const view = viewOf(day, 1, { atMs: at("12:30:00"), share: 0.5 });
  assert.equal(mustFollow(view, at("12:59:59"), at("13:00:00")), true);
  assert.equal(mustFollow(view, at("12:20:00"), at("12:20:01")), false);
  assert.equal(mustFollow(view, at("14:00:00"), at("14:00:01")), false);
  assert.equal(mustFollow(view, at("14:00:00"), at("15:00:00")), true);
});

test("keys step by what can be aimed at, by the second with Shift, and never out of the day", () => {
  assert.deepEqual(
    [stepMs(24, false), stepMs(6, false), stepMs(1, false), stepMs(1, true)],
    [600_000, 60_000, 60_000, 1_000],
  );
  const view = viewOf(day, 1, { atMs: at("12:30:00"), share: 0.5 });
  const press = (key: string, from = at("12:30:00")) => keyTarget(key, from, day, view, 60_000);
  assert.equal(press("ArrowRight"), at("12:31:00"));
  assert.equal(press("ArrowDown"), at("12:29:00"));
  assert.equal(press("PageUp"), at("12:40:00"));
  assert.equal(press("Home"), at("12:00:00"));
  assert.equal(press("End"), at("12:59:59"));
  assert.equal(press("ArrowLeft", day.fromMs), day.fromMs);
  assert.equal(press("ArrowRight", day.toMs - 1_000), day.toMs - 1_000);
  assert.equal(press("a"), null);
});

test("the marks are round times of the view", () => {
  assert.deepEqual(timesOf(marksOf(day, day, 24)).slice(0, 3), ["00:00", "03:00", "06:00"]);
  const view = viewOf(day, 1, { atMs: at("12:34:00"), share: 0.5 });
  assert.deepEqual(timesOf(marksOf(day, view, 1)), ["12:10", "12:20", "12:30", "12:40", "12:50", "13:00"]);
});
