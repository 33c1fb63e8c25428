/**
 * A sweep beside its peer and its physical limit: `node bench/sweep.ts [--quick] [--only name]`.
 *
 * Each case starts simulated miners (one process), then the edge's sweeper (its own process, several sweeps, the median
 * of all but the first is given), then where it says so a 50-thread Python reader of the kind the original collector
 * was. The physical limit is latency × miners ÷ sockets. Prints a table and, as the last line, the figures as JSON.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const FIRST = "127.20.0.1";
const PORT = "14028";
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
/** As deploy/hashinsight-collector.service sets them. */
const SMALL = { NODE_OPTIONS: "--max-semi-space-size=4 --max-old-space-size=320", MALLOC_ARENA_MAX: "2" };

type Case = {
  name: string;
  miners: number;
  latencyMs: number;
  /** Round trips a miner takes. */
  trips: number;
  sim: string[];
  sweeps: number;
  python: boolean;
  env?: Record<string, string>;
};

const STOCK = ["--models", "s19,s19pro,s19jpro,s19xp,s21,t21"];
const CASES: readonly Case[] = [
  {
    name: "6,000 miners, 200 ms, joined",
    miners: 6_000,
    latencyMs: 200,
    trips: 1,
    sim: ["--joins", "accept", ...STOCK],
    sweeps: 6,
    python: true,
  },
  {
    name: "6,000 miners, 200 ms, joins refused",
    miners: 6_000,
    latencyMs: 200,
    trips: 3,
    sim: ["--joins", "refuse", ...STOCK],
    sweeps: 4,
    python: false,
  },
  {
    name: "10,000 miners, at once",
    miners: 10_000,
    latencyMs: 0,
    trips: 1,
    sim: ["--joins", "accept", ...STOCK],
    sweeps: 6,
    python: true,
  },
  {
    name: "50,000 miners, 200 ms, joined",
    miners: 50_000,
    latencyMs: 200,
    trips: 1,
    sim: ["--joins", "accept", ...STOCK],
    sweeps: 3,
    python: false,
    env: SMALL,
  },
];

type EdgeSweep = { seconds: number; cpu_seconds: number; online: number; workers: number; rss_mb: number };
type EdgeRun = { peak_rss_mb: number; sweeps: EdgeSweep[] };
type Peer = { answered: number; seconds: number; cpu_seconds: number };
type Row = {
  name: string;
  miners: number;
  first_sweep_seconds: number;
  seconds: number;
  workers: number;
  limit_seconds: number;
  times_limit: number | null;
  miners_per_second: number;
  cpu_us_per_miner: number;
  peak_rss_mb: number;
  python: {
    seconds: number;
    miners_per_second: number;
    cpu_us_per_miner: number;
    speed_ratio: number;
    cpu_ratio: number;
  } | null;
};

const { values: flags } = parseArgs({
  options: { quick: { type: "boolean", default: false }, only: { type: "string" } },
});

async function startSim(one: Case): Promise<ChildProcess> {
  const args = [
    "sim",
    "miners",
    "--count",
    String(one.miners),
    "--from",
    FIRST,
    "--port",
    PORT,
    "--latency",
    String(one.latencyMs),
    "--one-listener",
    "--frozen",
    ...one.sim,
  ];
  const sim = spawn(process.execPath, [here("../cli/banksman.js"), ...args], { stdio: ["ignore", "ignore", "pipe"] });
  const [line] = await once(sim.stderr, "data");
  if (!/miners on/.test(String(line))) throw new Error(`the simulator did not start: ${line}`);
  return sim;
}

/** Runs a program to its end without blocking this process and parses its last line. */
async function run<T>(program: string, args: string[], env: Record<string, string> = {}): Promise<T> {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, ...env } });
  let text = "";
  child.stdout.on("data", (chunk) => {
    text += chunk;
  });
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`${program} ended with ${code}`);
  return JSON.parse(text.trim().split("\n").at(-1) ?? "");
}

const median = (numbers: number[]) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
const round = (value: number, digits = 2) => Number(value.toFixed(digits));

async function measure(one: Case): Promise<Row> {
  const sim = await startSim(one);
  try {
    const edge = await run<EdgeRun>(
      process.execPath,
      [here("sweep-edge.ts"), FIRST, String(one.miners), "auto", String(one.sweeps), PORT],
      one.env,
    );
    const warm = edge.sweeps.slice(1);
    const seconds = median(warm.map((sweep) => sweep.seconds));
    const workers = median(warm.map((sweep) => sweep.workers));
    const cpu = (median(warm.map((sweep) => sweep.cpu_seconds)) / one.miners) * 1e6;
    const short = warm.find((sweep) => sweep.online !== one.miners);
    if (short) throw new Error(`${one.name}: only ${short.online} answered`);
    const limit = (one.latencyMs * one.trips * one.miners) / workers / 1000;
    const python = one.python ? await measurePython(one, one.miners / seconds, cpu) : null;
    return {
      name: one.name,
      miners: one.miners,
      first_sweep_seconds: round(edge.sweeps[0]?.seconds ?? Number.NaN),
      seconds: round(seconds),
      workers,
      limit_seconds: round(limit),
      times_limit: limit > 0 ? round(seconds / limit) : null,
      miners_per_second: Math.round(one.miners / seconds),
      cpu_us_per_miner: Math.round(cpu),
      peak_rss_mb: edge.peak_rss_mb,
      python,
    };
  } finally {
    sim.kill("SIGTERM");
    await once(sim, "close");
  }
}

async function measurePython(one: Case, perSecond: number, cpu: number): Promise<Row["python"]> {
  if (!havePython()) {
    process.stderr.write("python3 is missing on this machine: the peer was not measured\n");
    return null;
  }
  const peer = await run<Peer>("python3", [here("peers/sweep_reader.py"), FIRST, String(one.miners), "--port", PORT]);
  const peerCpu = (peer.cpu_seconds / one.miners) * 1e6;
  return {
    seconds: round(peer.seconds),
    miners_per_second: Math.round(one.miners / peer.seconds),
    cpu_us_per_miner: Math.round(peerCpu),
    speed_ratio: round(perSecond / (one.miners / peer.seconds), 1),
    cpu_ratio: round(peerCpu / cpu, 1),
  };
}

function havePython(): boolean {
  try {
    execFileSync("python3", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

const rows: Row[] = [];
for (const one of CASES) {
  if (flags.only !== undefined && !one.name.includes(flags.only)) continue;
  rows.push(await measure(flags.quick ? { ...one, miners: Math.round(one.miners / 10), sweeps: 3 } : one));
}
console.log(
  "| case | first sweep | sweep | sockets | limit | × limit | miners/s | CPU µs/miner | peak RSS | Python, 50 threads | × speed | × CPU |",
);
console.log("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
for (const row of rows) {
  const { python } = row;
  const cells = [
    row.name,
    `${row.first_sweep_seconds} s`,
    `${row.seconds} s`,
    row.workers,
    row.limit_seconds > 0 ? `${row.limit_seconds} s` : "–",
    row.times_limit ?? "–",
    row.miners_per_second,
    row.cpu_us_per_miner,
    `${row.peak_rss_mb} MB`,
    python ? `${python.seconds} s, ${python.cpu_us_per_miner} µs` : "–",
    python?.speed_ratio ?? "–",
    python?.cpu_ratio ?? "–",
  ];
  console.log(`| ${cells.join(" | ")} |`);
}
console.log(JSON.stringify({ cpus: cpus().length, node: process.version, rows }));
