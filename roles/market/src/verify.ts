import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { messageOf } from "@banksman/kit";
import { filesBelow } from "./recorder/disk.ts";
import { readRecords, wholeLength } from "./recorder/journal-format.ts";
import { type Gap, type Part, type RunStarted, readGaps, readManifest } from "./recorder/manifest.ts";
import { readTicks, type TickFrame } from "./recorder/read-ticks.ts";
import { FLAGS } from "./symbol-book.ts";
import { isReferencePart, tickParts } from "./tools-files.ts";

export type VerifyFlags = { dir: string; exchange?: string | undefined; symbol?: string | undefined };

/** A break between two frames: ids `from` to `to` are in no file. `noted`: the rows or the ledger say so. */
export type Hole = { at: string; from: number; to: number; missing: number; noted: boolean; cause: string | null };

export type SymbolReport = {
  exchange: string;
  symbol: string;
  files: number;
  rows: number;
  frames: number;
  snapshots: number;
  from: string;
  to: string;
  first_id: number | null;
  last_id: number | null;
  holes: Hole[];
  gaps_in_ledger: number;
};

export type VerifyReport = {
  /** No file is damaged or missing, and every hole is noted. */
  ok: boolean;
  symbols: SymbolReport[];
  /** Files that are damaged, missing or unknown to the manifest, with the reason. */
  files: { path: string; problem: string }[];
  journals: { files: number; records: number };
};

/** Reads every file back and proves what it holds: whole files, and ids without a hole that nobody noted. */
export async function verify({ dir, exchange, symbol }: VerifyFlags): Promise<VerifyReport> {
  const parts = await tickParts({ dir, exchange, symbol });
  const gaps = await readGaps(dir);
  const { started } = await readManifest(dir);
  const files: VerifyReport["files"] = [];
  const symbols: SymbolReport[] = [];
  for (const own of Map.groupBy(parts, (part) => `${part.exchange} ${part.symbol}`).values()) {
    const [{ exchange: venue, symbol: pair } = { exchange: "", symbol: "" }] = own;
    const noted = gaps.filter((gap) => gap.exchange === venue && gap.symbol === pair);
    const seen = new Continuity(
      noted,
      started.filter((run) => run.exchange === venue),
    );
    for (const part of own) for (const frame of await checkedFrames(dir, part, files)) seen.add(frame);
    symbols.push(reportOf(own, seen, noted));
  }
  files.push(...(await strangers(dir)));
  const journals = await checkJournals(dir, files);
  const ok = files.length === 0 && symbols.every((one) => one.holes.every((hole) => hole.noted));
  return { ok, symbols, files, journals };
}

async function checkedFrames(dir: string, part: Part, problems: VerifyReport["files"]): Promise<TickFrame[]> {
  const path = join(dir, part.path);
  try {
    const bytes = await readFile(path);
    if (createHash("sha256").update(bytes).digest("hex") !== part.sha256)
      problems.push({ path: part.path, problem: "differs from its checksum in the manifest" });
    const frames = await readTicks(path, isReferencePart(part));
    const rows = frames.reduce((sum, frame) => sum + frame.bids.length + frame.asks.length, 0);
    if (rows !== part.rows)
      problems.push({ path: part.path, problem: `has ${rows} rows, the manifest says ${part.rows}` });
    return frames;
  } catch (error) {
    problems.push({ path: part.path, problem: messageOf(error) });
    return [];
  }
}

/** Follows one symbol's frames through its files, one file in memory at a time. */
class Continuity {
  readonly holes: Hole[] = [];
  first: TickFrame | undefined;
  last: TickFrame | undefined;
  frames = 0;
  snapshots = 0;
  readonly #gaps: readonly Gap[];
  readonly #runs: readonly RunStarted[];
  #reached = 0;

  constructor(gaps: readonly Gap[], runs: readonly RunStarted[]) {
    this.#gaps = gaps;
    this.#runs = runs;
  }

