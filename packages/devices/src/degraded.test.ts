import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { families } from "./families/index.ts";
import { answersOf } from "./test/answers-of.ts";
import { captures } from "./test/captures.ts";
import { degraded, keptDegraded, printDegraded } from "./test/degraded.ts";

/**
 * Firmwares leave members out, rename them, and say 0 or nothing where they don't know. For each member of each recorded
 * answer `degraded.json` says what the reading becomes without it, with a 0 and with an empty text in its place.
 */
describe("a member that is missing, 0 or empty changes what it should and nothing else", () => {
  for (const one of captures()) {
    const family = families.find(({ id }) => id === one.expected.driver);
    if (!family) continue;
    test(`${one.family}/${one.name}`, () => {
      const hint = "look at the difference of: node packages/devices/src/test/print-degraded.ts";
      assert.ok(keptDegraded(one.dir) === printDegraded(degraded(answersOf(one), family)), hint);
    });
  }
});
