import { zstdCompressSync } from "node:zlib";
import type { SchemaElement } from "hyparquet";
import type { ColumnSource } from "hyparquet-writer";
import { FLAGS } from "../symbol-book.ts";
import type { Layout, Table } from "./layout.ts";
import { type FrameHead, unpackRows } from "./row-codec.ts";

type Cell = bigint | number | string | boolean | null;
type Kind = "time" | "int64" | "int32" | "double" | "text" | "flag";
type Column = { name: string; kind: Kind; nullable?: boolean };

/** A row of a table that isn't ticks, as it crosses to the writer's thread. Times in ms. */
export type PlainRow = Record<string, string | number | boolean | null>;

/** The original collector's thirteen columns, in its order. */
const REFERENCE: readonly Column[] = [
  { name: "timestamp", kind: "time" },
  { name: "received_timestamp", kind: "time" },
  { name: "exchange", kind: "text" },
  { name: "trading_pair", kind: "text" },
  { name: "update_id", kind: "int64" },
  { name: "snapshot_flag", kind: "flag" },
  { name: "side", kind: "text" },
  { name: "price", kind: "double" },
  { name: "amount", kind: "double" },
  { name: "best_bid_price", kind: "double", nullable: true },
  { name: "best_ask_price", kind: "double", nullable: true },
  { name: "total_bid_volume", kind: "double", nullable: true },
  { name: "total_ask_volume", kind: "double", nullable: true },
];

const OURS: readonly Column[] = [
  { name: "first_update_id", kind: "int64" },
  { name: "local_ts_ns", kind: "int64" },
  { name: "engine_ts", kind: "time", nullable: true },
  { name: "msg_seq", kind: "int64" },
  { name: "price_str", kind: "text" },
  { name: "amount_str", kind: "text" },
  { name: "flags", kind: "int32" },
  { name: "collector_id", kind: "text" },
  { name: "run_id", kind: "text" },
];

const head = (columns: readonly Column[]): readonly Column[] => [
  { name: "timestamp", kind: "time" },
  { name: "received_timestamp", kind: "time" },
  { name: "exchange", kind: "text" },
  { name: "trading_pair", kind: "text" },
  ...columns,
  { name: "run_id", kind: "text" },
];

const TABLE_COLUMNS: Record<Exclude<Table, "ticks">, readonly Column[]> = {
  trades: head([
    { name: "trade_id", kind: "text", nullable: true },
    { name: "side", kind: "text" },
    { name: "price", kind: "double" },
    { name: "amount", kind: "double" },
    { name: "price_str", kind: "text" },
    { name: "amount_str", kind: "text" },
    { name: "amount_unit", kind: "text" },
    { name: "is_block", kind: "flag" },
    { name: "seq", kind: "int64" },
  ]),
  quotes: head([
    { name: "update_id", kind: "int64", nullable: true },
    { name: "bid_price", kind: "double", nullable: true },
    { name: "bid_amount", kind: "double", nullable: true },
    { name: "ask_price", kind: "double", nullable: true },
    { name: "ask_amount", kind: "double", nullable: true },
  ]),
  marks: head([
    { name: "mark_price", kind: "double", nullable: true },
    { name: "index_price", kind: "double", nullable: true },
    { name: "funding_rate", kind: "double", nullable: true },
    { name: "next_funding_time", kind: "time", nullable: true },
  ]),
};

export const columnsOf = (table: Table, layout: Layout): readonly Column[] => {
  if (table !== "ticks") return TABLE_COLUMNS[table];
  return layout === "quantslab" ? REFERENCE : [...REFERENCE, ...OURS];
};

/** Labels of all rows of a file. */
export type PartLabels = { exchange: string; pair: string; runId: string; collectorId: string };

/** What the manifest says of a file beside its name. */
export type PartSpan = { minMs: number; maxMs: number; firstId: number | null; lastId: number | null };

const micros = (ms: number) => BigInt(Math.round(ms * 1_000));
const number = (value: Cell | undefined) =>
  value === null || value === undefined || value === "" ? null : Number(value);

/** Columns of a ticks file, from the packed frames. */
export function tickColumns(
  chunks: readonly Uint8Array[],
  labels: PartLabels,
  layout: Layout,
): { columns: ColumnSource[]; rows: number; span: PartSpan } {
  const data = new Map<string, Cell[]>(columnsOf("ticks", layout).map(({ name }) => [name, []]));
  const put = (name: string, value: Cell) => data.get(name)?.push(value);
  const span: PartSpan = { minMs: Number.POSITIVE_INFINITY, maxMs: 0, firstId: null, lastId: null };
  let rows = 0;
  for (const chunk of chunks) {
    let frame: FrameHead | null = null;
    let from = 0;
    unpackRows(chunk, (one, side, price, size) => {
      if (frame === null || !isSameFrame(frame, one)) {
        if (frame) fillSummary(data, frame, from);
        frame = one;
        from = data.get("price")?.length ?? 0;
        widen(span, one);
      }
      rows++;
      put("timestamp", micros(Number.isNaN(one.pushMs) ? one.receivedMs : one.pushMs));
      put("received_timestamp", micros(one.receivedMs));
      put("exchange", labels.exchange);
      put("trading_pair", labels.pair);
      put("update_id", BigInt(one.lastId));
      put("snapshot_flag", (one.flags & FLAGS.snapshot) !== 0);
      put("side", side);
      put("price", Number(price));
      put("amount", Number(size));
      put("first_update_id", BigInt(one.firstId));
      put("local_ts_ns", micros(one.receivedMs) * 1_000n);
      put("engine_ts", Number.isNaN(one.engineMs) ? null : micros(one.engineMs));
      put("msg_seq", BigInt(one.sequence));
      put("price_str", price);
      put("amount_str", size);
      put("flags", one.flags);
      put("collector_id", labels.collectorId);
      put("run_id", labels.runId);
    });
    if (frame) fillSummary(data, frame, from);
  }
  return { columns: sources(columnsOf("ticks", layout), data), rows, span };
}

