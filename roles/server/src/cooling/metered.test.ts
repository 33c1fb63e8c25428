import assert from "node:assert/strict";
import { test } from "node:test";
import { metered } from "./metered.ts";

test("a meter's steps forward count, also over gaps; that it began anew or showed nothing for a moment doesn't", () => {
  assert.equal(metered([100, 104, 120], [103, 108, 121]), 21, "what was used between hours too");
  assert.equal(metered([100, 0, 6], [103, 5, 9]), 12, "anew between two hours");
  assert.equal(metered([100, 0, 3], [103, 107, 9]), 16, "anew within an hour, at 107");
  assert.equal(metered([0, 3], [107, 9]), 9, "anew within the first hour");
  assert.equal(metered([100, 0, 110], [103, 107, 112]), 12, "one wrong zero");
  assert.equal(metered([7], [7]), 0);
});
