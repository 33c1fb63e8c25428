import type { Collector } from "./collector.ts";
import { MarketErrors } from "./errors.ts";
import type { SymbolBook } from "./symbol-book.ts";

/** What the writer says of itself. */
export type WriterState = {
  status: "ok" | "off" | "full" | "stuck";
  reason: string | null;
  queueBytes: number;
  droppedRows: number;
  lastDurableMs: number;
};

const iso = (ms: number) => new Date(ms).toISOString();
const round = (value: number, digits = 3) => Number(value.toFixed(digits));

function symbolView(collector: Collector, book: SymbolBook) {
  const { figures } = book;
  return {
    exchange: collector.config.product.connector,
    symbol: book.market.pair,
    state: book.state,
    ...(book.reason !== "" && { reason: book.reason }),
    seq: book.sequence,
    last_message_age_s: book.lastFrameMs === 0 ? null : round((collector.wall.now() - book.lastFrameMs) / 1_000),
    gaps: figures.gapCount,
    resyncs: [...figures.resyncs.values()].reduce((sum, count) => sum + count, 0),
    buffer_rows: figures.bufferedRows,
  };
}

/** What stops the whole process from doing its job, or null. */
export function troubleOf(collectors: readonly Collector[], writer: WriterState): string | null {
  if (writer.status === "full" || writer.status === "stuck") return writer.reason ?? `the writer is ${writer.status}`;
  const dead = collectors.find((collector) => !collector.books.some((book) => book.isLive));
  return dead ? `no symbol of ${dead.config.product.connector} is live` : null;
}

/** The body of /health, with the members of the original service first. */
export function healthView(collectors: readonly Collector[], writer: WriterState) {
  const trouble = troubleOf(collectors, writer);
  const symbols = collectors.flatMap((collector) => [
    ...collector.books.map((book) => symbolView(collector, book)),
    ...[...collector.refused].map(([symbol, reason]) => ({
      exchange: collector.config.product.connector,
      symbol,
      state: "unknown" as const,
      reason,
    })),
  ]);
  const isWhole = trouble === null && symbols.every((symbol) => symbol.state === "live");
  const started = Math.min(...collectors.map((collector) => collector.startedMs));
  return {
    status: trouble !== null ? "unhealthy" : isWhole ? "healthy" : "degraded",
    timestamp: iso(Date.now()),
    orchestrator_initialized: true,
    ...(trouble !== null && { reason: trouble }),
    uptime_s: Math.round((Date.now() - started) / 1_000),
    exchange: collectors.map((collector) => collector.config.product.connector).join(","),
    symbols,
    writer: {
      status: writer.status,
      ...(writer.reason !== null && { reason: writer.reason }),
      queue_bytes: writer.queueBytes,
      dropped_rows: writer.droppedRows,
      last_durable_write: writer.lastDurableMs === 0 ? null : iso(writer.lastDurableMs),
    },
    clock_skew_ms: round((collectors[0]?.figures.clockSkewSeconds ?? 0) * 1_000, 1),
  };
}

/** The body of /books/{symbol}: the best `depth` levels; an older book is shown while it is joined anew, and says so. */
export function bookView(collector: Collector, book: SymbolBook, depth: number) {
  const { bids, asks } = book.book.top(depth);
  return {
    exchange: collector.config.product.connector,
    symbol: book.market.pair,
    state: book.state,
    is_stale: !book.isLive,
    seq: book.sequence,
    updated_at: book.lastAppliedMs === 0 ? null : iso(book.lastAppliedMs),
    messages: book.figures.diffs + book.figures.trades + book.figures.quotes + book.figures.marks,
    lag_ms: book.lagMs === null ? null : round(book.lagMs, 1),
    gaps: book.figures.gapCount,
    is_crossed: book.book.isCrossed(),
    levels: book.book.levels,
    trusted: book.book.trusted,
    contract_size: book.market.contractSize,
    bids,
    asks,
  };
}

/** The book of a pair in any of its spellings; with several exchanges in one process `exchange` picks one. */
export function findBook(collectors: readonly Collector[], name: string, exchange: string | null) {
  const bare = (text: string) => text.toUpperCase().replace(/[^A-Z0-9]/g, "");
  for (const collector of collectors) {
    if (exchange !== null && collector.config.product.connector !== exchange) continue;
    const book = collector.books.find((one) => bare(one.market.pair) === bare(name));
    if (book) return { collector, book };
  }
  throw MarketErrors.NO_FILES(name);
}
