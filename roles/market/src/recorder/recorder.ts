import { mkdirSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Log } from "@banksman/kit";
import type { CollectorConfig } from "../config.ts";
import type { Diff, Mark, Quote, Snapshot, Trade } from "../exchange.ts";
import { type CollectorFigures, observe } from "../figures.ts";
import { RAW, type RawKind, type Sink } from "../sink.ts";
import { type Arrival, FLAGS, type GapNote } from "../symbol-book.ts";
import type { WriterState } from "../views.ts";
import { FirstIds } from "./first-ids.ts";
import { GapLedger } from "./gap-ledger.ts";
import { InFlight } from "./in-flight.ts";
import { RecordPacker } from "./journal-format.ts";
import { HOUR_MS, MANIFEST, newRunId, type Table } from "./layout.ts";
import { appendLine } from "./part-writer.ts";
import { markRow, quoteRow, tradeRows } from "./plain-rows.ts";
import { RowPacker } from "./row-codec.ts";
import type { PlainRow } from "./table-columns.ts";
import type { WorkerLink } from "./worker-link.ts";
import type { JournalOrder, TablesOrder, WorkerReply } from "./worker-messages.ts";
import { journalThread, TABLES_MEMORY, tablesThread } from "./writer-threads.ts";

export type RecorderParts = {
  config: CollectorConfig;
  figures: CollectorFigures;
  log: Log;
  now: () => number;
  /** The disk takes rows again after some were lost: books write themselves whole. */
  onRecovered: () => void;
  /** A file is complete; the path is below the output folder. */
  onPart?: (path: string) => void;
};

type Pending = { packer: RowPacker; hour: number };
type PlainTable = Exclude<Table, "ticks">;

const JOURNAL_CHUNK = 1024 * 1024;
const TICK_CHUNK = 256 * 1024;
const STUCK_MS = 30_000;
const JOURNAL = "journal";
const TABLES = "tables";

/** Keeps what a collector sees: a journal of every frame, synced each second, and tables of rows, both in own threads. */
export class Recorder implements Sink {
  readonly runId: string;
  readonly ledger: GapLedger;
  readonly #parts: RecorderParts;
  readonly #journal: WorkerLink<JournalOrder> | null;
  readonly #tables: WorkerLink<TablesOrder>;
  readonly #firstIds = new FirstIds();
  readonly #records = new RecordPacker();
  readonly #ticks = new Map<string, Pending>();
  readonly #plain = new Map<string, { table: PlainTable; pair: string; hour: number; rows: PlainRow[] }>();
  /** Rows since the last sync, by symbol; they count as written when it is done. */
  #unsynced = new Map<string, number>();
  /** What was dropped and not yet told, by symbol; `sinceMs` is before the first of these rows. */
  readonly #lost = new Map<string, { rows: number; sinceMs: number }>();
  #timer: NodeJS.Timeout | undefined;
  #isSyncing = false;
  #lastSyncMs: number;
  #isPaused = false;
  #pauseReason = "";
  readonly #inFlight = new InFlight();
  /** Why a thread is not there, by its name. */
  readonly #died = new Map<string, string>();

  constructor(parts: RecorderParts) {
    const { config, figures, now } = parts;
    this.#parts = parts;
    this.runId = newRunId(now());
    this.#lastSyncMs = now();
    mkdirSync(config.output_dir, { recursive: true });
    const exchange = figures.exchange;
    this.ledger = new GapLedger(config.output_dir, exchange, this.runId);
    const handlers = (name: string) => ({
      onReply: (reply: WorkerReply) => this.#onReply(reply),
      onDied: (error: Error) => this.#onDied(name, error),
      onStarted: () => this.#onStarted(name),
    });
    this.#journal = journalThread(config, this.runId, handlers(JOURNAL));
    this.#tables = tablesThread(config, this.runId, handlers(TABLES));
    appendLine(join(config.output_dir, MANIFEST), {
      kind: "run_started",
      exchange,
      run_id: this.runId,
      at_ms: now(),
      host: hostname(),
      pid: process.pid,
    });
  }

  start(): void {
    this.#timer = setInterval(() => void this.#sync(), this.#parts.config.wal.fsync_ms);
  }

