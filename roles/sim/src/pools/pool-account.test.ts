import assert from "node:assert/strict";
import { test } from "node:test";
import { minerStateAt } from "../miner-state.ts";
import { rosterOf } from "../roster.ts";
import { f2poolAccount } from "./pool-account.ts";

const NOW = Date.UTC(2026, 10, 21, 9);
const miners = rosterOf({ count: 60, from: "127.10.0.1", port: 4028, seed: 1, faults: [] });
type Row = [string, number, number, number, number, number, string];
const rows = (stolen: number[] = [], skimmed: number[] = []) =>
  (f2poolAccount(miners, NOW, { stolen, skimmed }) as { workers: Row[] }).workers;

test("each worker is counted at what its device hashes, within the spread of its shares", () => {
  for (const [index, [name, now, hour]] of rows().entries()) {
    const miner = miners[index] ?? assert.fail();
    assert.equal(name, miner.who.worker);
    const real = minerStateAt(miner.model, miner.fate, miner.noise, NOW).now * 1e9;
    assert.ok(now <= real * 1.1 && now >= real * 0.85, `${name}: ${now} of ${real}`);
    if (miner.fate === "steady") assert.ok(Math.abs(hour / 3_600 / real - 1) < 0.15, name);
  }
});

test("stolen shares are silent, skimmed ones fewer", () => {
  const [fair, changed] = [rows(), rows([3], [4])];
  assert.deepEqual([changed[2]?.[1], Date.parse(changed[2]?.[6] ?? "")], [0, NOW - 7_200_000]);
  assert.ok(Math.abs((changed[3]?.[1] ?? 0) / (fair[3]?.[1] ?? 1) - 0.7 / 0.99) < 0.01);
});
