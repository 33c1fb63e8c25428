import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { bookAt, verify } from "@banksman/market";
import { run, tempFolder, waitFor } from "@banksman/testkit";
import { DuckDBInstance } from "@duckdb/node-api";
import { pushUntilJoined, settle, startRig } from "./market-kit.ts";

const CLI = new URL("../../banksman.js", import.meta.url).pathname;

/** Runs one query in DuckDB, a reader that knows nothing of how the files were written. */
async function query(sql: string): Promise<Record<string, unknown>[]> {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  try {
    return (await connection.runAndReadAll(sql)).getRowObjectsJson();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

const normal = (levels: readonly (readonly [string, string])[]) =>
  levels.map(([price, size]) => `${Number(price)} ${Number(size)}`);

test("what was recorded opens in DuckDB with the right types, and every row that counts as written is there", {
  timeout: 60_000,
}, async () => {
  await using rig = await startRig("mexc", { records: true, config: { channels: ["book", "trades", "quotes"] } });
  await settle(rig);
  for (let at = 0; at < 300; at++) rig.exchange.step();
  await rig.matches("BTC-USDT");
  await rig.finish();
  const files = join(rig.dataDir, "ticks/**/*.parquet");
  const types = await query(`DESCRIBE SELECT * FROM read_parquet('${files}', hive_partitioning = false)`);
  const typeOf = new Map(types.map((row) => [row.column_name, row.column_type]));
  assert.deepEqual([...typeOf.keys()].slice(0, 13), [
    "timestamp",
    "received_timestamp",
    "exchange",
    "trading_pair",
    "update_id",
    "snapshot_flag",
    "side",
    "price",
    "amount",
    "best_bid_price",
    "best_ask_price",
    "total_bid_volume",
    "total_ask_volume",
  ]);
  assert.equal(typeOf.get("timestamp"), "TIMESTAMP WITH TIME ZONE");
  assert.equal(typeOf.get("update_id"), "BIGINT");
  assert.equal(typeOf.get("price"), "DOUBLE");
  assert.equal(typeOf.get("snapshot_flag"), "BOOLEAN");
  const counted = await query(
    `SELECT symbol, count(*)::INT AS rows FROM read_parquet('${files}', hive_partitioning = true) GROUP BY ALL`,
  );
  for (const { symbol, rows } of counted) assert.equal(rig.book(String(symbol)).figures.ticksWritten, rows);
  const [trades] = await query(
    `SELECT count(*)::INT AS n FROM read_parquet('${join(rig.dataDir, "trades/**/*.parquet")}')`,
  );
  assert.ok(Number(trades?.n) > 0);
  const report = await verify({ dir: rig.dataDir });
  assert.equal(report.ok, true, JSON.stringify(report.files));
});

for (const layout of ["hive", "quantslab"])
  test(`${layout}: replay rebuilds the book as it was, from the files alone`, { timeout: 60_000 }, async () => {
    await using rig = await startRig("gate_io", {
      records: true,
      config: { layout, rotate: { rows: 400, mb: 1, minutes: 1 } },
    });
    await settle(rig);
    for (let at = 0; at < 150; at++) rig.exchange.step();
    await rig.matches("ETH-USDT");
    const middle = { truth: rig.exchange.truth("ETH_USDT"), atMs: Math.ceil(rig.collector.wall.now()) };
    await waitFor("a later moment", () => rig.collector.wall.now() > middle.atMs + 5);
    for (let at = 0; at < 150; at++) rig.exchange.step();
    await rig.matches("ETH-USDT");
    await rig.finish();
    const book = await bookAt({ dir: rig.dataDir, symbol: "ethusdt", at: String(middle.atMs), depth: 1_000 });
    assert.equal(book.seq, middle.truth.id);
    assert.deepEqual(normal(book.bids), normal(middle.truth.bids));
    assert.deepEqual(normal(book.asks), normal(middle.truth.asks));
    assert.equal((await verify({ dir: rig.dataDir })).ok, true);
  });

test("a gap is in the ledger, in the rows' flags and in what verify says", { timeout: 60_000 }, async () => {
  await using rig = await startRig("binance", { records: true });
  await settle(rig);
  for (let at = 0; at < 20; at++) rig.exchange.step();
  rig.exchange.fault({ kind: "drop", symbol: "BTCUSDT", times: 2 });
  await pushUntilJoined(rig, () => rig.book("BTC-USDT").figures.gapCount === 1);
  await rig.matches("BTC-USDT");
  await rig.finish();
  const ledger = (await readFile(join(rig.dataDir, "gaps.jsonl"), "utf8"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const opened = ledger.filter((line) => line.kind === "gap_opened");
  const closed = ledger.filter((line) => line.kind === "gap_closed");
  assert.equal(opened.length, 1);
  assert.deepEqual([opened[0].symbol, opened[0].cause, opened[0].recovered], ["BTC-USDT", "sequence", false]);
  assert.deepEqual([closed[0].id, closed[0].recovered], [opened[0].id, true]);
  assert.ok(ledger.some((line) => line.kind === "coverage" && line.symbol === "BTC-USDT"));
  const report = await verify({ dir: rig.dataDir });
  const bitcoin = report.symbols.find((one) => one.symbol === "BTC-USDT");
  assert.equal(bitcoin?.holes.length, 1);
  assert.equal(bitcoin?.holes[0]?.noted, true);
  assert.equal(report.symbols.find((one) => one.symbol === "ETH-USDT")?.holes.length, 0);
  assert.equal(report.ok, true);
});

test("kill -9 while writing: at most a second is lost, no file is damaged, the next run says what is missing", {
  timeout: 90_000,
}, async () => {
  await using folder = await tempFolder();
  const config = join(folder.path, "orderbook_tick_mexc.yml");
  await using _sim = run(process.execPath, [
    CLI,
    "sim",
    "exchanges",
    "--only",
    "mexc",
    "--port",
    "0",
    "--rate",
    "200",
    "--write-config",
    folder.path,
  ]);
  await waitFor("the configuration", () => readFile(config, "utf8"));
  const data = join(folder.path, "data");
  const parts = async () =>
    (await readFile(join(data, "manifest.jsonl"), "utf8")).split("\n").filter((line) => line.includes('"part"')).length;
  const written: number[] = [];
  for (let kill = 0; kill < 3; kill++) {
    await using collector = run(process.execPath, [CLI, "market", "serve", "--config", config, "--port", "0"]);
    const [, port] = await collector.output(/http:\/\/127\.0\.0\.1:(\d+)/);
    const ticks = async () => {
      const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      return [...text.matchAll(/ticks_written_total\{[^}]*\} (\d+)/g)].reduce(
        (sum, match) => sum + Number(match[1]),
        0,
      );
    };
    await waitFor("rows safe on disk", async () => (await ticks()) > 1_000);
    written.push(await ticks());
    await collector.stop("SIGKILL");
  }
  await using last = run(process.execPath, [CLI, "market", "serve", "--config", config, "--port", "0"]);
  await last.output(/rows recovered from its journal/);
  await waitFor("recovered parts in the manifest", async () => (await parts()) > 0);
  await last.stop("SIGTERM");
  assert.equal(await last.exited, 0);
  const report = await verify({ dir: data });
  assert.equal(report.ok, true, JSON.stringify(report));
  const rows = report.symbols.reduce((sum, one) => sum + one.rows, 0);
  assert.ok(rows >= written.reduce((sum, count) => sum + count, 0), "every row that counted as written is in a table");
});

test("without a journal rows count when their file is complete, and the writer is well", {
  timeout: 60_000,
}, async () => {
  const config = { wal: { enabled: false }, rotate: { rows: 200, mb: 1, minutes: 1 } };
  await using rig = await startRig("bybit", { records: true, config });
  await settle(rig);
  for (let at = 0; at < 200; at++) rig.exchange.step();
  const { figures } = rig.book("BTC-USDT");
  await waitFor("rows in complete files", () => figures.ticksWritten >= 200 && figures.filesWritten >= 1);
  assert.equal(rig.writer(), "ok");
  await rig.finish();
  const report = await verify({ dir: rig.dataDir });
  assert.deepEqual([report.ok, report.journals.files], [true, 0]);
  assert.equal(report.symbols.find((one) => one.symbol === "BTC-USDT")?.rows, figures.ticksWritten);
});
