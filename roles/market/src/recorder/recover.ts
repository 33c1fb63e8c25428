import { readFile, rm, truncate } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, join } from "node:path";
import type { Log } from "@banksman/kit";
import type { CollectorConfig } from "../config.ts";
import type { Market } from "../symbols.ts";
import { damageOf } from "./check-part.ts";
import { filesBelow } from "./disk.ts";
import { endOf, wholeLength } from "./journal-format.ts";
import { MANIFEST } from "./layout.ts";
import { type Manifest, type RunStarted, readManifest } from "./manifest.ts";
import { appendLine } from "./part-writer.ts";
import { rebuild } from "./rebuild.ts";
import { endKey, RowsToParts } from "./rows-to-parts.ts";

/** Where each symbol's rows of former runs end: what a new run continues. */
export type Ends = Map<string, { lastId: number; lastMs: number }>;

type Parts = {
  config: CollectorConfig;
  runId: string;
  markets: readonly Market[];
  log: Log;
  /** Told of every file found damaged; the pair is null for a journal, which holds all of them. */
  onDamaged: (pair: string | null) => void;
};

/**
 * Sets right what runs that did not end well left behind: half-written files go, the journal's cut tail goes, and rows
 * that were in the journal but in no table yet are written now. Damaged files are told and left as they are. Answers
 * where each symbol's rows end.
 */
export async function recover(parts: Parts): Promise<Ends> {
  const { config, runId } = parts;
  const exchange = config.product.connector;
  const folder = config.output_dir;
  const manifest = await readManifest(folder);
  const crashed = manifest.started.filter(
    (run) => run.exchange === exchange && run.run_id !== runId && !manifest.ended.has(run.run_id) && !isRunning(run),
  );
  const files = (await filesBelow(folder)).map((file) => file.path);
  for (const path of files)
    if (path.endsWith(".tmp") && isOf(path, exchange) && crashed.length > 0) await rm(path, { force: true });
  for (const run of crashed) await recoverRun(run, parts, manifest, files);
  await checkParts(manifest, parts);
  return endsOf((crashed.length > 0 ? await readManifest(folder) : manifest).parts, exchange);
}

async function checkParts(manifest: Manifest, { config, log, onDamaged }: Parts): Promise<void> {
  for (const part of manifest.parts) {
    if (part.exchange !== config.product.connector) continue;
    const problem = await damageOf(join(config.output_dir, part.path), part.bytes);
    if (problem === null) continue;
    onDamaged(part.symbol);
    log.error({ path: part.path, symbol: part.symbol }, `${part.path} is damaged: it ${problem}`);
  }
}

const isOf = (path: string, exchange: string) =>
  path.includes(`exchange=${exchange}/`) || path.includes(`/${exchange}_`);

/** Another collector of the same exchange that still runs must be left alone. */
function isRunning({ host, pid }: RunStarted): boolean {
  if (host !== hostname() || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function recoverRun(
  run: RunStarted,
  { config, markets, log, onDamaged }: Parts,
  manifest: Manifest,
  files: readonly string[],
): Promise<void> {
  const journals = files
    .filter((path) => path.endsWith(".journal.zst") && basename(path).startsWith(run.run_id))
    .toSorted(byPart);
  for (const path of journals) if (!(await mendTail(path, log))) onDamaged(null);
  const tabled = new Map<string, { lastMs: number }>();
  for (const part of manifest.parts) {
    const key = endKey(part.table, part.symbol);
    if (part.run_id === run.run_id) tabled.set(key, { lastMs: Math.max(part.max_ms, tabled.get(key)?.lastMs ?? 0) });
  }
  const sink = new RowsToParts({ config, runId: run.run_id, startAt: manifest.parts.length, after: tabled });
  const { records } = await rebuild({ config, files: journals, markets, sink, log });
  const rows = sink.finish();
  appendLine(join(config.output_dir, MANIFEST), {
    kind: "run_ended",
    exchange: run.exchange,
    run_id: run.run_id,
    at_ms: Date.now(),
    recovered: rows,
  });
  log.warn({ run: run.run_id, records, rows }, `a run ended without warning; ${rows} rows recovered from its journal`);
}

/** The number at the end of the name counts the run's files. */
const byPart = (a: string, b: string) => numberOf(a) - numberOf(b);
const numberOf = (path: string) => Number(/-(\d+)\.journal\.zst$/.exec(path)?.[1] ?? 0);

/** Cuts a torn record off. A journal that is damaged further up stays as it is, for whoever can save more; false then. */
async function mendTail(path: string, log: Log): Promise<boolean> {
  const file = await readFile(path);
  const end = endOf(file);
  if (end === "whole") return true;
  const whole = wholeLength(file);
  const bytes = file.length - whole;
  if (end === "damaged") {
    log.error({ path, bytes }, `${path} is damaged: ${bytes} bytes behind byte ${whole} can't be used`);
    return false;
  }
  await truncate(path, whole);
  log.warn({ path, bytes }, "cut a half-written tail off the journal");
  return true;
}

function endsOf(parts: Manifest["parts"], exchange: string): Ends {
  const ends: Ends = new Map();
  for (const part of parts) {
    if (part.exchange !== exchange || part.table !== "ticks" || part.last_id === null) continue;
    const known = ends.get(part.symbol);
    if (!known || part.max_ms > known.lastMs) ends.set(part.symbol, { lastId: part.last_id, lastMs: part.max_ms });
  }
  return ends;
}
