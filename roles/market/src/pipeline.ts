import { CodedError, type Log, messageOf } from "@banksman/kit";
import type { Ack, FeedChoice, MarketEvent, Product, Reject, Snapshot, Trades } from "./exchange.ts";
import { bump, type CollectorFigures, observe, SymbolFigures } from "./figures.ts";
import type { Gap } from "./join.ts";
import { RAW, type Sink } from "./sink.ts";
import { type Arrival, type BookEffects, type GapNote, SymbolBook } from "./symbol-book.ts";
import type { Market } from "./symbols.ts";

export type PipelineOptions = {
  product: Product;
  choice: FeedChoice;
  maxBuffer: number;
  startSeconds: number;
  gapWarning: number;
};

/** What the pipeline tells whoever owns the connections; a replay from files has none and ignores it. */
export type PipelineHandlers = {
  onBookFrame: (connection: number, symbol: string) => void;
  onAck: (connection: number, ack: Ack) => void;
  onReject: (connection: number, reject: Reject) => void;
  onLeaving: (connection: number, reason: string) => void;
  onBadFrame: (connection: number) => void;
  onNeedSnapshot: (book: SymbolBook, reason: string) => void;
  onRepairable: (book: SymbolBook, gap: Gap) => boolean;
  onSuspicious: (book: SymbolBook, reason: string) => void;
};

const RECENT_TRADES = 512;

/**
 * From a frame's bytes to books, rows and figures, without any I/O of its own: the same for frames of a socket and for
 * those of a journal, which is why a journal can be replayed into the very same rows.
 */
export class Pipeline {
  readonly books = new Map<string, SymbolBook>();
  readonly figures: CollectorFigures;
  readonly #options: PipelineOptions;
  readonly #sink: Sink;
  readonly #handlers: PipelineHandlers;
  readonly #log: Log;
  readonly #holding = new Set<SymbolBook>();
  readonly #recent = new Map<string, Map<string, number>>();
  readonly #effects: BookEffects;

  constructor(options: PipelineOptions, figures: CollectorFigures, sink: Sink, handlers: PipelineHandlers, log: Log) {
    this.#options = options;
    this.figures = figures;
    this.#sink = sink;
    this.#handlers = handlers;
    this.#log = log;
    this.#effects = this.#makeEffects();
  }

  add(market: Market): SymbolBook {
    const { product, choice, maxBuffer, startSeconds } = this.#options;
    const figures = this.figures.symbols.get(market.pair) ?? new SymbolFigures(market.pair, startSeconds);
    this.figures.symbols.set(market.pair, figures);
    const rule = product.ruleFor?.(choice) ?? product.rule;
    const book = new SymbolBook(
      market,
      figures,
      rule,
      { depth: product.maintainedDepth?.(choice), maxBuffer },
      this.#effects,
    );
    this.books.set(market.symbol, book);
    return book;
  }

  remove(symbol: string): void {
    const book = this.books.get(symbol);
    if (!book) return;
    this.books.delete(symbol);
    this.#holding.delete(book);
    this.figures.symbols.delete(book.market.pair);
  }

  /** Takes one frame; a bad one is counted and never ends the feed. */
  onFrame(frame: Buffer, isBinary: boolean, arrival: Arrival): void {
    const started = performance.now();
    this.figures.bytesReceived += frame.length;
    this.#sink.raw(isBinary ? RAW.binary : RAW.text, arrival.connection, arrival.receivedMs, frame);
    let event: MarketEvent;
    try {
      event = this.#options.product.read(frame, isBinary);
    } catch (error) {
      this.figures.parseErrors++;
      this.#log.debug({ error: messageOf(error), bytes: frame.length }, "a frame could not be read");
      this.#handlers.onBadFrame(arrival.connection);
      return;
    }
    const book = this.#dispatch(event, arrival);
    if (book) observe(book.figures.processing, (performance.now() - started) / 1_000);
  }

  /** A snapshot that was fetched; answers whether the book is joined with it. */
  onFetched(snapshot: Snapshot, receivedMs: number): boolean {
    const book = this.books.get(snapshot.symbol);
    return book?.onSnapshot(snapshot, { receivedMs, connection: 0, sequence: 0 }, "rest") ?? false;
  }

  /** To be called every few milliseconds: what was held back too long becomes a gap. */
  onTime(nowMs: number): void {
    for (const book of this.#holding) {
      book.onTime(nowMs);
      if (!book.isHolding && !book.book.isCrossed()) this.#holding.delete(book);
    }
  }

