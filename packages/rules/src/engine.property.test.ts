import assert from "node:assert/strict";
import { test } from "node:test";
import { RuleFields } from "@banksman/wire/model";
import fc from "fast-check";
import { createEngine, DEFAULTS, type Sample } from "./engine.ts";
import { slotOf } from "./groups.ts";
import type { EngineRule } from "./plan.ts";

const S = 1_000;
const LENGTH_S = 1_800;
const rule = (rule_id: string, fields: object): EngineRule => ({
  rule_id,
  ...RuleFields.parse({
    name: { zh: rule_id, en: rule_id },
    target: "miner",
    level: "warning",
    title: { zh: "{miner_id}", en: "{miner_id}" },
    ...fields,
  }),
});
const RULES = [
  rule("now", { condition: "temperature_max > 80" }),
  rule("held", { condition: "temperature_max > 70", for_s: 100, recovery: "temperature_max < 60", recover_for_s: 45 }),
  rule("window", { condition: 'avg(temperature_max, "3m") > 65', for_s: 20 }),
  rule("silent", { condition: "temperature_max > 90", no_data: "alert", for_s: 50 }),
  rule("resolve", { condition: "temperature_max > 60 && online", no_data: "resolve", for_s: 60 }),
  rule("site", { target: "site", condition: "offline_count / total > 0.4", for_s: 30, title: { zh: "s", en: "s" } }),
  rule("rack", { target: "rack", condition: 'max(temperature_max, "2m") > 85', title: { zh: "r", en: "r" } }),
];

const IDS = ["a", "b", "c"];
const samples = fc
  .uniqueArray(
    fc.record({
      s: fc.integer({ min: 0, max: LENGTH_S }),
      id: fc.constantFrom(...IDS),
      temperature: fc.option(fc.integer({ min: 50, max: 95 }), { freq: 4 }),
      online: fc.boolean(),
    }),
    { selector: ({ s, id }) => `${s} ${id}`, minLength: 5, maxLength: 60 },
  )
  .map((rows) =>
    rows
      .map(
        ({ s, id, temperature, online }): Sample => ({
          target: { kind: "miner", site_id: "s", id, rack: "r" },
          at: s * S,
          holdsMs: 200 * S,
          figures: { miner_id: id, online, health: online ? "hashing" : "unreachable", temperature_max: temperature },
        }),
      )
      .toSorted((a, b) => a.at - b.at || a.target.id.localeCompare(b.target.id)),
  );

/** The episodes of all changes together: those taken back are gone. */
function episodesOf(changes: ReturnType<ReturnType<typeof createEngine>["changes"]>): string[] {
  const alive = new Map<string, string>();
  for (const {
    rule: { rule_id },
    target,
    before,
    after,
  } of changes) {
    const key = (since: number) => `${rule_id} ${target.id} ${since}`;
    if (before) alive.delete(key(before.since));
    if (after) alive.set(key(after.since), `${key(after.since)} ${after.firedAt} ${after.resolvedAt} ${after.noData}`);
  }
  return [...alive.values()].toSorted();
}

const END = (LENGTH_S + 600) * S;
function inOrder(all: readonly Sample[], rules = RULES): string[] {
  const engine = createEngine(rules);
  for (const sample of all) engine.take([sample]);
  engine.advance(END);
  return episodesOf(engine.changes());
}

test("late, shuffled and doubled readings, and time that passes in between, give the same alerts in the end", () => {
  const delayed = fc.tuple(
    samples,
    fc.array(fc.integer({ min: 0, max: DEFAULTS.latenessMs / S / 2 }), { minLength: 60, maxLength: 60 }),
    fc.array(fc.boolean(), { minLength: 60, maxLength: 60 }),
  );
  fc.assert(
    fc.property(delayed, ([all, delays, doubled]) => {
      const arriving = all
        .flatMap((sample, index) => {
          const at = sample.at + (delays[index] ?? 0) * S;
          const again = { sample, at: at + 10 * S };
          return doubled[index] ? [{ sample, at }, again] : [{ sample, at }];
        })
        .toSorted((a, b) => a.at - b.at);
      const engine = createEngine(RULES);
      for (const { sample, at } of arriving) {
        engine.advance(at);
        engine.take([sample]);
      }
      engine.advance(END);
      assert.deepEqual(episodesOf(engine.changes()), inOrder(all));
    }),
    { numRuns: 300 },
  );
});

test("however readings are packed into batches, the alerts are the same", () => {
  fc.assert(
    fc.property(samples, fc.integer({ min: 1, max: 20 }), (all, size) => {
      const engine = createEngine(RULES);
      for (let from = 0; from < all.length; from += size) engine.take(all.slice(from, from + size));
      engine.advance(END);
      assert.deepEqual(episodesOf(engine.changes()), inOrder(all));
    }),
    { numRuns: 100 },
  );
});

test("an engine that takes over at any moment, with what was told before, goes on as if nothing had been", () => {
  // What was summed up before is filled in from the store (`fill`), not from readings.
  const rules = RULES.filter(({ rule_id }) => rule_id !== "rack");
  fc.assert(
    fc.property(samples, fc.nat(), (all, cut) => {
      // Readings of one slot are one moment for what is summed up.
      const slots = [...new Set(all.map((sample) => slotOf(sample.at)))];
      const until = slots[cut % slots.length] ?? 0;
      const at = all.findIndex((sample) => slotOf(sample.at) >= until);
      const first = createEngine(rules);
      for (const sample of all.slice(0, at)) first.take([sample]);
      const told = first.changes();

      const second = createEngine(rules);
      second.resume(structuredClone(first.standings()));
      second.know(all.slice(0, at));
      const repeated = second.changes();
      for (const sample of all.slice(at)) second.take([sample]);
      second.advance(END);
      assert.deepEqual(repeated, [], "what was told is not told again");
      assert.deepEqual(episodesOf([...told, ...second.changes()]), inOrder(all, rules));
    }),
    { numRuns: 200 },
  );
});
