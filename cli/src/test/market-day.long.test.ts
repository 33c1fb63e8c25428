import assert from "node:assert/strict";
import { test } from "node:test";
import { playMarket } from "./market-day.ts";

for (const connector of ["mexc", "binance_perpetual", "bybit"])
  test(`${connector}: 24 hours of a market at speed, without growth of memory`, { timeout: 3_000_000 }, async (t) => {
    const day = await playMarket(connector, 24);
    t.diagnostic(JSON.stringify(day));
    assert.equal(day.checks, 144);
    assert.ok(day.heapGrowthMb < 40, `the heap grew by ${day.heapGrowthMb.toFixed(1)} MB in 18 hours`);
  });
