import assert from "node:assert/strict";
import { test } from "node:test";
import { ReportWish } from "@banksman/wire/api";
import fc from "fast-check";
import { before, checkReckoned, dateIn, midnight, periodOf, reckonedFrom, spanOf } from "./period.ts";

const NOW = Date.parse("2026-11-29T06:30:00Z");
const wish = (more: object) => ReportWish.parse({ kind: "operation", span: "day", ...more });
const of = (more: object) => {
  const { from, to } = periodOf(wish(more), NOW);
  return [from, to];
};

test("without a day it is the last whole one of its kind, by the zone's own calendar", () => {
  assert.deepEqual(of({ span: "day" }), ["2026-11-28", "2026-11-29"]);
  assert.deepEqual(of({ span: "week" }), ["2026-11-16", "2026-11-23"]);
  assert.deepEqual(of({ span: "month" }), ["2026-10-01", "2026-11-01"]);
  assert.deepEqual(of({ span: "day", time_zone: "Pacific/Kiritimati" }), ["2026-11-28", "2026-11-29"]);
  assert.deepEqual(of({ span: "day", time_zone: "America/Los_Angeles" }), ["2026-11-27", "2026-11-28"]);
});

test("a day names the week or month that it falls in", () => {
  assert.deepEqual(of({ span: "week", from: "2026-11-15" }), ["2026-11-09", "2026-11-16"]);
  assert.deepEqual(of({ span: "month", from: "2024-02-29" }), ["2024-02-01", "2024-03-01"]);
  assert.deepEqual(of({ span: "range", from: "2026-11-01", to: "2026-11-04" }), ["2026-11-01", "2026-11-04"]);
});

test("what is empty, too long or not begun is refused", () => {
  assert.throws(() => of({ span: "range", from: "2026-11-04", to: "2026-11-04" }), /after from/);
  assert.throws(() => of({ span: "range", from: "2020-11-04", to: "2026-11-04" }), /at most 400 days/);
  assert.throws(() => of({ span: "range", from: "2026-11-04" }), /the day after its last/);
  assert.throws(() => of({ span: "day", from: "2026-12-04" }), /has not begun/);
});

test("the period before has the same name: a month before March is February", () => {
  const march = periodOf(wish({ span: "month", from: "2026-03-10" }), NOW);
  assert.deepEqual([before(march).from, before(march).to], ["2026-02-01", "2026-03-01"]);
  const week = periodOf(wish({ span: "week", from: "2026-11-10" }), NOW);
  assert.deepEqual([before(week).from, before(week).to], ["2026-11-02", "2026-11-09"]);
});

test("days on which the clock changes have 23, 25 or 23.5 hours, and a day that begins at one begins at one", () => {
  const hours = (from: string, zone: string) => {
    const next = new Date(Date.parse(`${from}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
    return (midnight(next, zone) - midnight(from, zone)) / 3_600_000;
  };
  assert.equal(hours("2026-03-29", "Europe/Oslo"), 23);
  assert.equal(hours("2026-10-25", "Europe/Oslo"), 25);
  assert.equal(hours("2026-10-04", "Australia/Lord_Howe"), 23.5);
  assert.equal(hours("2018-11-04", "America/Sao_Paulo"), 23);
  assert.equal(new Date(midnight("2018-11-04", "America/Sao_Paulo")).toISOString(), "2018-11-04T03:00:00.000Z");
});

test("midnight is the first moment whose clock shows the day, in every zone", () => {
  const zones = fc.constantFrom(...Intl.supportedValuesOf("timeZone"));
  const days = fc.integer({ min: Date.UTC(2015, 0, 1) / 86_400_000, max: Date.UTC(2030, 0, 1) / 86_400_000 });
  fc.assert(
    fc.property(zones, days, (zone, day) => {
      const date = new Date(day * 86_400_000).toISOString().slice(0, 10);
      const start = midnight(date, zone);
      assert.ok(dateIn(start, zone) >= date && dateIn(start - 1, zone) < date, `${date} in ${zone}`);
    }),
    { numRuns: 300 },
  );
});

test("a chart has at most 400 steps of whole hours, and ends now where the period is not over", () => {
  const year = spanOf(periodOf(wish({ span: "range", from: "2026-01-01", to: "2026-12-31" }), NOW), NOW);
  assert.equal(year.to.getTime(), NOW);
  assert.ok((year.to.getTime() - year.from.getTime()) / 1_000 / year.stepSeconds <= 400);
  assert.equal(year.stepSeconds % 3_600, 0);
});

/** What a day's report that is asked for at a moment counts over. */
const asked = (from: string, now: string, time_zone = "UTC") => {
  const nowMs = Date.parse(now);
  const period = periodOf(wish({ span: "day", from, time_zone }), nowMs);
  checkReckoned(period, nowMs);
  return spanOf(period, nowMs);
};

test("an hour that isn't reckoned yet is no gap, and a period whose last hour isn't is not built", () => {
  const day = (now: string) => asked("2026-11-29", now);
  assert.equal(day("2026-11-29T11:51:00Z").reckonedTo.toISOString(), "2026-11-29T11:00:00.000Z");
  assert.equal(day("2026-11-29T12:09:00Z").reckonedTo.toISOString(), "2026-11-29T11:00:00.000Z");
  assert.equal(day("2026-11-29T12:10:00Z").reckonedTo.toISOString(), "2026-11-29T12:00:00.000Z");
  assert.equal(day("2026-11-29T00:30:00Z").reckonedTo.toISOString(), "2026-11-29T00:00:00.000Z");
  assert.throws(() => day("2026-11-30T00:09:00Z"), /last hour of this period is being reckoned: ask again in a minute/);
  const over = day("2026-11-30T00:10:00Z");
  assert.deepEqual(over.reckonedTo, over.to);
});

test("a day that ends within an hour of UTC, as India's do, is built when that hour is reckoned, and not before", () => {
  const day = (now: string) => asked("2026-11-29", now, "Asia/Kolkata");
  for (const now of ["2026-11-29T18:30:00Z", "2026-11-29T18:41:00Z", "2026-11-29T19:09:59Z"])
    assert.throws(() => day(now), /last hour of this period is being reckoned/, now);
  assert.throws(() => day("2026-11-29T18:41:00Z"), /ask again in 29 minutes/);
  const over = day("2026-11-29T19:10:00Z");
  assert.equal(over.to.toISOString(), "2026-11-29T18:30:00.000Z");
  assert.deepEqual(over.reckonedTo, over.to);
  // One that is built sooner all the same leaves that hour out, as one that isn't reckoned.
  const period = { span: "day" as const, from: "2026-11-29", to: "2026-11-30", time_zone: "Asia/Kolkata" };
  assert.equal(spanOf(period, Date.parse("2026-11-29T18:41:00Z")).reckonedTo.toISOString(), "2026-11-29T18:00:00.000Z");
  assert.equal(new Date(reckonedFrom(period)).toISOString(), "2026-11-29T19:10:00.000Z");
});
