import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { runVectors } from "./test/vectors/run.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const RECORDED = here("../captures/statshttpd");
const DIFFERENCES = here("../captures/statshttpd/deliberate-differences.txt");

test("what the original answered is answered byte for byte, but for its faults that are mended", async (t) => {
  const results = await runVectors(RECORDED);
  assert.equal(results.length, 17);
  const all = results.flatMap(({ comparison }) => comparison.differences);
  assert.deepEqual(
    all.filter(({ because }) => because === null),
    [],
  );
  const listed = all.map(({ file, step, because }) => `${file} step ${step}: ${(because ?? []).join("; ")}`);
  // A difference more or fewer must be looked at: node --test --test-update-snapshots writes the list anew.
  t.assert.fileSnapshot(`${listed.join("\n")}\n`, DIFFERENCES, { serializers: [String] });
});
