import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { test } from "node:test";
import { tempFolder } from "@banksman/testkit";
import { stringify } from "yaml";
import { MarketConfig, readMarketConfig, TaskConfig } from "./config.ts";
import { productOf } from "./exchanges/index.ts";
import { CollectorFigures } from "./figures.ts";
import { metricsText } from "./metrics.ts";
import { guessPairs, nearestPair, resolvePairs, splitPair } from "./symbols.ts";

async function read(content: unknown) {
  await using folder = await tempFolder();
  const path = join(folder.path, "market.yml");
  await writeFile(path, typeof content === "string" ? content : stringify(content));
  return await readMarketConfig(path, {});
}

/** As quants-lab's users have it. */
const QUANTS_LAB = `
tasks:
  orderbook_tick_gateio:
    enabled: true
    task_class: app.tasks.data_collection.orderbook_tick_task.OrderBookTickTask
    schedule: {type: frequency, frequency_hours: 24, timezone: UTC}
    max_retries: 999
    retry_delay_seconds: 30
    config:
      connector_name: gateio
      trading_pairs: [AUKIUSDT, VIRTUAL-USDT]
      depth_limit: 100
      snapshot_interval: 300
      buffer_size: 100
      flush_interval: 10.0
      output_dir: app/data/raw/orderbook_ticks
      gap_warning_threshold: 50
    tags: [orderbook]
`;

test("a file of quants-lab works unchanged and draws no warning", async () => {
  const { collectors, warnings } = await read(QUANTS_LAB);
  assert.deepEqual(warnings, []);
  const [only] = collectors;
  assert.equal(only?.product.connector, "gate_io");
  assert.equal(only?.maxBackoffMs, 30_000);
  assert.deepEqual(only?.choice, { channels: ["book", "trades"], depth: 100, speed: "100ms", depthChannel: "auto" });
});

for (const path of globSync(join(import.meta.dirname, "../../../config/orderbook_tick_*.yml")))
  test(`the shipped ${basename(path)} is read without a warning`, async () => {
    const { collectors, warnings, config } = await readMarketConfig(path, {});
    assert.deepEqual(warnings, []);
    assert.equal(collectors.length, 1);
    assert.ok(config.metrics_allow.length > 0);
  });

const task = (config: object) => ({
  tasks: { t: { config: { connector_name: "mexc", trading_pairs: ["BTC-USDT"], ...config } } },
});

test("keys that nobody reads are named, since they are most often misspelt", async () => {
  const { warnings } = await read({ ...task({ snapshot_intervall: 5 }), metrics_alow: [] });
  assert.deepEqual(warnings, ["metrics_alow", "tasks.t.config.snapshot_intervall"]);
});

const MISTAKES: [object, RegExp][] = [
  [task({ connector_name: "kraken" }), /"tasks\.t\.config\.connector_name" is "kraken": must be one of binance, /],
  [task({ trading_pairs: [] }), /"tasks\.t\.config\.trading_pairs" is \[\]: at least one pair/],
  [task({ depth_limit: 0 }), /"tasks\.t\.config\.depth_limit" is 0: a whole number from 1 on/],
  [task({ layout: "flat" }), /"tasks\.t\.config\.layout" is "flat"/],
  [task({ rotate: { rows: 5, hours: 1 } }), /"tasks\.t\.config\.rotate\.hours" is not a known key/],
  [task({ upload: { endpoint: "https://s3.example.org", bucket: "b" } }), /AWS_ACCESS_KEY_ID/],
  [
    { tasks: { t: { enabled: false, config: { connector_name: "mexc", trading_pairs: ["A-B"] } } } },
    /no task is enabled/,
  ],
  [{ tasks: {} }, /at least one task/],
  [{ ...task({}), metrics_allow: ["10.0.0.300"] }, /"metrics_allow\[0\]" is "10\.0\.0\.300": an address or a network/],
  [{ ...task({}), metrics_allow: ["fd00::/129"] }, /"metrics_allow\[0\]" is "fd00::\/129"/],
];
for (const [content, told] of MISTAKES)
  test(`a mistake is told with its key and its value: ${told.source.slice(0, 50)}`, async () => {
    await assert.rejects(read(content), (error: Error) => told.test(error.message));
  });

const INSTRUMENTS = [
  { symbol: "AUKIUSDT", base: "AUKI", quote: "USDT", trading: true },
  { symbol: "VIRTUALUSDT", base: "VIRTUAL", quote: "USDT", trading: true },
  { symbol: "BTCUSDC", base: "BTC", quote: "USDC", trading: true },
];

test("pairs are found in any spelling, each once", () => {
  const { markets, unknown } = resolvePairs(["AUKIUSDT", "virtual_usdt", "VIRTUAL/USDT", "btc-usdc"], INSTRUMENTS);
  assert.deepEqual(
    markets.map((market) => market.pair),
    ["AUKI-USDT", "VIRTUAL-USDT", "BTC-USDC"],
  );
  assert.deepEqual(unknown, []);
});

test("an unknown pair is told with the nearest one, or with none when none is near", () => {
  assert.deepEqual(resolvePairs(["AUKUUSDT"], INSTRUMENTS).unknown, [{ pair: "AUKU-USDT", nearest: "AUKI-USDT" }]);
  assert.equal(nearestPair("DOGE-EUR", INSTRUMENTS), null);
});

test("without the exchange's list pairs are cut by their spelling", () => {
  for (const name of ["BTC-USDT", "btcusdt", "BTC_USDT", "BTC/USDT"])
    assert.deepEqual(splitPair(name), { base: "BTC", quote: "USDT" });
  const gate = productOf("gate_io_perpetual");
  assert.ok(gate);
  assert.deepEqual(guessPairs(["btcusdt", "BTC-USDT"], gate), [
    { pair: "BTC-USDT", symbol: "BTC_USDT", contractSize: null },
  ]);
});

test("docs/market.md names every key of the configuration and every metric", async () => {
  const text = await readFile(join(import.meta.dirname, "../../../docs/market.md"), "utf8");
  const keys = [...Object.keys(TaskConfig.shape), ...Object.keys(MarketConfig.shape).filter((key) => key !== "tasks")];
  const names = [...metricsText([new CollectorFigures("x")]).matchAll(/^# TYPE orderbook_collector_(\w+)/gm)].map(
    (match) => match[1] ?? "",
  );
  assert.deepEqual(
    [...keys, ...names].filter((word) => !text.includes(`\`${word}\``)),
    [],
  );
});
