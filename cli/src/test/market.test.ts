import assert from "node:assert/strict";
import { test } from "node:test";
import { dialects } from "@banksman/sim";
import { settle, startRig } from "./market-kit.ts";

for (const { connector } of dialects)
  test(`${connector}: books over real sockets equal the exchange's own`, { timeout: 30_000 }, async () => {
    await using rig = await startRig(connector, { config: { channels: ["book", "trades", "quotes", "marks"] } });
    await settle(rig);
    for (let at = 0; at < 200; at++) rig.exchange.step();
    for (const pair of ["BTC-USDT", "ETH-USDT"]) {
      await rig.matches(pair);
      const { figures } = rig.book(pair);
      assert.equal(figures.gapCount, 0);
      assert.ok(figures.diffs >= 200);
      assert.ok(figures.trades > 0);
      assert.equal(rig.collector.figures.parseErrors, 0);
    }
  });
