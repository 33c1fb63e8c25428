import assert from "node:assert/strict";
import { test } from "node:test";
import { withCurrentFigures } from "./current-figures.ts";

const row = { miner_id: "a", hashrate_ghs: 200_000, expected_hashrate_ghs: 210_000, temperature_max: 70 };

test("the last figures of an unreachable miner are not shown as if they held; its nameplate stays", () => {
  assert.deepEqual(withCurrentFigures({ ...row, health: "unreachable" }), {
    miner_id: "a",
    health: "unreachable",
    hashrate_ghs: null,
    expected_hashrate_ghs: 210_000,
    temperature_max: null,
  });
});

test("every other miner's row is left as it is", () => {
  const degraded = { ...row, health: "degraded" as const };
  assert.equal(withCurrentFigures(degraded), degraded);
});