  /** Writes everything that is held, syncs, and notes that this run ended well. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#handOver();
    this.#noteLoss();
    await this.#journal?.ask((number) => ({ order: "sync", number, isLast: true }));
    if (this.#journal) this.#credit(this.#unsynced);
    await this.#tables.ask((number) => ({ order: "flush", number }));
    await Promise.all([this.#journal?.end(), this.#tables.end()]);
    this.ledger.flush();
    const { config, figures, now } = this.#parts;
    appendLine(join(config.output_dir, MANIFEST), {
      kind: "run_ended",
      exchange: figures.exchange,
      run_id: this.runId,
      at_ms: now(),
    });
  }

  raw = (kind: RawKind, connection: number, receivedMs: number, data: Buffer): void => {
    if (!this.#journal || this.#isPaused) return;
    this.#records.add(kind, connection, receivedMs, data);
    if (this.#records.size >= JOURNAL_CHUNK) this.#sendRecords();
  };

  diff = (pair: string, diff: Diff, flags: number, arrival: Arrival): void => {
    const first = this.#firstIds.take(pair, diff);
    if (first !== null) this.#addTicks(pair, { ...diff, first }, flags, arrival);
  };

  snapshot = (pair: string, snapshot: Snapshot, flags: number, arrival: Arrival): void => {
    this.#firstIds.forget(pair);
    const { id, engineMs, pushMs } = snapshot;
    // The checkpoint keeps the whole book in the journal; the table keeps the configured depth.
    const depth = this.#parts.config.snapshot_depth;
    const [bids, asks] = [snapshot.bids.slice(0, depth), snapshot.asks.slice(0, depth)];
    if (arrival.connection === 0) this.raw(RAW.snapshot, 0, arrival.receivedMs, Buffer.from(JSON.stringify(snapshot)));
    this.#addTicks(pair, { first: id, last: id, bids, asks, engineMs, pushMs }, flags, arrival);
  };

  trades = (pair: string, trades: readonly Trade[], pushMs: number | null, arrival: Arrival): void => {
    const unit = this.#parts.config.product.sizeUnit ?? "base";
    this.#addPlain("trades", pair, arrival.receivedMs, tradeRows(trades, pushMs, arrival, unit));
  };

  quote = (pair: string, quote: Quote, arrival: Arrival): void =>
    this.#addPlain("quotes", pair, arrival.receivedMs, [quoteRow(quote, arrival)]);

  mark = (pair: string, mark: Mark, arrival: Arrival): void =>
    this.#addPlain("marks", pair, arrival.receivedMs, [markRow(mark, arrival)]);

  gapOpened = (pair: string, note: GapNote, nowMs: number): void => this.ledger.opened(pair, note, nowMs);
  gapClosed = (pair: string, nowMs: number): void => this.ledger.closed(pair, nowMs);

  /**
   * A book as it stands goes into the table: with all its levels, and then into the journal too, so that both can be read
   * from here on; or its best levels only, as a look in between.
   */
  checkpoint(pair: string, snapshot: Snapshot, nowMs: number, isWhole: boolean, flags: number): void {
    if (isWhole) this.raw(RAW.checkpoint, 0, nowMs, Buffer.from(JSON.stringify(snapshot)));
    const depth = isWhole ? Number.POSITIVE_INFINITY : this.#parts.config.depth_limit;
    const [bids, asks] = [snapshot.bids.slice(0, depth), snapshot.asks.slice(0, depth)];
    const shown = { first: snapshot.id, last: snapshot.id, bids, asks, engineMs: null, pushMs: null };
    const bits = FLAGS.snapshot | flags | (isWhole ? 0 : FLAGS.partial);
    this.#addTicks(pair, shown, bits, { receivedMs: nowMs, connection: 0, sequence: 0 });
  }

