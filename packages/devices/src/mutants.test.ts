import assert from "node:assert/strict";
import { test } from "node:test";
import { nameOf } from "./test/mutants.ts";
import { allMutants, survives } from "./test/run-mutants.ts";

/** Every so many of the mistakes that mutants.long.test.ts makes: some of each driver. */
const EVERY = 29;

test("mistakes made in drivers on purpose are seen by the recorded devices", async () => {
  const chosen = allMutants().filter((_, i) => i % EVERY === 0);
  assert.ok(chosen.length > 15, `${chosen.length} mistakes`);
  for (const mutant of chosen) assert.equal(await survives(mutant), false, nameOf(mutant));
});