const isSameFrame = (a: FrameHead, b: FrameHead) =>
  a.sequence === b.sequence && a.receivedMs === b.receivedMs && a.lastId === b.lastId && a.flags === b.flags;

function widen(span: PartSpan, { receivedMs, firstId, lastId }: FrameHead): void {
  span.minMs = Math.min(span.minMs, receivedMs);
  span.maxMs = Math.max(span.maxMs, receivedMs);
  span.firstId ??= firstId;
  span.lastId = lastId;
}

/** The last four of the reference's columns: of the whole snapshot, on its own rows alone. */
function fillSummary(data: Map<string, Cell[]>, frame: FrameHead, from: number): void {
  const [prices = [], amounts = [], sides = []] = ["price", "amount", "side"].map((name) => data.get(name));
  const isSnapshot = (frame.flags & FLAGS.snapshot) !== 0;
  const sums: Record<string, { best: number | null; total: number }> = {
    bid: { best: null, total: 0 },
    ask: { best: null, total: 0 },
  };
  for (let at = from; at < prices.length; at++) {
    const sum = sums[String(sides[at])];
    if (!sum) continue;
    sum.best ??= Number(prices[at]);
    sum.total += Number(amounts[at]);
  }
  for (let at = from; at < prices.length; at++) {
    data.get("best_bid_price")?.push(isSnapshot ? (sums.bid?.best ?? null) : null);
    data.get("best_ask_price")?.push(isSnapshot ? (sums.ask?.best ?? null) : null);
    data.get("total_bid_volume")?.push(isSnapshot ? (sums.bid?.total ?? null) : null);
    data.get("total_ask_volume")?.push(isSnapshot ? (sums.ask?.total ?? null) : null);
  }
}

/** Columns of any other table, from its rows. */
export function plainColumns(
  table: Exclude<Table, "ticks">,
  rows: readonly PlainRow[],
  labels: PartLabels,
): { columns: ColumnSource[]; rows: number; span: PartSpan } {
  const columns = TABLE_COLUMNS[table];
  const data = new Map<string, Cell[]>(columns.map(({ name }) => [name, []]));
  const span: PartSpan = { minMs: Number.POSITIVE_INFINITY, maxMs: 0, firstId: null, lastId: null };
  for (const row of rows) {
    const received = Number(row.received_timestamp);
    span.minMs = Math.min(span.minMs, received);
    span.maxMs = Math.max(span.maxMs, received);
    const full: PlainRow = { ...row, exchange: labels.exchange, trading_pair: labels.pair, run_id: labels.runId };
    for (const { name, kind } of columns) data.get(name)?.push(cell(kind, full[name]));
  }
  return { columns: sources(columns, data), rows: rows.length, span };
}

function cell(kind: Kind, value: PlainRow[string] | undefined): Cell {
  if (value === null || value === undefined) return null;
  switch (kind) {
    case "time":
      return micros(Number(value));
    case "int64":
      return BigInt(Number(value));
    case "int32":
    case "double":
      return number(value);
    case "text":
      return String(value);
    case "flag":
      return value === true;
    default:
      return kind satisfies never;
  }
}

const sources = (columns: readonly Column[], data: ReadonlyMap<string, Cell[]>): ColumnSource[] =>
  columns.map((column) => ({ name: column.name, data: data.get(column.name) ?? [], ...encodingOf(column) }));

/**
 * Ids and times rise by small steps: packed differences are a fraction of a dictionary of them. The rest is left to the
 * writer; splitting amounts into byte streams was tried and took more room, since many of them are 0 or come again.
 */
const encodingOf = ({ kind, nullable }: Column): Pick<ColumnSource, "encoding"> =>
  (kind === "int64" || kind === "time") && !nullable ? { encoding: "DELTA_BINARY_PACKED" } : {};

/** The schema that hyparquet-writer wants beside the columns. */
export function schemaOf(columns: readonly Column[]): SchemaElement[] {
  return [{ name: "root", num_children: columns.length }, ...columns.map(element)];
}

function element({ name, kind, nullable }: Column): SchemaElement {
  const common = { name, repetition_type: nullable ? ("OPTIONAL" as const) : ("REQUIRED" as const) };
  switch (kind) {
    case "time":
      return {
        ...common,
        type: "INT64",
        converted_type: "TIMESTAMP_MICROS",
        logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MICROS" },
      };
    case "int64":
      return { ...common, type: "INT64" };
    case "int32":
      return { ...common, type: "INT32" };
    case "double":
      return { ...common, type: "DOUBLE" };
    case "text":
      return { ...common, type: "BYTE_ARRAY", converted_type: "UTF8" };
    case "flag":
      return { ...common, type: "BOOLEAN" };
    default:
      return kind satisfies never;
  }
}

export const compressors = { ZSTD: (bytes: Uint8Array) => zstdCompressSync(bytes) };
