import assert from "node:assert/strict";
import { test } from "node:test";
import { RuleFields } from "@banksman/wire/model";
import type { z } from "zod";
import { createEngine, type Sample } from "./engine.ts";
import type { EngineRule } from "./plan.ts";

const S = 1_000;
const rule = (fields: Partial<z.input<typeof RuleFields>> & { condition: string }): EngineRule => ({
  rule_id: "r",
  ...RuleFields.parse({
    name: { zh: "规则", en: "Rule" },
    target: "miner",
    level: "warning",
    title: { zh: "{miner_id}", en: "{miner_id}" },
    ...fields,
  }),
});
const miner = (at: number, figures: Sample["figures"], id = "m1", more: Partial<Sample> = {}): Sample => ({
  target: { kind: "miner", site_id: "s", id, rack: "r1" },
  at: at * S,
  figures: { miner_id: id, online: true, ...figures },
  ...more,
});

/** Feeds readings one by one and tells what became of the rule: `since fired resolved` in seconds. */
function run(rules: EngineRule[], samples: Sample[], until = 0) {
  const engine = createEngine(rules);
  for (const sample of samples) {
    engine.take([sample]);
    engine.advance(sample.at);
  }
  engine.advance(until * S);
  const seen = new Map<string, string>();
  for (const { fingerprint, before, after } of engine.changes()) {
    if (before) seen.delete(`${fingerprint} ${before.since}`);
    const told = (at: number | null) => (at === null ? "-" : String(at / S));
    if (after)
      seen.set(`${fingerprint} ${after.since}`, [after.since, after.firedAt, after.resolvedAt].map(told).join(" "));
  }
  return [...seen.values()];
}
const hot = (condition: string, more: Partial<z.input<typeof RuleFields>> = {}) => [rule({ condition, ...more })];

test("a condition fires when it has held for its time, and is over when it no longer holds", () => {
  const rules = hot("temperature_max > 80", { for_s: 60 });
  const at = (s: number, temperature_max: number) => miner(s, { temperature_max });
  assert.deepEqual(run(rules, [at(0, 85), at(30, 86), at(60, 84), at(90, 70)]), ["0 60 90"]);
  assert.deepEqual(run(rules, [at(0, 85), at(30, 70), at(60, 85)]), ["60 - -"], "one that did not last is dropped");
  assert.deepEqual(run(rules, [at(0, 85)], 61), ["0 60 -"], "what was told holds until something newer comes");
});

test("a recovery condition keeps it firing in between", () => {
  const rules = hot("temperature_max > 80", { recovery: "temperature_max < 75", recover_for_s: 30 });
  const at = (s: number, temperature_max: number) => miner(s, { temperature_max });
  assert.deepEqual(run(rules, [at(0, 85), at(30, 78), at(60, 74), at(90, 76), at(120, 74), at(150, 73)]), ["0 0 150"]);
});

test("no data is neither true nor false: an alert stays, is over or is raised, as the rule says", () => {
  const at = (s: number, temperature_max: number | null) => miner(s, { temperature_max });
  const samples = [at(0, 85), at(30, null), at(60, null)];
  assert.deepEqual(run(hot("temperature_max > 80"), samples), ["0 0 -"]);
  assert.deepEqual(run(hot("temperature_max > 80", { no_data: "resolve" }), samples), ["0 0 30"]);
  assert.deepEqual(run(hot("temperature_max > 80", { no_data: "alert" }), [at(0, 20), at(30, null)]), ["30 30 -"]);
  assert.deepEqual(run(hot("temperature_max > 80"), [at(0, null)]), []);
  assert.deepEqual(
    run(hot("temperature_max > 80", { for_s: 60 }), [at(0, 85), at(30, null)], 120),
    ["0 - -"],
    "its time stands still",
  );
});

