import assert from "node:assert/strict";
import { test } from "node:test";
import { clock, date, dayAfter, duration, fineDuration, fullTime, instantOf, zoneLabel } from "./time.ts";

const at = Date.UTC(2026, 10, 21, 14, 14, 5);

test("a length of time in the two largest units that matter", () => {
  const cases: [number, string, string][] = [
    [8, "8 s", "8 秒"],
    [59.9, "59 s", "59 秒"],
    [840, "14 min", "14 分"],
    [3_600, "1 h", "1 小时"],
    [6_720, "1 h 52 min", "1 小时 52 分"],
    [86_399, "23 h 59 min", "23 小时 59 分"],
    [172_800, "2 d", "2 天"],
  ];
  for (const [seconds, en, zh] of cases) {
    assert.equal(duration(seconds, "en"), en);
    assert.equal(duration(seconds, "zh"), zh);
  }
});

test("an unknown length is a dash, one in the future is 0", () => {
  assert.equal(duration(null, "en"), "–");
  assert.equal(duration(Number.NaN, "en"), "–");
  assert.equal(duration(-5, "en"), "0 s");
});

test("a short length has a decimal", () => {
  assert.deepEqual(
    [fineDuration(0.42, "en"), fineDuration(9.96, "zh"), fineDuration(75, "en")],
    ["0.4 s", "10.0 秒", "1 min"],
  );
});

test("times are told in the site's zone, which is named", () => {
  assert.equal(clock(at, "Asia/Shanghai"), "22:14:05");
  assert.equal(date(at, "Pacific/Auckland"), "2026-11-22");
  assert.equal(fullTime(at, "Asia/Shanghai"), "2026-11-21 22:14:05 UTC+8");
});

test("zones are named by their offset at that moment", () => {
  assert.equal(zoneLabel(at, "UTC"), "UTC");
  assert.equal(zoneLabel(at, "America/St_Johns"), "UTC\u22123:30");
  assert.equal(zoneLabel(Date.UTC(2026, 6, 1), "Europe/Oslo"), "UTC+2");
  assert.equal(zoneLabel(at, "Europe/Oslo"), "UTC+1");
});

test("midnight is 00, not 24", () => {
  assert.equal(clock(Date.UTC(2026, 0, 1), "UTC"), "00:00:00");
});

test("a zone's clock names a moment, also on the days it is changed", () => {
  const at = (day: string, time: string, zone: string) => new Date(instantOf(day, time, zone)).toISOString();
  assert.equal(at("2026-11-21", "22:14:05", "Asia/Shanghai"), "2026-11-21T14:14:05.000Z");
  assert.equal(at("2026-11-21", "00:00:00", "America/Chicago"), "2026-11-21T06:00:00.000Z");
  assert.equal(at("2026-03-08", "00:00:00", "America/Chicago"), "2026-03-08T06:00:00.000Z");
  assert.equal(at("2026-03-08", "12:00:00", "America/Chicago"), "2026-03-08T17:00:00.000Z");
  assert.equal(at("2026-11-01", "00:00:00", "America/Chicago"), "2026-11-01T05:00:00.000Z");
  assert.equal(at("2026-11-01", "23:59:59", "America/Chicago"), "2026-11-02T05:59:59.000Z");
  assert.equal(dayAfter("2026-12-31"), "2027-01-01");
  assert.equal(dayAfter("2026-03-01", -1), "2026-02-28");
});
