import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { dialects, replayRecording } from "@banksman/sim";
import { waitFor } from "@banksman/testkit";
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

const RECORDINGS = { binance: "NKN-USDT", bybit_perpetual: "SOL-USDT", gate_io_perpetual: "RDNT-USDT" };
for (const [connector, pair] of Object.entries(RECORDINGS))
  test(`${connector}: a live recording, served again, is followed without a gap`, { timeout: 30_000 }, async () => {
    const dialect = dialects.find((one) => one.connector === connector);
    assert.ok(dialect);
    const path = join(import.meta.dirname, "../../../roles/market/captures", connector, "recording/recording.jsonl");
    await using replay = await replayRecording({ dialect, path, rate: 200 });
    const config = {
      trading_pairs: [pair],
      channels: ["book"],
      depth_channel: "diff",
      depth_limit: 200,
      endpoints: { ws: replay.ws, rest: replay.rest },
    };
    await using rig = await startRig(connector, { pairs: [pair], config });
    await waitFor("the recording to be through", () => rig.book(pair).figures.diffs >= 50 && rig.book(pair).isLive);
    assert.equal(rig.book(pair).figures.gapCount, 0);
    assert.equal(rig.book(pair).book.isCrossed(), false);
    assert.equal(rig.collector.figures.parseErrors, 0);
  });