test("a target that falls silent has no data from then on", () => {
  const rules = hot("temperature_max > 80", { no_data: "alert", for_s: 60 });
  const samples = [miner(0, { temperature_max: 20 }, "m1", { holdsMs: 90 * S })];
  assert.deepEqual(run(rules, samples, 100), ["90 - -"]);
  assert.deepEqual(run(rules, samples, 160), ["90 150 -"]);
  assert.deepEqual(run(rules, [...samples, miner(200, { temperature_max: 20 })]), ["90 150 200"]);
});

test("windows look at what was told within them, and only then", () => {
  const avg = hot('avg(hashrate_ghs, "2m") < 50');
  const at = (s: number, hashrate_ghs: number) => miner(s, { hashrate_ghs });
  assert.deepEqual(run(avg, [at(0, 100), at(60, 20), at(120, 20)]), ["120 120 -"]);
  const changed = hot('changed(worker_name, "1m")');
  const named = (s: number, worker_name: string) => miner(s, { worker_name });
  assert.deepEqual(run(changed, [named(0, "a"), named(30, "b"), named(60, "b"), named(90, "b")]), ["30 30 60"]);
  const rejects = hot('increase(rejected_shares, "5m") > 10');
  const counter = (s: number, rejected_shares: number) => miner(s, { rejected_shares });
  assert.deepEqual(run(rejects, [counter(0, 900), counter(60, 905), counter(120, 4), counter(180, 6)]), ["180 180 -"]);
});

test("counts of a site's miners: one alert for the site, whatever order its miners are read in", () => {
  const rules = hot("total >= 4 && offline_count / total > 0.4", { target: "site" });
  const ids = ["a", "b", "c", "d"];
  const sweep = (s: number, offline: string[]) =>
    ids.map((id, n) => miner(s + n, { online: !offline.includes(id) }, id));
  const samples = [...sweep(0, []), ...sweep(30, ["a", "b"]), ...sweep(60, ["a"])];
  assert.deepEqual(run(rules, samples), ["30 30 60"]);
});

test("sums, racks and the fleet", () => {
  const figures = (hashrate_ghs: number) => ({ hashrate_ghs, expected_hashrate_ghs: 100, health: "hashing" });
  const samples = [miner(0, figures(100), "a"), miner(0, figures(10), "b")];
  for (const target of ["site", "rack", "fleet"] as const)
    assert.deepEqual(
      run(hot("hashrate_ghs < 0.9 * expected_hashrate_ghs && total == 2", { target }), samples),
      ["0 0 -"],
      target,
    );
});

test("a rule outside its hours and at another site is silent", () => {
  const hours = { days: [4], from: "00:00", to: "00:01", time_zone: "UTC" };
  const at = (s: number) => miner(s, { temperature_max: 90 });
  // 1 January 1970 was a Thursday.
  assert.deepEqual(run(hot("temperature_max > 80", { schedule: hours }), [at(0), at(30), at(60)]), ["0 0 60"]);
  assert.deepEqual(run(hot("temperature_max > 80", { sites: ["other"] }), [at(0)]), []);
});

test("firing four times within the hour is flapping", () => {
  const engine = createEngine(hot("temperature_max > 80"));
  for (let s = 0; s < 8; s++) engine.take([miner(s * 60, { temperature_max: s % 2 === 0 ? 90 : 20 })]);
  const flapping = engine.changes().map(({ flapping: is }) => is);
  assert.deepEqual(flapping, [false, false, false, false, false, false, true, true]);
});

test("AND, OR and NOT to any depth, with what nobody told", () => {
  const deep = `${"(online && ".repeat(15)}temperature_max > 80${")".repeat(15)}`;
  assert.deepEqual(run(hot(deep), [miner(0, { temperature_max: 90 })]), ["0 0 -"]);
  const rules = hot("!(online || hashrate_ghs > 5) || temperature_max > 80 && fan_min > 1");
  assert.deepEqual(run(rules, [miner(0, { temperature_max: 20 })]), [], "false && unknown is false");
  assert.deepEqual(run(hot("online || fan_min > 1"), [miner(0, {})]), ["0 0 -"], "true || unknown is true");
});
