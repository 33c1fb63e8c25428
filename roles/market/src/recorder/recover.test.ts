import assert from "node:assert/strict";
import { appendFile, mkdir, readFile, truncate, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { createLog } from "@banksman/kit";
import { tempFolder } from "@banksman/testkit";
import fc from "fast-check";
import { readMarketConfig } from "../config.ts";
import { bump, CollectorFigures, SymbolFigures } from "../figures.ts";
import { metricsText } from "../metrics.ts";
import { RAW } from "../sink.ts";
import { encodeBlock, endOf, RecordPacker } from "./journal-format.ts";
import { MANIFEST } from "./layout.ts";
import { writePart } from "./part-writer.ts";
import { recover } from "./recover.ts";
import { RowPacker } from "./row-codec.ts";
import { tickColumns } from "./table-columns.ts";

const RUN = "20260101T000000-old1abc";
const PAIRS = ["BTC-USDT", "ETH-USDT"];
const JOURNAL = join("journal", "exchange=mexc", "date=2026-01-01", `${RUN}-00-0001.journal.zst`);

function block(text: string): Buffer {
  const packer = new RecordPacker();
  packer.add(RAW.sent, 1, 1, Buffer.from(text));
  return encodeBlock(packer.take());
}

/** A folder as a run of mexc leaves it that was killed: one file of rows for each pair, and a journal. */
async function leftBehind(journal: Buffer) {
  const folder = await tempFolder();
  const outputDir = join(folder.path, "data");
  const path = join(folder.path, "mexc.yml");
  await writeFile(
    path,
    JSON.stringify({
      tasks: { a: { config: { connector_name: "mexc", trading_pairs: PAIRS, output_dir: outputDir } } },
    }),
  );
  const [config] = (await readMarketConfig(path, {})).collectors;
  assert.ok(config);
  await mkdir(dirname(join(outputDir, JOURNAL)), { recursive: true });
  await writeFile(join(outputDir, JOURNAL), journal);
  const parts = PAIRS.map((pair) => {
    const packer = new RowPacker();
    const row = { receivedMs: 1, engineMs: 1, pushMs: 1, firstId: 1, lastId: 1, sequence: 1, flags: 0 };
    packer.add(row, [["1.5", "2"]], []);
    const labels = { exchange: "mexc", pair, runId: RUN, collectorId: "x" };
    const options = { outputDir, layout: "hive", compression: "zstd" } as const;
    return join(outputDir, writePart(options, "ticks", labels, 1, tickColumns([packer.take()], labels, "hive")).path);
  });
  const started = { kind: "run_started", exchange: "mexc", run_id: RUN, at_ms: 0, host: "elsewhere", pid: 1 };
  await appendFile(join(outputDir, MANIFEST), `${JSON.stringify(started)}\n`);
  const [bitcoin = "", ether = ""] = parts;
  return { folder, config, bitcoin, ether, journal: join(outputDir, JOURNAL) };
}

/** What the start makes of it, as /metrics tells it. */
async function found({ config }: Awaited<ReturnType<typeof leftBehind>>): Promise<Record<string, number>> {
  const figures = new CollectorFigures("mexc");
  for (const pair of PAIRS) figures.symbols.set(pair, new SymbolFigures(pair, 0));
  const onDamaged = (pair: string | null) => bump(figures.corruptedFiles, pair ?? "unknown");
  await recover({ config, runId: "new", markets: [], log: createLog("test", "silent"), onDamaged });
  const lines = metricsText([figures]).matchAll(/corrupted_files\{exchange="mexc",symbol="([^"]+)"\} (\d+)/g);
  return Object.fromEntries([...lines].map(([, symbol = "", count]) => [symbol, Number(count)]));
}

const WHOLE = Buffer.concat([block("one"), block("two"), block("three")]);

test("files as a crash leaves them are not corrupted: the journal's torn record goes, the rest stays", async () => {
  const left = await leftBehind(WHOLE.subarray(0, WHOLE.length - 5));
  await using _ = left.folder;
  assert.deepEqual(await found(left), { "BTC-USDT": 0, "ETH-USDT": 0, unknown: 0 });
  assert.deepEqual(await readFile(left.journal), Buffer.concat([block("one"), block("two")]));
});

test("a journal damaged before its last record counts, and not a byte of it is cut away", async () => {
  const damaged = Buffer.from(WHOLE);
  const at = block("one").length + 20;
  damaged[at] = (damaged[at] ?? 0) ^ 0xff;
  const left = await leftBehind(damaged);
  await using _ = left.folder;
  assert.deepEqual(await found(left), { "BTC-USDT": 0, "ETH-USDT": 0, unknown: 1 });
  assert.deepEqual(await readFile(left.journal), damaged);
});

test("Parquet files of the manifest count by their symbol when they are cut short or their footer is no footer", async () => {
  const left = await leftBehind(WHOLE);
  await using _ = left.folder;
  const bytes = await readFile(left.bitcoin);
  await truncate(left.bitcoin, bytes.length - 1);
  const footer = await readFile(left.ether);
  footer.fill(0xff, footer.length - 40, footer.length - 8);
  await writeFile(left.ether, footer);
  assert.deepEqual(await found(left), { "BTC-USDT": 1, "ETH-USDT": 1, unknown: 0 });
});

test("wherever a journal is cut it is torn; wherever a byte changes before the last block it is damaged", () => {
  const last = WHOLE.length - block("three").length;
  const starts = [0, block("one").length, last, WHOLE.length];
  fc.assert(
    fc.property(fc.nat(WHOLE.length), (length) => {
      assert.equal(endOf(WHOLE.subarray(0, length)), starts.includes(length) ? "whole" : "torn");
      assert.equal(endOf(Buffer.concat([WHOLE, Buffer.alloc(length)])), length === 0 ? "whole" : "torn");
    }),
  );
  fc.assert(
    fc.property(fc.nat(last - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      // The second word of a mark is its own length, which nobody reads.
      const isUnread = starts.some((start) => at >= start + 4 && at < start + 8);
      const damaged = Buffer.from(WHOLE);
      damaged[at] = (damaged[at] ?? 0) ^ change;
      assert.equal(endOf(damaged), isUnread ? "whole" : "damaged");
    }),
  );
});
