import assert from "node:assert/strict";
import { test } from "node:test";
import { brokenPromises, contrast } from "./check-contrast.ts";

test("contrast is 21 for black on white and 1 for a colour on itself", () => {
  assert.equal(contrast("#000000", "#FFFFFF"), 21);
  assert.equal(contrast("#1B58C4", "#1B58C4"), 1);
});

test("every promise of the tokens holds", () => {
  const { broken, checks } = brokenPromises();
  assert.deepEqual(broken, []);
  assert.ok(checks > 800, `only ${checks} checks were made`);
});
