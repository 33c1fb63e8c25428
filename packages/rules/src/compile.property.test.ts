import assert from "node:assert/strict";
import { test } from "node:test";
import type { RuleField } from "@banksman/wire/model";
import { Environment } from "@marcbachmann/cel-js";
import fc from "fast-check";
import { compile } from "./compile.ts";
import { checkCondition } from "./condition.ts";
import { alertFunctions } from "./functions/index.ts";
import { Texts } from "./texts.ts";

const about = { zh: "", en: "" };
const field = (name: string, type: RuleField["type"]): RuleField => ({ name, type, unit: null, about });
const FIELDS = [
  field("a", "number"),
  field("b", "number"),
  field("s", "text"),
  field("on", "bool"),
  field("codes", "texts"),
];
const ENV = new Environment()
  .registerVariable("a", "double")
  .registerVariable("b", "double")
  .registerVariable("s", "string")
  .registerVariable("on", "bool")
  .registerVariable("codes", "list<string>");

const WORDS = ["", "x", "fan", "fan_lost"];
const { number, bool } = fc.letrec<{ number: string; bool: string }>((tie) => ({
  number: fc.oneof(
    { maxDepth: 4, depthSize: "small" },
    fc.constantFrom("a", "b"),
    fc.integer({ min: 0, max: 9 }).map((n) => `${n}.0`),
    fc.tuple(tie("number"), fc.constantFrom("+", "-", "*"), tie("number")).map(([x, op, y]) => `(${x} ${op} ${y})`),
    tie("number").map((x) => `(-${x})`),
    fc.tuple(tie("bool"), tie("number"), tie("number")).map(([x, y, z]) => `(${x} ? ${y} : ${z})`),
  ),
  bool: fc.oneof(
    { maxDepth: 5, depthSize: "small" },
    fc.constantFrom("on", "true", "false"),
    fc
      .tuple(tie("number"), fc.constantFrom("<", "<=", ">", ">=", "==", "!="), tie("number"))
      .map(([x, op, y]) => `(${x} ${op} ${y})`),
    fc.tuple(fc.constantFrom("==", "!="), fc.constantFrom(...WORDS)).map(([op, word]) => `(s ${op} "${word}")`),
    fc
      .tuple(fc.constantFrom("startsWith", "endsWith", "contains"), fc.constantFrom(...WORDS))
      .map(([method, word]) => `s.${method}("${word}")`),
    fc.constantFrom(...WORDS).map((word) => `("${word}" in codes)`),
    fc.tuple(tie("number"), tie("number")).map(([x, y]) => `(${x} in [${y}, 3.0])`),
    fc.tuple(tie("bool"), fc.constantFrom("&&", "||"), tie("bool")).map(([x, op, y]) => `(${x} ${op} ${y})`),
    tie("bool").map((x) => `(!${x})`),
  ),
}));
assert.ok(number);

const told = fc.record({
  a: fc.option(fc.integer({ min: 0, max: 9 }), { freq: 5 }),
  b: fc.option(fc.integer({ min: 0, max: 9 }), { freq: 5 }),
  s: fc.option(fc.constantFrom(...WORDS), { freq: 5 }),
  on: fc.option(fc.boolean(), { freq: 5 }),
  codes: fc.option(fc.subarray(WORDS), { freq: 5 }),
});

/** As the library sees it: a null is an error, and an error is "nobody told". */
function byLibrary(text: string, figures: object): number {
  const known = Object.fromEntries(Object.entries(figures).filter(([, value]) => value !== null));
  try {
    return ENV.evaluate(text, known) === true ? 1 : 0;
  } catch {
    return Number.NaN;
  }
}

test("compiled conditions give what the CEL library gives, and no data where it finds an error", () => {
  fc.assert(
    fc.property(bool, told, (text, figures) => {
      const checked = checkCondition(text, FIELDS);
      assert.ok(checked.ok, text);
      const texts = new Texts();
      const layout = { column: (name: string) => FIELDS.findIndex((one) => one.name === name), seriesOf: () => -1 };
      const run = compile(checked.parsed, { layout, texts, fields: FIELDS, functions: alertFunctions });
      const { a, b, s, on, codes } = figures;
      const row = Float64Array.of(
        a ?? Number.NaN,
        b ?? Number.NaN,
        s === null ? Number.NaN : texts.id(s),
        on === null ? Number.NaN : Number(on),
        codes === null ? Number.NaN : texts.listId(codes),
      );
      const [ours, theirs] = [run({ at: 0, row, history: null }), byLibrary(text, figures)];
      assert.ok(
        Object.is(ours, theirs) || ours === theirs,
        `${text} ${JSON.stringify(figures)}: ${ours}, library ${theirs}`,
      );
    }),
    { numRuns: 2_000 },
  );
});

test("whatever is written as a condition is refused or compiled, quickly, never thrown", () => {
  const junk = fc.oneof(
    fc.string({ maxLength: 60 }),
    fc
      .array(fc.constantFrom("(", ")", "a", "&&", "!", "[", "]", '"', "in", "?", ":", "5", ".", "exists", "x,"))
      .map((all) => all.join(" ")),
  );
  fc.assert(
    fc.property(junk, (text) => {
      const started = performance.now();
      const checked = checkCondition(text, FIELDS);
      assert.ok(checked.ok || checked.problems.length > 0);
      assert.ok(performance.now() - started < 500);
    }),
    { numRuns: 500 },
  );
  assert.equal(checkCondition("(".repeat(10_000), FIELDS).ok, false);
  assert.equal(checkCondition(`${"!".repeat(500)}on`, FIELDS).ok, false);
  assert.equal(checkCondition(Array.from({ length: 400 }, () => "on").join(" && "), FIELDS).ok, false);
});