  /** Book rows and journal stop while the disk is nearly full; trades, which are few, go on. */
  pause(reason: string | null): void {
    if ((reason !== null) === this.#isPaused) return;
    this.#isPaused = reason !== null;
    this.#pauseReason = reason ?? "";
    if (reason === null) this.#recover();
  }

  get state(): WriterState {
    const queueBytes = this.#queued;
    const [died = null] = this.#died.values();
    const full = this.#journal?.trouble ?? this.#tables.trouble ?? (this.#isPaused ? this.#pauseReason : null);
    const isLate = this.#journal !== null && this.#parts.now() - this.#lastSyncMs > STUCK_MS;
    const stuck = died ?? (isLate ? "nothing could be synced for 30 s" : null);
    return {
      status: died === null && full !== null ? "full" : stuck !== null ? "stuck" : "ok",
      reason: died ?? full ?? stuck,
      queueBytes,
      droppedRows: [...this.#parts.figures.symbols.values()].reduce((sum, one) => sum + one.rowsDropped, 0),
      lastDurableMs: this.#lastSyncMs,
    };
  }

  get #queued(): number {
    return (this.#journal?.outstanding ?? 0) + Math.max(0, this.#tables.outstanding - TABLES_MEMORY);
  }

  get #isFull(): boolean {
    const limit = this.#parts.config.disk.queue_mb * 2 ** 20;
    return (
      this.#tables.isDown ||
      (this.#journal?.outstanding ?? 0) > limit ||
      this.#tables.outstanding > limit + TABLES_MEMORY
    );
  }

  #addTicks(
    pair: string,
    frame: Pick<Diff, "first" | "last" | "bids" | "asks" | "engineMs" | "pushMs">,
    flags: number,
    { receivedMs, sequence }: Arrival,
  ): void {
    const rows = frame.bids.length + frame.asks.length;
    if (rows === 0) return;
    if (this.#isPaused || this.#isFull) {
      this.#drop(pair, rows);
      return;
    }
    const hour = Math.floor(receivedMs / HOUR_MS);
    const pending = this.#ticks.get(pair) ?? { packer: new RowPacker(), hour };
    this.#ticks.set(pair, pending);
    if (pending.hour !== hour) this.#sendTicks(pair, pending);
    pending.hour = hour;
    pending.packer.add(
      {
        receivedMs,
        engineMs: frame.engineMs ?? Number.NaN,
        pushMs: frame.pushMs ?? Number.NaN,
        firstId: frame.first,
        lastId: frame.last,
        sequence,
        flags,
      },
      frame.bids,
      frame.asks,
    );
    this.#count(pair, rows);
    if (pending.packer.size >= TICK_CHUNK) this.#sendTicks(pair, pending);
  }

  #addPlain(table: PlainTable, pair: string, receivedMs: number, rows: PlainRow[]): void {
    const isStopped = this.#isPaused && this.#parts.config.disk.on_full === "stop";
    if (isStopped || this.#isFull) {
      this.#drop(pair, rows.length);
      return;
    }
    const hour = Math.floor(receivedMs / HOUR_MS);
    const key = `${table} ${pair}`;
    const held = this.#plain.get(key);
    if (held && held.hour !== hour) this.#sendPlain(key);
    const same = this.#plain.get(key);
    if (same) same.rows.push(...rows);
    else this.#plain.set(key, { table, pair, hour, rows: [...rows] });
  }

