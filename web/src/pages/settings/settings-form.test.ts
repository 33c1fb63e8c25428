import assert from "node:assert/strict";
import { test } from "node:test";
import type { Setting } from "@banksman/wire/api";
import { changesOf, fieldOf } from "./settings-form.ts";

const setting = (key: string, value: Setting["value"], more: Partial<Setting> = {}): Setting => ({
  key,
  value,
  default: null,
  source: "default",
  said_by: null,
  is_editable: true,
  schema: {},
  description: "",
  updated_at: null,
  updated_by: null,
  ...more,
});

test("a setting is typed in as its schema says", () => {
  assert.deepEqual(fieldOf({ schema: { type: "string", enum: ["zh", "en"] } }), {
    is: "choice",
    choices: ["zh", "en"],
  });
  assert.deepEqual(fieldOf({ schema: { type: "array", items: { type: "string", enum: ["a"] } } }), {
    is: "choices",
    choices: ["a"],
  });
  assert.deepEqual(fieldOf({ schema: { type: "integer", minimum: 2, maximum: 9 } }), {
    is: "number",
    min: 2,
    max: 9,
    isWhole: true,
  });
  assert.deepEqual(fieldOf({ schema: { type: "string" } }), { is: "text" });
});

test("only what was changed is sent, and what reads as the default goes back to it", () => {
  const settings = [
    setting("a", 3, { default: 3 }),
    setting("b", 5, { default: 3, source: "page" }),
    setting("c", 1, { is_editable: false }),
    setting("d", null),
  ];
  assert.deepEqual(changesOf(settings, { a: 3, b: 3, c: 9, d: 0.05 }), { b: null, d: 0.05 });
  assert.deepEqual(changesOf(settings, { b: null }), { b: null });
});
