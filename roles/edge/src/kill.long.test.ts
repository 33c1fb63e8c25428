import assert from "node:assert/strict";
import { test } from "node:test";
import { killRun } from "./kill-run.ts";

for (const seed of [1, 2, 3, 4]) {
  test(`50 kills of the edge, seed ${seed}`, { timeout: 180_000 }, async () => {
    const { stored, arrived, pending, kills } = await killRun(seed, 50);
    assert.equal(pending, 0);
    assert.deepEqual(
      stored.filter((id) => !arrived.has(id)),
      [],
    );
    assert.ok([...arrived.values()].filter((times) => times > 1).length <= kills);
  });
}
