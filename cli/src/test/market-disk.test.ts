import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { bookAt, verify } from "@banksman/market";
import { tempFolder, waitFor } from "@banksman/testkit";
import { settle, startRig } from "./market-kit.ts";

/** A disk of 8 MiB, unmounted at the end; null where mounting isn't allowed. */
async function smallDisk(): Promise<(AsyncDisposable & { path: string }) | null> {
  const folder = await tempFolder();
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=8m", "tmpfs", folder.path], { stdio: "ignore" });
  } catch {
    await folder[Symbol.asyncDispose]();
    return null;
  }
  return {
    path: folder.path,
    [Symbol.asyncDispose]: async () => {
      execFileSync("umount", ["--lazy", folder.path]);
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** A file of other programs; disposing removes it. */
function fill(path: string, bytes: number): Disposable {
  writeFileSync(path, Buffer.alloc(bytes));
  return { [Symbol.dispose]: () => rmSync(path, { force: true }) };
}

const gapsOf = (folder: string) =>
  readFileSync(join(folder, "gaps.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

test("a disk that fills up: lost rows are counted exactly, nothing is half written, and it heals by itself", {
  timeout: 60_000,
}, async (t) => {
  await using disk = await smallDisk();
  if (!disk) return t.skip("mounting a small disk needs root");
  const output_dir = join(disk.path, "data");
  const tight = {
    output_dir,
    disk: { min_free_gb: 0, queue_mb: 1 },
    rotate: { rows: 4_000, mb: 1, minutes: 1 },
    wal: { fsync_ms: 50 },
  };
  await using rig = await startRig("binance", { records: true, config: tight });
  await settle(rig);
  // Goes first at the end, so that a failing test can still write what it holds.
  using others = fill(join(disk.path, "others"), 7 * 2 ** 20);
  const { figures } = rig.book("BTC-USDT");
  await waitFor(
    "rows to be dropped",
    () => {
      for (let at = 0; at < 400; at++) rig.exchange.step();
      return rig.writer() === "full" && figures.rowsDropped > 0;
    },
    { withinMs: 30_000 },
  );
  assert.equal(rig.book("BTC-USDT").isLive, true, "the book goes on");
  others[Symbol.dispose]();
  await waitFor(
    "the writer to heal",
    () => {
      rig.exchange.step();
      return (
        rig.writer() === "ok" && gapsOf(output_dir).some((line) => line.cause === "disk" && line.symbol === "BTC-USDT")
      );
    },
    { withinMs: 20_000 },
  );
  const told = gapsOf(output_dir).filter(
    (line) => line.kind === "gap_opened" && line.cause === "disk" && line.symbol === "BTC-USDT",
  );
  assert.equal(
    told.reduce((sum, line) => sum + line.missing, 0),
    figures.rowsDropped,
  );
  for (let at = 0; at < 20; at++) rig.exchange.step();
  await rig.matches("BTC-USDT");
  const truth = rig.exchange.truth("BTCUSDT");
  const now = String(Math.ceil(rig.collector.wall.now()) + 1);
  await rig.finish();
  const report = await verify({ dir: output_dir });
  assert.deepEqual(report.files, []);
  assert.equal(report.ok, true, JSON.stringify(report.symbols.flatMap((one) => one.holes)));
  assert.equal(report.symbols.find((one) => one.symbol === "BTC-USDT")?.rows, figures.ticksWritten);
  const book = await bookAt({ dir: output_dir, symbol: "BTC-USDT", at: now, depth: 5 });
  assert.equal(book.seq, truth.id);
  assert.deepEqual(
    book.bids.map(([price]) => Number(price)),
    truth.bids.slice(0, 5).map(([price]) => Number(price)),
  );
});

test("below min_free_gb book rows stop, trades go on, and /health says why", { timeout: 60_000 }, async () => {
  const config = { disk: { min_free_gb: 1_000_000 }, channels: ["book", "trades"] };
  await using rig = await startRig("bybit", { records: true, rate: 50, config });
  await waitFor("the writer to stop", () => rig.writer() === "full");
  await waitFor("rows to be dropped", () => rig.book("BTC-USDT").figures.rowsDropped > 0);
  assert.ok(rig.book("BTC-USDT").isLive);
});
