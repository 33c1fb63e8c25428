import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Worker } from "node:worker_threads";
import { bookAt, verify } from "@banksman/market";
import { waitFor } from "@banksman/testkit";
import { type RigOptions, settle, startRig } from "./market-kit.ts";

const BTC = "BTC-USDT";

const priceOf = ([price]: readonly [string, string]) => Number(price);

/** A recording rig with its writers' threads, as the process sees them start: the journal's first, then the tables'. */
async function startWithThreads(config: RigOptions["config"] = {}) {
  const started: Worker[] = [];
  const note = (worker: Worker) => void started.push(worker);
  process.on("worker", note);
  const rig = await startRig("binance", { records: true, config: { wal: { fsync_ms: 50 }, ...config } });
  await settle(rig);
  const kill = async (at: number) => {
    const [before, worker] = [started.length, started[at]];
    assert.ok(worker);
    await worker.terminate();
    await waitFor("the death to be told", () => rig.writer() === "stuck");
    await waitFor("another thread", () => {
      rig.exchange.step();
      return started.length === before + 1 && rig.writer() === "ok";
    });
  };
  return {
    rig,
    kill,
    [Symbol.asyncDispose]: async () => {
      process.off("worker", note);
      await rig[Symbol.asyncDispose]();
    },
  };
}

type Threads = Awaited<ReturnType<typeof startWithThreads>>;

/** Ends the run: the files are whole and lead to the exchange's own book. Answers the rows of BTC-USDT in tables. */
async function provenRows({ rig }: Threads): Promise<number> {
  await rig.matches(BTC);
  const truth = rig.exchange.truth("BTCUSDT");
  const at = String(Math.ceil(rig.collector.wall.now()) + 1);
  await rig.finish();
  const report = await verify({ dir: rig.dataDir });
  assert.equal(report.ok, true, JSON.stringify([report.files, report.symbols.flatMap((one) => one.holes)]));
  const book = await bookAt({ dir: rig.dataDir, symbol: BTC, at, depth: 5 });
  assert.equal(book.seq, truth.id);
  assert.deepEqual(book.bids.map(priceOf), truth.bids.slice(0, 5).map(priceOf));
  return report.symbols.find((one) => one.symbol === BTC)?.rows ?? 0;
}

test("the journal's thread dies, twice: another one starts, and not a row is lost or counted too early", {
  timeout: 60_000,
}, async () => {
  await using threads = await startWithThreads();
  const { rig, kill } = threads;
  for (const at of [0, 2]) {
    for (let step = 0; step < 100; step++) rig.exchange.step();
    await rig.matches(BTC);
    await kill(at);
  }
  for (let step = 0; step < 20; step++) rig.exchange.step();
  const { figures } = rig.book(BTC);
  assert.equal(await provenRows(threads), figures.ticksWritten);
  assert.equal(figures.rowsDropped, 0);
});

for (const isJournaled of [true, false])
  test(`the tables' thread dies ${isJournaled ? "beside" : "without"} a journal: what it held counts as dropped, and it heals`, {
    timeout: 60_000,
  }, async () => {
    await using threads = await startWithThreads({ wal: { enabled: isJournaled, fsync_ms: 50 } });
    const { rig, kill } = threads;
    for (let step = 0; step < 100; step++) rig.exchange.step();
    await rig.matches(BTC);
    const { figures } = rig.book(BTC);
    await kill(isJournaled ? 1 : 0);
    assert.ok(figures.rowsDropped > 200, `${figures.rowsDropped} rows dropped`);
    assert.equal(rig.book(BTC).figures.gapCount, 0, "the book goes on");
    for (let step = 0; step < 20; step++) rig.exchange.step();
    const rows = await provenRows(threads);
    assert.equal(toldAsLost(rig.dataDir), figures.rowsDropped);
    // What a journal made safe stays counted as written, whatever becomes of the table.
    const onlyInJournal = figures.ticksWritten - rows;
    if (isJournaled) assert.ok(onlyInJournal >= 0 && onlyInJournal <= figures.rowsDropped, String(onlyInJournal));
    else assert.equal(onlyInJournal, 0);
    assert.equal(figures.bufferedRows, 0);
  });

/** Rows that the ledger says are in no table. */
function toldAsLost(folder: string): number {
  return readFileSync(join(folder, "gaps.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line): { kind: string; symbol: string; missing: number } => JSON.parse(line))
    .filter((line) => line.kind === "gap_opened" && line.symbol === BTC)
    .reduce((sum, line) => sum + line.missing, 0);
}