  /** A hole is where a frame starts behind the end of all before it. Ids that fall are a restart, which is noted. */
  add(frame: TickFrame): void {
    const reached = this.#reached;
    const isSnapshot = (frame.flags & FLAGS.snapshot) !== 0;
    // The reference layout has no first id: only snapshots and falling ids can be judged there.
    const first = isSnapshot ? frame.lastId : (frame.firstId ?? reached + 1);
    const isRestart = isSnapshot && frame.lastId < reached && (frame.flags & FLAGS.gapBefore) !== 0;
    if (this.last && (first > reached + 1 || isRestart)) {
      const span = { from: reached + 1, to: Math.max(reached + 1, first - 1) };
      this.holes.push(holeOf(this.last, frame, span, this.#gaps, this.#runs));
    }
    this.#reached = isRestart ? frame.lastId : Math.max(reached, frame.lastId);
    this.first ??= frame;
    this.last = frame;
    this.frames++;
    if (isSnapshot) this.snapshots++;
  }
}

function reportOf(parts: readonly Part[], seen: Continuity, gaps: readonly Gap[]): SymbolReport {
  const { exchange = "", symbol = "" } = parts[0] ?? {};
  const iso = (frame: TickFrame | undefined) => (frame ? new Date(frame.receivedMs).toISOString() : "");
  return {
    exchange,
    symbol,
    files: parts.length,
    rows: parts.reduce((sum, part) => sum + part.rows, 0),
    frames: seen.frames,
    snapshots: seen.snapshots,
    from: iso(seen.first),
    to: iso(seen.last),
    first_id: seen.first?.firstId ?? null,
    last_id: seen.last?.lastId ?? null,
    holes: seen.holes,
    gaps_in_ledger: gaps.length,
  };
}

type Span = { from: number; to: number };

function holeOf(
  before: TickFrame,
  after: TickFrame,
  { from, to }: Span,
  gaps: readonly Gap[],
  runs: readonly RunStarted[],
): Hole {
  const told = gaps.find((gap) => (gap.from_id <= to && gap.to_id >= from) || isDuring(gap, after.receivedMs));
  // A run that was killed could not say so, but the manifest says when the next one started.
  const isOutage = runs.some((run) => run.at_ms > before.receivedMs && run.at_ms <= after.receivedMs);
  const isFlagged = (after.flags & (FLAGS.gapBefore | FLAGS.afterResync)) !== 0;
  return {
    at: new Date(after.receivedMs).toISOString(),
    from,
    to,
    missing: to - from + 1,
    noted: told !== undefined || isOutage || isFlagged,
    cause: told?.cause ?? (isOutage ? "outage" : null),
  };
}

/** A gap that was never closed reaches no further than the run that noted it could have lasted without a whole book. */
const OPEN_GAP_MS = 3_600_000;
const isDuring = ({ t_start, t_end }: Gap, ms: number) => t_start <= ms && (t_end ?? t_start + OPEN_GAP_MS) >= ms;

async function strangers(dir: string): Promise<VerifyReport["files"]> {
  const known = new Set((await readManifest(dir)).parts.map((part) => part.path));
  return (await filesBelow(dir))
    .map((file) => relative(dir, file.path))
    .filter((path) => /\.parquet(\.tmp)?$/.test(path) && !known.has(path))
    .map((path) => ({
      path,
      problem: path.endsWith(".tmp") ? "was being written when a run ended" : "is not in the manifest",
    }));
}

async function checkJournals(dir: string, problems: VerifyReport["files"]): Promise<VerifyReport["journals"]> {
  const journals = (await filesBelow(dir)).filter((file) => file.path.endsWith(".journal.zst"));
  let records = 0;
  for (const { path } of journals) {
    try {
      const bytes = await readFile(path);
      for (const _ of readRecords(bytes, path)) records++;
      if (wholeLength(bytes) !== bytes.length)
        problems.push({ path: relative(dir, path), problem: "ends in a half-written block" });
    } catch (error) {
      problems.push({ path: relative(dir, path), problem: messageOf(error) });
    }
  }
  return { files: journals.length, records };
}

/** The report as text for a terminal. */
export function verifyText({ ok, symbols, files, journals }: VerifyReport): string {
  const lines = symbols.map(
    (one) =>
      `${one.exchange} ${one.symbol}: ${one.files} files, ${one.rows} rows, ${one.frames} frames, ${one.snapshots} snapshots, ` +
      `ids ${one.first_id}–${one.last_id}, ${one.from} – ${one.to}, ${one.holes.length} gaps`,
  );
  for (const one of symbols)
    for (const hole of one.holes)
      lines.push(
        `  gap in ${one.symbol} at ${hole.at}: ids ${hole.from}–${hole.to} (${hole.missing}), ${hole.noted ? `noted${hole.cause ? `, cause ${hole.cause}` : ""}` : "NOT NOTED"}`,
      );
  for (const { path, problem } of files) lines.push(`  ${path}: ${problem}`);
  lines.push(`${journals.files} journals, ${journals.records} records`, ok ? "all is whole" : "NOT whole");
  return lines.join("\n");
}
