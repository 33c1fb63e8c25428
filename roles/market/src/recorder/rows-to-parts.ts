import { hostname } from "node:os";
import type { CollectorConfig } from "../config.ts";
import type { Diff, Mark, Quote, Snapshot, Trade } from "../exchange.ts";
import { noSink, type Sink } from "../sink.ts";
import type { Arrival } from "../symbol-book.ts";
import { FirstIds } from "./first-ids.ts";
import { HOUR_MS, type Table } from "./layout.ts";
import { writePart } from "./part-writer.ts";
import { markRow, quoteRow, tradeRows } from "./plain-rows.ts";
import { RowPacker } from "./row-codec.ts";
import { type PartLabels, type PlainRow, plainColumns, tickColumns } from "./table-columns.ts";

type Options = {
  config: CollectorConfig;
  runId: string;
  /** Parts that are there already, so that names go on behind them. */
  startAt: number;
  /** Rows received up to here are in tables already, by `endKey`. */
  after: ReadonlyMap<string, { lastMs: number }>;
};
type PlainTable = Exclude<Table, "ticks">;
type HeldRows = { table: PlainTable; pair: string; hour: number; rows: PlainRow[] };
type Held = { packer: RowPacker; hour: number };

/** One table of one symbol. */
export const endKey = (table: Table, pair: string): string => `${table} ${pair}`;

const MOST_ROWS = 100_000;

/** Takes a replay's rows and writes them as files in this thread: for recovery and for rebuilding from a journal. */
export class RowsToParts implements Sink {
  readonly #options: Options;
  readonly #firstIds = new FirstIds();
  readonly #ticks = new Map<string, Held>();
  readonly #plain = new Map<string, HeldRows>();
  #parts: number;
  #rows = 0;

  constructor(options: Options) {
    this.#options = options;
    this.#parts = options.startAt;
  }

  raw = noSink.raw;
  gapOpened = noSink.gapOpened;
  gapClosed = noSink.gapClosed;

  diff = (pair: string, diff: Diff, flags: number, arrival: Arrival): void => {
    const first = this.#firstIds.take(pair, diff);
    if (first !== null) this.#add(pair, { ...diff, first }, flags, arrival);
  };

  snapshot = (pair: string, snapshot: Snapshot, flags: number, arrival: Arrival): void => {
    this.#firstIds.forget(pair);
    const { snapshot_depth: depth } = this.#options.config;
    const [bids, asks] = [snapshot.bids.slice(0, depth), snapshot.asks.slice(0, depth)];
    this.#add(pair, { ...snapshot, first: snapshot.id, last: snapshot.id, bids, asks }, flags, arrival);
  };

  trades = (pair: string, trades: readonly Trade[], pushMs: number | null, arrival: Arrival): void => {
    const unit = this.#options.config.product.sizeUnit ?? "base";
    this.#addPlain("trades", pair, arrival.receivedMs, tradeRows(trades, pushMs, arrival, unit));
  };

  quote = (pair: string, quote: Quote, arrival: Arrival): void =>
    this.#addPlain("quotes", pair, arrival.receivedMs, [quoteRow(quote, arrival)]);

  mark = (pair: string, mark: Mark, arrival: Arrival): void =>
    this.#addPlain("marks", pair, arrival.receivedMs, [markRow(mark, arrival)]);

  /** Writes what is held; answers how many rows were written in all. */
  finish(): number {
    for (const pair of this.#ticks.keys()) this.#writeTicks(pair);
    for (const held of this.#plain.values()) this.#writePlain(held);
    this.#plain.clear();
    return this.#rows;
  }

  #isNew(table: Table, pair: string, receivedMs: number): boolean {
    const end = this.#options.after.get(endKey(table, pair));
    return end === undefined || receivedMs > end.lastMs;
  }

  #addPlain(table: PlainTable, pair: string, receivedMs: number, rows: PlainRow[]): void {
    if (!this.#isNew(table, pair, receivedMs)) return;
    const hour = Math.floor(receivedMs / HOUR_MS);
    const key = endKey(table, pair);
    const held = this.#plain.get(key);
    const isFull = held && (held.hour !== hour || held.rows.length >= MOST_ROWS);
    if (isFull) this.#writePlain(held);
    if (held && !isFull) held.rows.push(...rows);
    else this.#plain.set(key, { table, pair, hour, rows: [...rows] });
  }

  #add(
    pair: string,
    frame: Pick<Diff, "first" | "last" | "bids" | "asks" | "engineMs" | "pushMs">,
    flags: number,
    { receivedMs, sequence }: Arrival,
  ): void {
    if (!this.#isNew("ticks", pair, receivedMs) || frame.bids.length + frame.asks.length === 0) return;
    const hour = Math.floor(receivedMs / HOUR_MS);
    const held = this.#ticks.get(pair);
    if (held && (held.hour !== hour || held.packer.rows >= MOST_ROWS)) this.#writeTicks(pair);
    const same = this.#ticks.get(pair) ?? { packer: new RowPacker(), hour };
    this.#ticks.set(pair, same);
    const { first: firstId, last: lastId, engineMs, pushMs, bids, asks } = frame;
    same.packer.add(
      { receivedMs, engineMs: engineMs ?? Number.NaN, pushMs: pushMs ?? Number.NaN, firstId, lastId, sequence, flags },
      bids,
      asks,
    );
  }

  #writeTicks(pair: string): void {
    const held = this.#ticks.get(pair);
    this.#ticks.delete(pair);
    if (!held || held.packer.size === 0) return;
    const labels = this.#labels(pair);
    this.#write("ticks", labels, tickColumns([held.packer.take()], labels, this.#options.config.layout));
  }

  #writePlain({ table, pair, rows }: HeldRows): void {
    const labels = this.#labels(pair);
    this.#write(table, labels, plainColumns(table, rows, labels));
  }

  #write(table: Table, labels: PartLabels, content: Parameters<typeof writePart>[4]): void {
    const { output_dir: outputDir, layout, compression } = this.#options.config;
    this.#rows += content.rows;
    writePart({ outputDir, layout, compression }, table, labels, ++this.#parts, content);
  }

  #labels(pair: string): PartLabels {
    const exchange = this.#options.config.product.connector;
    return { exchange, pair, runId: this.#options.runId, collectorId: `${hostname()}-${exchange}` };
  }
}
