import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { describe, test } from "node:test";
import { Reading } from "@banksman/wire/model";
import fc from "fast-check";
import { Answers } from "../answers.ts";
import { complete } from "../complete.ts";
import { defineFamily } from "../family.ts";
import { claimants, seenIn } from "../identify.ts";
import { Notes } from "../notes.ts";
import { FALLBACK } from "../poll.ts";
import { answersOf } from "../test/answers-of.ts";
import { captures } from "../test/captures.ts";
import { families } from "./index.ts";

const cases = captures();

test("families/index.ts lists every family file once", () => {
  const files = readdirSync(import.meta.dirname).filter((file) => file !== "index.ts" && !file.endsWith(".test.ts"));
  assert.deepEqual(
    families.map((family) => `${family.id}.ts`),
    files.toSorted(),
  );
});

test("every family has cases, and every case a family", () => {
  assert.deepEqual(
    [...new Set(cases.map(({ family }) => family))].sort(),
    families.map((family) => family.id).toSorted(),
  );
});

describe("each device has one claimant, or none and the general family takes it", () => {
  for (const one of cases) {
    const refused = one.expected.driver === null;
    test(`${one.family}/${one.name}`, () => {
      const found = claimants(families, seenIn(answersOf(one))).map((family) => family.id);
      assert.deepEqual(found, refused || one.family === FALLBACK ? [] : [one.family]);
    });
  }
});

test("property: whatever a device sends in a known shape, the wire takes the reading of every family", () => {
  const blow = fc.record({
    at: fc.nat(),
    put: fc.constantFrom(
      "0",
      "-1",
      "null",
      "999999999999999999",
      '"x"',
      "[]",
      "{}",
      "-273",
      "true",
      '"-"',
      "1e308",
      '""',
    ),
  });
  fc.assert(
    fc.property(fc.nat(), fc.array(blow, { minLength: 1, maxLength: 8 }), (which, blows) => {
      const one = cases[which % cases.length];
      if (!one) return;
      // Puts other values in the place of figures, so that the text stays readable and its content becomes absurd.
      const answers = answersOf(one, (text) => {
        let damaged = text;
        for (const { at, put } of blows) {
          const figures = [...damaged.matchAll(/(?<=[:[,])\s*-?\d[\d.]*/g)];
          const hit = figures[at % Math.max(1, figures.length)];
          if (hit) damaged = damaged.slice(0, hit.index) + put + damaged.slice(hit.index + hit[0].length);
        }
        return damaged;
      });
      for (const family of families) {
        const notes = new Notes();
        const reading = { ...family.read(answers, notes), online: true };
        complete(reading, notes);
        const parsed = Reading.safeParse({ ...reading, miner_id: "x", warnings: notes.list });
        assert.ok(parsed.success, `${family.id} on ${one.family}/${one.name}: ${parsed.error?.message}`);
        assert.ok(!notes.list.some((warning) => warning.code === "field_failed"), JSON.stringify(notes.list));
      }
    }),
    { numRuns: 300 },
  );
});

test("a device that tells too much of everything is cut to what the wire takes", () => {
  const many = <T>(of: (i: number) => T) => Array.from({ length: 300 }, (_, i) => of(i));
  const answers = new Answers();
  const reply = (body: Record<string, unknown>) => ({ ok: true, code: 0, message: null, description: null, body });
  const modules = Object.fromEntries(
    many((i) => [`MM ID${i}`, "GHSspd[1] Fan1[5] ECHU[8 8] MGHS[1 1] PVT_T0[ 50 51]"]),
  );
  const chain = many((index) => ({ index, asic_num: 1, asic: "o".repeat(3_000), temp_chip: many(() => 50) }));
  answers.replies.set(
    "stats",
    reply({ STATS: [{ ...modules, chain, fan: many(() => 1), rate_5s: 1, rate_unit: "GH" }] }),
  );
  answers.replies.set("pools", reply({ POOLS: many((i) => ({ URL: `u${i}`.repeat(400), User: "w".repeat(900) })) }));
  answers.replies.set("devs", reply({ DEVS: many((ID) => ({ ID, "MHS av": 1 })) }));
  answers.replies.set("get_error_code", reply({ Msg: { error_code: many((i) => i + 100) } }));
  for (const family of families) {
    const notes = new Notes();
    const reading = { ...family.read(answers, notes), online: true };
    complete(reading, notes);
    const parsed = Reading.safeParse({ ...reading, miner_id: "x", warnings: notes.list });
    assert.ok(parsed.success, `${family.id}: ${parsed.error?.message}`);
  }
});

test("a field that throws costs only itself", () => {
  const family = defineFamily<string>({
    id: "broken",
    title: "A driver with a mistake",
    make: "Test",
    types: [],
    transport: "cgminer",
    live: [],
    identity: [],
    claims: () => false,
    view: () => "seen",
    fields: {
      hashrate_ghs: () => {
        throw new Error("a mistake");
      },
      model: (seen) => seen,
    },
  });
  const notes = new Notes();
  assert.deepEqual(family.read(new Answers(), notes), { make: "Test", model: "seen" });
  assert.deepEqual(notes.list, [{ code: "field_failed", text: "hashrate_ghs: a mistake" }]);
});