  #count(pair: string, rows: number): void {
    this.#unsynced.set(pair, (this.#unsynced.get(pair) ?? 0) + rows);
    const figures = this.#parts.figures.symbols.get(pair);
    if (figures) figures.bufferedRows += rows;
  }

  #drop(pair: string, rows: number): void {
    const figures = this.#parts.figures.symbols.get(pair);
    if (figures) figures.rowsDropped += rows;
    // The time of the first drop: a later sync can end before the loss is told, and rows that were taken in between
    // stand behind a hole of which the ledger must tell.
    const { rows: before, sinceMs } = this.#lost.get(pair) ?? { rows: 0, sinceMs: this.#lastSyncMs };
    this.#lost.set(pair, { rows: before + rows, sinceMs });
  }

  #sendRecords(): void {
    if (this.#records.size === 0 || !this.#journal) return;
    const bytes = this.#records.take();
    // Past the bound even the journal loses: the rows of these frames are counted by their books.
    if (this.#isFull) return;
    this.#journal.send({ order: "records", nowMs: this.#parts.now(), bytes }, bytes.byteLength, [bytes.buffer]);
  }

  #sendTicks(pair: string, { packer, hour }: Pending): void {
    if (packer.size === 0) return;
    const rows = packer.rows;
    const bytes = packer.take();
    if (!this.#fly("ticks", pair, rows)) return;
    this.#tables.send({ order: "ticks", pair, hour, bytes, rows }, bytes.byteLength, [bytes.buffer]);
  }

  #sendPlain(key: string): void {
    const held = this.#plain.get(key);
    if (!held) return;
    this.#plain.delete(key);
    const { table, pair, hour, rows } = held;
    if (!this.#fly(table, pair, rows.length)) return;
    this.#tables.send({ order: "rows", table, pair, hour, rows }, rows.length * 200, []);
  }

  /** Notes rows on their way into a table; without a thread they are lost, and false. */
  #fly(table: Table, pair: string, rows: number): boolean {
    this.#inFlight.add(table, pair, rows);
    if (this.#tables.isDown) this.#dropInFlight();
    return !this.#tables.isDown;
  }

  #dropInFlight(): void {
    for (const { table, pair, rows } of this.#inFlight.take()) {
      this.#drop(pair, rows);
      const figures = this.#parts.figures.symbols.get(pair);
      // With a journal they leave the buffer when it is synced.
      if (figures && !this.#journal && table === "ticks") figures.bufferedRows -= rows;
    }
  }

  #handOver(): void {
    this.#sendRecords();
    for (const [pair, pending] of this.#ticks) this.#sendTicks(pair, pending);
    for (const key of [...this.#plain.keys()]) this.#sendPlain(key);
  }

  async #sync(): Promise<void> {
    this.#handOver();
    this.#watchLoss();
    if (this.#isSyncing || !this.#journal) return;
    const counted = this.#unsynced;
    this.#unsynced = new Map();
    this.#isSyncing = true;
    await this.#journal.ask((number) => ({ order: "sync", number, isLast: false }));
    this.#isSyncing = false;
    this.#credit(counted);
  }

  /** These rows are safe now. */
  #credit(counted: ReadonlyMap<string, number>): void {
    const { figures, now } = this.#parts;
    this.#lastSyncMs = now();
    figures.lastDurableWrite = this.#lastSyncMs / 1_000;
    for (const [pair, rows] of counted) {
      const one = figures.symbols.get(pair);
      if (!one) continue;
      one.ticksWritten += rows;
      one.bufferedRows = Math.max(0, one.bufferedRows - rows);
    }
    figures.writerQueueRows = [...figures.symbols.values()].reduce((sum, one) => sum + one.bufferedRows, 0);
  }

  /** Rows were lost and the queue has room again: say so in the ledger and start from whole books. */
  #watchLoss(): void {
    if (this.#lost.size > 0 && !this.#isPaused && !this.#isFull && this.state.status === "ok") this.#recover();
  }

  #recover(): void {
    if (this.#lost.size === 0) return;
    this.#noteLoss();
    this.#parts.onRecovered();
  }

  #noteLoss(): void {
    const nowMs = this.#parts.now();
    for (const [pair, { rows, sinceMs }] of this.#lost) {
      const gap = { from: 0, to: 0, missing: rows };
      this.ledger.opened(pair, { gap, cause: "disk", action: `${rows} rows dropped; checkpoint`, sinceMs }, nowMs);
      this.ledger.closed(pair, nowMs);
    }
    this.#lost.clear();
  }

  #onReply(reply: WorkerReply): void {
    const { figures, log } = this.#parts;
    if (reply.reply === "part") {
      this.#inFlight.add(reply.table, reply.pair, -reply.rows);
      const one = figures.symbols.get(reply.pair);
      if (one) {
        one.filesWritten++;
        observe(one.fileWrite, reply.seconds);
      }
      figures.diskUsageBytes += reply.bytes;
      // Without a journal a row is safe when its file is.
      if (!this.#journal && reply.table === "ticks") this.#credit(new Map([[reply.pair, reply.rows]]));
      this.#parts.onPart?.(reply.path);
    } else if (reply.reply === "synced") figures.diskUsageBytes += reply.bytes;
    else if (reply.reply === "trouble")
      if (reply.reason === null) log.info("the disk takes writes again");
      else log.error({ reason: reply.reason }, `writing fails and is tried again: ${reply.reason}`);
  }

  #onDied(name: string, error: Error): void {
    const text = `the thread that writes the ${name} died and is started anew: ${error.message}`;
    this.#died.set(name, text);
    this.#parts.log.error({ err: error }, text);
    if (name !== TABLES) return;
    const before = this.state.droppedRows;
    this.#handOver();
    this.#dropInFlight();
    const rows = this.state.droppedRows - before;
    const rest = this.#journal ? "; their frames are in the journal" : "";
    this.#parts.log.error({ rows }, `${rows} rows were in no file yet and are dropped${rest}`);
  }

  /** Before another row comes, what was lost is told and every book written whole. */
  #onStarted(name: string): void {
    this.#died.delete(name);
    this.#parts.log.warn(`the thread that writes the ${name} runs again`);
    if (name === TABLES && !this.#isPaused) this.#recover();
  }
}
