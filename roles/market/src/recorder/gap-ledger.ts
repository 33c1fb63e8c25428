import { join } from "node:path";
import type { GapCause, GapNote } from "../symbol-book.ts";
import { GAPS } from "./layout.ts";
import { appendLines } from "./part-writer.ts";

/** A line of the ledger. A gap is written when it opens and again when the book is right; times in ms since 1970. */
export type GapLine = {
  kind: "gap_opened" | "gap_closed";
  id: string;
  exchange: string;
  symbol: string;
  from_id: number;
  to_id: number;
  missing: number;
  t_start: number;
  t_end: number | null;
  cause: GapCause;
  action: string;
  recovered: boolean;
  run_id: string;
};

/** How much of a span a symbol's book was live. */
export type CoverageLine = {
  kind: "coverage";
  exchange: string;
  symbol: string;
  t_start: number;
  t_end: number;
  live_ms: number;
  coverage_percent: number;
  run_id: string;
};

/** The durable list of what is missing: peers note gaps nowhere, and data with unknown holes is worth little. */
export class GapLedger {
  readonly #path: string;
  readonly #exchange: string;
  readonly #runId: string;
  readonly #open = new Map<string, GapLine[]>();
  #count = 0;
  /** Lines the disk did not take yet, written before the next one. */
  #pending: object[] = [];
  #isScheduled = false;

  constructor(outputDir: string, exchange: string, runId: string) {
    this.#path = join(outputDir, GAPS);
    this.#exchange = exchange;
    this.#runId = runId;
  }

  opened(symbol: string, { gap, cause, action, sinceMs }: GapNote, nowMs: number): void {
    const line: GapLine = {
      kind: "gap_opened",
      id: `${this.#runId}-${++this.#count}`,
      exchange: this.#exchange,
      symbol,
      from_id: gap.from,
      to_id: gap.to,
      missing: gap.missing,
      t_start: sinceMs > 0 ? sinceMs : nowMs,
      t_end: null,
      cause,
      action,
      recovered: false,
      run_id: this.#runId,
    };
    this.#open.set(symbol, [...(this.#open.get(symbol) ?? []), line]);
    this.#write(line);
  }

  /** The symbol's book is right again. */
  closed(symbol: string, nowMs: number): void {
    const open = this.#open.get(symbol);
    if (!open) return;
    this.#open.delete(symbol);
    for (const line of open) this.#write({ ...line, kind: "gap_closed", t_end: nowMs, recovered: true });
  }

  coverage(symbol: string, span: { fromMs: number; toMs: number; liveMs: number }): void {
    const whole = Math.max(1, span.toMs - span.fromMs);
    const line: CoverageLine = {
      kind: "coverage",
      exchange: this.#exchange,
      symbol,
      t_start: span.fromMs,
      t_end: span.toMs,
      live_ms: Math.round(span.liveMs),
      coverage_percent: Number(Math.min(100, (100 * span.liveMs) / whole).toFixed(3)),
      run_id: this.#runId,
    };
    this.#write(line);
  }

  /** Writes the lines that wait. A full disk must not end the collector: what can't be written now waits on. */
  flush(): void {
    this.#isScheduled = false;
    if (this.#pending.length === 0) return;
    try {
      appendLines(this.#path, this.#pending);
      this.#pending = [];
    } catch {
      // Tried again with the next line and each second; the writer's own trouble is what /health tells.
    }
  }

  /** When a connection with hundreds of symbols is lost, their gaps come at once: they share one write and one sync. */
  #write(line: object): void {
    this.#pending.push(line);
    if (!this.#isScheduled) setImmediate(() => this.flush());
    this.#isScheduled = true;
  }
}
