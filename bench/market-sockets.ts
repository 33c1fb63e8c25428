/**
 * From socket to book and to file, through a real WebSocket from another process; memory, latency, bytes a row:
 *   node bench/market-sockets.ts [--frames 60000] [--only binance]
 * "Thread" is the CPU time of the thread that reads the sockets, "process" that of all threads, so with writing.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values } = parseArgs({ options: { frames: { type: "string", default: "60000" }, only: { type: "string" } } });
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const frames = Number(values.frames);

type Case = {
  name: string;
  connector: string;
  symbols: number;
  each: number;
  levels: number;
  rate?: number;
  records: boolean;
};
type Result = {
  frames: number;
  seconds: number;
  thread_cpu: number;
  process_cpu: number;
  p50_us: number;
  p99_us: number;
  live: number;
  gaps: number;
  heap_mb: number;
  rss_mb: number;
  rows: number;
  parquet_bytes?: number;
  journal_bytes?: number;
  csv_gz_bytes?: number;
};

const CASES: Case[] = [
  ...["binance", "binance_perpetual", "bybit", "gate_io", "mexc", "mexc_perpetual"].flatMap((connector) =>
    [false, true].map((records) => ({
      name: `${connector}, ${records ? "to file" : "to book"}`,
      connector,
      symbols: 4,
      each: Math.round(frames / 4),
      levels: 8,
      records,
    })),
  ),
  { name: "1,000 symbols", connector: "binance", symbols: 1_000, each: 40, levels: 8, rate: 5_000, records: true },
  { name: "2,000 symbols", connector: "bybit", symbols: 2_000, each: 40, levels: 8, rate: 10_000, records: true },
];

async function measure(one: Case): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), "banksman-bench-"));
  const flood = spawn(
    process.execPath,
    [
      here("market-flood.ts"),
      one.connector,
      String(one.symbols),
      String(one.each),
      String(one.levels),
      String(one.rate ?? 0),
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  try {
    const [port] = await once(flood.stdout, "data");
    const args = [
      "--expose-gc",
      here("market-collect.ts"),
      one.connector,
      String(port).trim(),
      String(one.symbols),
      String(one.each),
      folder,
      one.records ? "records" : "",
    ];
    const collect = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    collect.stdout.on("data", (chunk) => {
      text += chunk;
    });
    await once(collect, "close");
    return JSON.parse(text.trim().split("\n").at(-1) ?? "");
  } finally {
    flood.kill("SIGKILL");
    await rm(folder, { recursive: true, force: true });
  }
}

console.log(
  "| case | frames/s a core, thread | frames/s a core, process | p50 µs | p99 µs | heap MB | Parquet B/row | journal B/row | gzip CSV B/row | live | gaps |",
);
console.log("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
for (const one of CASES) {
  if (values.only !== undefined && !one.name.includes(values.only)) continue;
  const result = await measure(one);
  const rate = (cpu: number) => Math.round(result.frames / cpu).toLocaleString("en");
  const bytes = (value: number | undefined) => (value === undefined ? "–" : value.toFixed(1));
  const cells = [
    one.name,
    rate(result.thread_cpu),
    rate(result.process_cpu),
    result.p50_us.toFixed(1),
    result.p99_us.toFixed(1),
    result.heap_mb.toFixed(0),
    bytes(result.parquet_bytes),
    bytes(result.journal_bytes),
    bytes(result.csv_gz_bytes),
    `${result.live}/${one.symbols}`,
    result.gaps,
  ];
  console.log(`| ${cells.join(" | ")} |`);
}
