import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { createLog } from "@banksman/kit";
import { tempFolder } from "@banksman/testkit";
import { readMarketConfig } from "../config.ts";
import type { Diff } from "../exchange.ts";
import { CollectorFigures, SymbolFigures } from "../figures.ts";
import { RAW } from "../sink.ts";
import { verify } from "../verify.ts";
import { Recorder } from "./recorder.ts";

const PAIR = "BTC-USDT";

test("rows that a full queue dropped are in the ledger, also where rows were taken and synced before the loss was told", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "market.json");
  const output_dir = join(folder.path, "data");
  const settings = { connector_name: "mexc", trading_pairs: [PAIR], output_dir };
  const tight = { ...settings, disk: { min_free_gb: 0, queue_mb: 1 }, wal: { fsync_ms: 20 } };
  await writeFile(path, JSON.stringify({ tasks: { a: { config: tight } } }));
  const [config] = (await readMarketConfig(path, {})).collectors;
  assert.ok(config);
  const figures = new CollectorFigures("mexc");
  const one = new SymbolFigures(PAIR, 0);
  figures.symbols.set(PAIR, one);
  // Each look is a millisecond later, so that no two moments are taken for one.
  let nowMs = Date.UTC(2026, 0, 1);
  const now = () => ++nowMs;
  const recorder = new Recorder({ config, figures, log: createLog("test", "silent"), now, onRecovered: () => {} });
  recorder.start();
  let id = 0;
  const see = () => {
    const before = one.rowsDropped;
    const ids = { first: ++id, last: id, prev: null };
    const diff: Diff = {
      kind: "diff",
      symbol: PAIR,
      ...ids,
      bids: [["1", "1"]],
      asks: [],
      engineMs: null,
      pushMs: null,
    };
    recorder.diff(PAIR, diff, 0, { receivedMs: now(), connection: 1, sequence: id });
    return one.rowsDropped === before;
  };
  see();
  const frames = randomBytes(256 * 1024);
  /** Syncs that ended since rows were first taken behind a hole that nobody told of yet. */
  let synced = new Set<number>();
  let isBehindHole = false;
  while (synced.size < 3) {
    recorder.raw(RAW.sent, 1, now(), frames);
    const isTaken = see();
    isBehindHole ||= isTaken && one.rowsDropped > 0;
    if (isBehindHole) synced = synced.add(recorder.state.lastDurableMs);
    await turn();
  }
  await recorder.stop();
  assert.ok(one.rowsDropped > 0);
  const report = await verify({ dir: output_dir });
  const [symbol] = report.symbols;
  assert.ok(symbol && symbol.holes.length > 0);
  assert.deepEqual(
    symbol.holes.filter((hole) => !hole.noted),
    [],
  );
  const behindLast = id - (symbol.last_id ?? 0);
  assert.equal(
    symbol.holes.reduce((sum, hole) => sum + hole.missing, behindLast),
    one.rowsDropped,
  );
});
