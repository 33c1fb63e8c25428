import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { runVectors } from "./test/vectors/run.ts";

const recorded = fileURLToPath(new URL("../captures/statshttpd", import.meta.url));

test("what the original answered is answered byte for byte, but for its faults that are mended", async () => {
  const results = await runVectors(recorded);
  assert.equal(results.length, 17);
  const undeclared = results.flatMap(({ comparison }) =>
    comparison.differences.filter(({ because }) => because === null),
  );
  assert.deepEqual(undeclared, []);
  for (const { file, comparison } of results)
    assert.ok(comparison.equal >= 5 && comparison.equal < comparison.steps + 1, `${file} has steps that are equal`);
});
