import assert from "node:assert/strict";
import { test } from "node:test";
import { accept, type Suggestion, suggest, wordAt } from "./condition-words.ts";

const field = (name: string): Suggestion => ({ name, insert: name, about: "", kind: "field" });
const ALL = ["hashrate_ghs", "hashrate_5s_ghs", "expected_hashrate_ghs", "online"].map(field);

test("the word at the caret is a name or nothing", () => {
  assert.deepEqual(wordAt("online && hash", 14), { word: "hash", from: 10 });
  assert.deepEqual(wordAt("online && ", 10), { word: "", from: 10 });
  assert.deepEqual(wordAt("a < 5", 5), { word: "", from: 5 });
});

test("names that begin so come before names that hold it; a whole name alone needs no help", () => {
  assert.deepEqual(
    suggest(ALL, "hash").map(({ name }) => name),
    ["hashrate_ghs", "hashrate_5s_ghs", "expected_hashrate_ghs"],
  );
  assert.deepEqual(suggest(ALL, "online"), []);
  assert.deepEqual(suggest(ALL, ""), []);
});

test("accepting replaces the word and leaves the rest", () => {
  assert.deepEqual(accept("hash < 5", 4, "hashrate_ghs"), { text: "hashrate_ghs < 5", caret: 12 });
});