  #dispatch(event: MarketEvent, arrival: Arrival): SymbolBook | undefined {
    switch (event.kind) {
      case "diff": {
        const book = this.#bookOf(event.symbol);
        if (!book) return;
        book.figures.diffs++;
        book.noteLatency(event.pushMs, arrival.receivedMs);
        this.#guard(book, () => book.onDiff(event, arrival));
        this.#after(book, arrival);
        return book;
      }
      case "snapshot": {
        const book = this.#bookOf(event.symbol);
        if (!book) return;
        this.#guard(book, () => book.onSnapshot(event, arrival, "feed"));
        this.#after(book, arrival);
        return book;
      }
      case "trades":
        return this.#onTrades(event, arrival);
      case "quote": {
        const book = this.#bookOf(event.symbol);
        if (book) book.figures.quotes++;
        if (book) this.#sink.quote(book.market.pair, event, arrival);
        return book;
      }
      case "mark": {
        const book = this.#bookOf(event.symbol);
        if (book) book.figures.marks++;
        if (book) this.#sink.mark(book.market.pair, event, arrival);
        return book;
      }
      default:
        this.figures.control++;
        return this.#onControl(event, arrival);
    }
  }

  #onControl(event: Exclude<MarketEvent, { symbol: string }>, { connection }: Arrival): undefined {
    switch (event.kind) {
      case "ack":
        return void this.#handlers.onAck(connection, event);
      case "reject":
        return void this.#handlers.onReject(connection, event);
      case "leaving":
        return void this.#handlers.onLeaving(connection, event.reason);
      case "pong":
      case "empty":
        return;
      default:
        event satisfies never;
    }
  }

  #onTrades({ symbol, trades, pushMs }: Trades, arrival: Arrival): SymbolBook | undefined {
    const book = this.#bookOf(symbol);
    if (!book) return;
    book.figures.trades++;
    book.figures.lastMessage = Math.max(book.figures.lastMessage, arrival.receivedMs / 1_000);
    const fresh = trades.filter((trade) => this.#isNewTrade(symbol, trade, arrival.connection));
    book.figures.duplicates += trades.length - fresh.length;
    if (fresh.length > 0) this.#sink.trades(book.market.pair, fresh, pushMs, arrival);
    return book;
  }

  /** Two overlapping connections tell every trade twice. Without an id only the other connection's can be the same one. */
  #isNewTrade(symbol: string, trade: Trades["trades"][number], connection: number): boolean {
    const recent = this.#recent.get(symbol) ?? new Map<string, number>();
    this.#recent.set(symbol, recent);
    const key = trade.id ?? `${trade.timeMs} ${trade.price} ${trade.size} ${trade.side}`;
    const seenOn = recent.get(key);
    if (seenOn !== undefined && (trade.id !== null || seenOn !== connection)) return false;
    recent.set(key, connection);
    if (recent.size > RECENT_TRADES)
      for (const oldest of recent.keys()) {
        recent.delete(oldest);
        break;
      }
    return true;
  }

  #after(book: SymbolBook, arrival: Arrival): void {
    this.#handlers.onBookFrame(arrival.connection, book.market.symbol);
    if (book.isHolding || book.book.isCrossed()) this.#holding.add(book);
  }

  #bookOf(symbol: string): SymbolBook | undefined {
    return this.books.get(symbol);
  }

  #guard(book: SymbolBook, work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      this.#log.warn({ symbol: book.market.pair, error: error.message }, "a message could not be applied");
    }
  }

  #makeEffects(): BookEffects {
    const sink = this.#sink;
    return {
      onDiff: (book, diff, flags, arrival) => sink.diff(book.market.pair, diff, flags, arrival),
      onSnapshot: (book, snapshot, flags, arrival) => sink.snapshot(book.market.pair, snapshot, flags, arrival),
      onGap: (book, note) => this.#onGap(book, note),
      onJoined: (book, nowMs) => sink.gapClosed(book.market.pair, nowMs),
      onNeedSnapshot: (book, reason) => this.#handlers.onNeedSnapshot(book, reason),
      onRepairable: (book, gap) => this.#handlers.onRepairable(book, gap),
      onSuspicious: (book, reason) => this.#handlers.onSuspicious(book, reason),
    };
  }

  #onGap(book: SymbolBook, note: GapNote): void {
    const { gap, cause, action } = note;
    const level = gap.missing > this.#options.gapWarning ? "warn" : "info";
    this.#log[level]({ symbol: book.market.pair, ...gap, cause, action }, `gap of ${gap.missing} ids`);
    this.#sink.gapOpened(book.market.pair, note, book.lastFrameMs);
  }
}

/** Counts a failed fetch for the symbol it was for. */
export const noteFailedFetch = (book: SymbolBook): void => bump(book.figures.failed, "snapshot_fetch_failed");
