/**
 * A collector for bench/market-sockets.ts: node --expose-gc bench/market-collect.ts CONNECTOR PORT SYMBOLS FRAMES FOLDER RECORDS
 * Prints one JSON line: CPU seconds of the thread that reads sockets and of the whole process, latency, memory, bytes.
 */
import { gzipSync } from "node:zlib";
import { createLog, systemClock } from "@banksman/kit";
import { Budget } from "../roles/market/src/budget.ts";
import { Collector } from "../roles/market/src/collector.ts";
import { type CollectorConfig, TaskConfig } from "../roles/market/src/config.ts";
import { productOf } from "../roles/market/src/exchanges/index.ts";
import { filesBelow } from "../roles/market/src/recorder/disk.ts";
import { readTicks } from "../roles/market/src/recorder/read-ticks.ts";
import { noSink } from "../roles/market/src/sink.ts";
import { Station } from "../roles/market/src/station.ts";

const [connector = "", port = "", symbols = "1", frames = "1", folder = "", records = ""] = process.argv.slice(2);
const product = productOf(connector);
if (!product) throw new Error(connector);
const task = TaskConfig.parse({
  connector_name: connector,
  trading_pairs: Array.from({ length: Number(symbols) }, (_, at) => `C${at}-USDT`),
  channels: ["book"],
  output_dir: `${folder}/data`,
  audit_interval_s: 0,
  rest_weight_share: 1,
  endpoints: { ws: `ws://127.0.0.1:${port}`, rest: `http://127.0.0.1:${port}` },
});
const choice = { channels: task.channels, depth: 100, speed: "100ms", depthChannel: task.depth_channel };
const unlimited = { ...product, rest: { ...product.rest, budget: [{ weight: 1e9, perMs: 1_000 }] } };
const config: CollectorConfig = { ...task, task: "bench", product: unlimited, maxBackoffMs: 1_000, choice };
const budget = new Budget(`${folder}/shared`);
const log = createLog("bench", "error");
const station = records === "records" ? new Station(config, { budget, log }) : null;
const collector = station?.collector ?? new Collector(config, { budget, sink: noSink, log });

/** The time from socket to book of every eighth frame, in µs. */
const taken: number[] = [];
const { pipeline } = collector;
const onFrame = pipeline.onFrame.bind(pipeline);
let count = 0;
pipeline.onFrame = (frame, isBinary, arrival) => {
  if (++count % 8 !== 0) return onFrame(frame, isBinary, arrival);
  const before = performance.now();
  onFrame(frame, isBinary, arrival);
  taken.push((performance.now() - before) * 1_000);
};

await (station ?? collector).start();
const done = () => collector.books.reduce((sum, book) => sum + book.figures.diffs, 0);
const wait = (ms: number) => systemClock.sleep(ms);
while (done() < collector.books.length * 2) await wait(5);
const start = { frames: done(), process: process.cpuUsage(), thread: process.threadCpuUsage(), at: performance.now() };
const total = Number(symbols) * Number(frames);
for (let last = -1; done() < total && done() !== last; ) {
  last = done();
  for (let waited = 0; waited < 2_000 && done() === last; waited += 20) await wait(20);
}
const used = process.threadCpuUsage();
const all = process.cpuUsage(start.process);
const seconds = (performance.now() - start.at) / 1_000;
globalThis.gc?.();
const rss = process.memoryUsage();
await (station ?? collector).stop();
taken.sort((a, b) => a - b);
const quantile = (share: number) => taken[Math.floor(taken.length * share)] ?? 0;
const rows = collector.books.reduce((sum, book) => sum + book.figures.ticksWritten, 0);
const thread = (used.user + used.system - start.thread.user - start.thread.system) / 1e6;
console.log(
  JSON.stringify({
    frames: done() - start.frames,
    seconds,
    thread_cpu: thread,
    process_cpu: (all.user + all.system) / 1e6,
    p50_us: quantile(0.5),
    p99_us: quantile(0.99),
    live: collector.books.filter((book) => book.isLive).length,
    gaps: collector.books.reduce((sum, book) => sum + book.figures.gapCount, 0),
    heap_mb: rss.heapUsed / 2 ** 20,
    rss_mb: rss.rss / 2 ** 20,
    rows,
    ...(station && (await bytesPerRow())),
  }),
);
process.exit(0);

/** Bytes a row on disk, beside the same rows as gzip CSV in the columns of tardis' incremental_book_L2. */
async function bytesPerRow() {
  const files = await filesBelow(`${folder}/data`);
  const sum = (pattern: RegExp) =>
    files.filter((file) => pattern.test(file.path)).reduce((bytes, file) => bytes + file.bytes, 0);
  const lines: string[] = [];
  for (const file of files.filter((one) => one.path.includes("/ticks/")).slice(0, 3))
    for (const frame of await readTicks(file.path, false))
      for (const side of ["bids", "asks"] as const)
        for (const [price, size] of frame[side])
          lines.push(
            `${connector},C,${frame.receivedMs * 1_000},${frame.receivedMs * 1_000},${(frame.flags & 1) !== 0},${side.slice(0, 3)},${price},${size}`,
          );
  return {
    parquet_bytes: sum(/ticks.*parquet$/) / rows,
    journal_bytes: sum(/journal/) / rows,
    csv_gz_bytes: gzipSync(lines.join("\n")).length / Math.max(1, lines.length),
  };
}
