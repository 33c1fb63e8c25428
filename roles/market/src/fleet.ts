import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { codeOf } from "@banksman/kit";
import { type Collector as CollectorEntry, isLocal, readInventory } from "@banksman/monitoring";
import { exchanges, productOf } from "./exchanges/index.ts";

export type FleetFlags = {
  inventory: string;
  /** Where logs and pid files are: /tmp, as the original's scripts have it. */
  logDir: string;
  host: string;
  /** The program and its first arguments that run `banksman`. */
  banksman: readonly string[];
  print: (line: string) => void;
};

const READY_WITHIN_MS = 30_000;
const STOP_WITHIN_MS = 15_000;
const ROTATE_BYTES = 10 * 2 ** 20;

/** "Gate.io" for gateio: what the original's scripts print. */
export function titleOf(name: string): string {
  const product = productOf(name);
  const exchange = exchanges.find((one) => product !== undefined && one.products.includes(product));
  if (!exchange) return name;
  return product?.connector.endsWith("_perpetual") ? `${exchange.title} perpetuals` : exchange.title;
}

const logFile = (dir: string, name: string) => join(dir, `${name}_collector.log`);
const pidFile = (dir: string, name: string) => join(dir, `${name}_collector.pid`);

/** Starts the inventory's local collectors, waits until all are ready, prints each /health. Exit code 0 when all are. */
export async function startAll(flags: FleetFlags): Promise<number> {
  const { inventory, logDir, print } = flags;
  const entries = (await readInventory(inventory)).collectors.filter((one) => isLocal(one) && one.config !== undefined);
  const started: CollectorEntry[] = [];
  mkdirSync(logDir, { recursive: true });
  for (const entry of entries) {
    const running = pidOf(logDir, entry.name);
    if (running !== null) print(`${titleOf(entry.name)} is running already (PID: ${running})`);
    else print(`${titleOf(entry.name)} started (PID: ${launch(flags, entry)})`);
    started.push(entry);
  }
  const deadline = Date.now() + READY_WITHIN_MS;
  const areReady = await Promise.all(started.map((entry) => untilReady(entry, deadline)));
  print("");
  print("Checking collectors...");
  for (const [at, entry] of started.entries()) {
    const health = await get(entry, "/health");
    print(
      `${titleOf(entry.name)}: ${health?.body.trim() ?? `no answer on port ${entry.port}; see ${logFile(logDir, entry.name)}`}`,
    );
    if (!areReady[at]) print(`${titleOf(entry.name)} is not ready after 30 s`);
  }
  return areReady.every(Boolean) ? 0 : 1;
}

/** Ends what start-all started, by its pids alone. Exit code 1 when one would not end. */
export async function stopAll({
  inventory,
  logDir,
  print,
}: Pick<FleetFlags, "inventory" | "logDir" | "print">): Promise<number> {
  const entries = (await readInventory(inventory)).collectors.filter((one) => isLocal(one) && one.config !== undefined);
  const outcomes = await Promise.all(entries.map((entry) => stopOne(logDir, entry.name)));
  for (const [at, entry] of entries.entries()) print(`${titleOf(entry.name)} ${outcomes[at]}`);
  return outcomes.includes("did not end") ? 1 : 0;
}

async function stopOne(logDir: string, name: string): Promise<string> {
  const pid = pidOf(logDir, name);
  if (pid === null) return "was not running";
  process.kill(pid, "SIGTERM");
  for (const deadline = Date.now() + STOP_WITHIN_MS; Date.now() < deadline; ) {
    if (!isCollector(pid)) {
      rmSync(pidFile(logDir, name), { force: true });
      return `stopped (PID: ${pid})`;
    }
    await sleep(50);
  }
  return "did not end";
}

/** Starts one in the background, with a log file of its own that survives this process. */
function launch(
  { banksman, logDir, host }: FleetFlags,
  { name, config = "", port }: CollectorEntry,
): number | undefined {
  const path = logFile(logDir, name);
  rotate(path);
  const log = openSync(path, "a");
  const [program = process.execPath, ...first] = banksman;
  const args = [...first, "market", "serve", "--config", config, "--host", host, "--port", String(port)];
  const child: ChildProcess = spawn(program, args, { detached: true, stdio: ["ignore", log, log] });
  closeSync(log);
  child.unref();
  if (child.pid !== undefined) writeFileSync(pidFile(logDir, name), `${child.pid}\n`);
  return child.pid;
}

/** A large log of former runs makes room; the one before that goes. */
function rotate(path: string): void {
  try {
    if (statSync(path).size > ROTATE_BYTES) renameSync(path, `${path}.1`);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
  }
}

/** The pid in the file while it is a collector's: numbers are given again, and another's process is left alone. */
function pidOf(logDir: string, name: string): number | null {
  try {
    const pid = Number(readFileSync(pidFile(logDir, name), "utf8"));
    return Number.isInteger(pid) && pid > 1 && isCollector(pid) ? pid : null;
  } catch {
    return null;
  }
}

function isCollector(pid: number): boolean {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
    return words.includes("market") && words.includes("serve");
  } catch {
    return false;
  }
}

async function untilReady(entry: CollectorEntry, deadline: number): Promise<boolean> {
  while (Date.now() < deadline) {
    if ((await get(entry, "/ready"))?.status === 200) return true;
    await sleep(200);
  }
  return false;
}

type Reply = { status: number; body: string };

/** What a collector answers, or null when it doesn't within 2 s. */
export async function get({ host, port }: { host: string; port: number }, path: string): Promise<Reply | null> {
  try {
    const response = await fetch(`http://${host}:${port}${path}`, { signal: AbortSignal.timeout(2_000) });
    return { status: response.status, body: await response.text() };
  } catch {
    return null;
  }
}

/** The table of collectors, local and remote. Exit code 1 when one of them doesn't do its job. */
export async function fleetStatus({ inventory, print }: Pick<FleetFlags, "inventory" | "print">): Promise<number> {
  const { collectors } = await readInventory(inventory);
  const rows = await Promise.all(collectors.map(statusRow));
  const head = ["Collector", "Port", "State", "Metrics", "Pairs", "Machine"];
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => row.cells[at]?.length ?? 0)));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(" | ")} |`;
  print(line(head));
  print(`|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`);
  for (const { cells } of rows) print(line(cells));
  return rows.every((row) => row.isWell) ? 0 : 1;
}

async function statusRow(entry: CollectorEntry): Promise<{ cells: string[]; isWell: boolean }> {
  const [health, metrics] = await Promise.all([get(entry, "/health"), get(entry, "/metrics")]);
  const where = isLocal(entry) ? entry.machine : `${entry.machine} (${entry.host})`;
  const state = health === null ? "not running" : stateOf(health.body);
  const told = metrics?.body.includes("orderbook_collector_")
    ? "available"
    : metrics?.status === 403
      ? "guarded"
      : "none";
  const pairs = health === null ? "-" : String(pairsOf(health.body));
  return {
    cells: [titleOf(entry.name), String(entry.port), state, told, pairs, where],
    isWell: health?.status === 200,
  };
}

const stateOf = (body: string) =>
  /"status":"healthy"/.test(body) ? "running" : (/"status":"(\w+)"/.exec(body)?.[1] ?? "unknown");
const pairsOf = (body: string) => [...body.matchAll(/"symbol":"/g)].length;

/** Where every collector of the inventory is. */
export const collectorTargets = async (inventory: string): Promise<readonly { host: string; port: number }[]> =>
  (await readInventory(inventory)).collectors;
