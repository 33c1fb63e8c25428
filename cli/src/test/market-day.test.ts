import assert from "node:assert/strict";
import { test } from "node:test";
import { playMarket } from "./market-day.ts";

test("half an hour of a market at speed: books right at every check, files whole, gaps counted exactly", {
  timeout: 120_000,
}, async () => {
  const { checks, drops } = await playMarket("mexc", 0.5);
  assert.deepEqual([checks, drops], [3, 1]);
});
