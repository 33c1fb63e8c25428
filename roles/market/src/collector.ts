import { type Clock, type Log, messageOf, systemClock } from "@banksman/kit";
import { Audit } from "./audit.ts";
import { BadFrames } from "./bad-frames.ts";
import type { Budget } from "./budget.ts";
import { measureSkew } from "./clock-skew.ts";
import type { CollectorConfig } from "./config.ts";
import type { Connection } from "./connection.ts";
import type { Snapshot, Topic } from "./exchange.ts";
import { Feed } from "./feed.ts";
import { bump, CONNECTION, CollectorFigures, SymbolFigures } from "./figures.ts";
import { findMarkets } from "./find-markets.ts";
import type { Gap } from "./join.ts";
import { MonotonicWall } from "./monotonic-wall.ts";
import { noteFailedFetch, Pipeline } from "./pipeline.ts";
import { RestClient } from "./rest.ts";
import type { Shard } from "./shard.ts";
import { RAW, type Sink } from "./sink.ts";
import { SnapshotQueue } from "./snapshots.ts";
import { StallWatch } from "./stall-watch.ts";
import type { SymbolBook } from "./symbol-book.ts";
import { guessPairs, type Market } from "./symbols.ts";

export type CollectorParts = { budget: Budget; sink: Sink; log: Log; clock?: Clock };

const TICK_MS = 25;
/** A market that ended is looked at again so often: some only pause. */
const RECHECK_EVERY_MS = 3_600_000;
const SKEW_EVERY_MS = 300_000;
const DEGRADED_AFTER = 5;

/** Follows the markets of one exchange: connections, books, snapshots, and what to do when something goes wrong. */
export class Collector {
  readonly config: CollectorConfig;
  readonly figures: CollectorFigures;
  readonly pipeline: Pipeline;
  readonly wall: MonotonicWall;
  readonly startedMs: number;
  /** Markets that were configured but can't be followed, with the reason. */
  refused = new Map<string, string>();
  readonly #parts: CollectorParts;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #abort = new AbortController();
  readonly #rest: RestClient;
  readonly #feed: Feed;
  readonly #snapshots: SnapshotQueue;
  readonly #stalls: StallWatch;
  readonly #audit: Audit;
  readonly #connections = new Map<number, Connection>();
  readonly #timers: NodeJS.Timeout[] = [];
  #opened = 0;
  readonly #badFrames = new BadFrames();
  #lastTick = performance.now();
  #listed: ReadonlySet<string> | null = null;

  constructor(config: CollectorConfig, parts: CollectorParts) {
    const { product, choice, endpoints } = config;
    this.config = config;
    this.#parts = parts;
    this.#log = parts.log.child({ exchange: product.connector });
    this.#clock = parts.clock ?? systemClock;
    this.wall = new MonotonicWall(this.#clock);
    this.startedMs = this.#clock.now();
    this.figures = new CollectorFigures(product.connector);
    // The configured pairs are in /metrics before the exchange was asked for the first time.
    for (const { pair } of guessPairs(config.trading_pairs, product))
      this.figures.symbols.set(pair, new SymbolFigures(pair, this.startedMs / 1_000));
    this.#rest = new RestClient({
      product,
      base: endpoints.rest ?? product.endpoints.rest,
      budget: parts.budget,
      share: config.rest_weight_share,
      clock: this.#clock,
      onReply: (path, status, text) => this.#journalReply(path, status, text),
    });
    this.pipeline = this.#makePipeline(choice);
    this.#feed = this.#makeFeed();
    this.#snapshots = this.#makeSnapshots();
    this.#stalls = new StallWatch(config.stale_after_s, {
      resubscribe: (book) => this.#askAgain(book, "stall"),
      move: (book) => this.#feed.move(book.market.symbol),
      isListed: (book) => this.#listed === null || this.#listed.has(book.market.symbol),
    });
    this.#audit = new Audit({
      rest: this.#rest,
      product,
      signal: this.#abort.signal,
      log: this.#log,
      now: () => this.wall.now(),
    });
  }

  /** Finds the markets, opens the connections and returns; everything after that goes on by itself. */
  async start(): Promise<void> {
    const markets = await this.#findMarkets();
    for (const market of markets) this.pipeline.add(market);
    this.#feed.add(markets.flatMap((market) => this.config.product.topics(market.symbol, this.config.choice)));
    this.#timers.push(
      setInterval(() => this.#onTick(), TICK_MS),
      setInterval(() => this.#onSecond(), 1_000),
      setInterval(() => void this.#measureSkew(), SKEW_EVERY_MS),
      setInterval(() => this.#recheckEnded(), RECHECK_EVERY_MS),
    );
    void this.#measureSkew();
  }

  stop(): void {
    this.#abort.abort(new Error("stopped"));
    for (const timer of this.#timers) clearInterval(timer);
    this.#feed.stop();
  }

  /** Follows exactly these pairs from now on; the others' connections stay as they are. */
  async reload(pairs: readonly string[]): Promise<void> {
    this.config.trading_pairs = [...pairs];
    const wanted = new Map((await this.#findMarkets()).map((market) => [market.symbol, market]));
    for (const symbol of this.pipeline.books.keys()) {
      if (wanted.has(symbol)) continue;
      this.#feed.remove(symbol);
      this.pipeline.remove(symbol);
    }
    for (const [symbol, market] of wanted) {
      if (this.pipeline.books.has(symbol)) continue;
      this.pipeline.add(market);
      this.#feed.add(this.config.product.topics(symbol, this.config.choice));
    }
  }

  /** Connections opened since the start. */
  get connectionsOpened(): number {
    return this.#opened;
  }

  /** Connections that all topics need within the exchange's limits. */
  get connectionsPlanned(): number {
    return this.#feed.shardCount;
  }

  get books(): SymbolBook[] {
    return [...this.pipeline.books.values()];
  }

  /** The connections stop reading until the writer has caught up. */
  pause(isPaused: boolean): void {
    for (const connection of this.#feed.connections)
      if (isPaused) connection.pause();
      else connection.resume();
  }

  async #findMarkets(): Promise<Market[]> {
    const { product, trading_pairs: names } = this.config;
    const { markets, listed, refused } = await findMarkets(product, names, this.#rest, this.#abort.signal, this.#log);
    this.#listed = listed;
    this.refused = refused;
    return markets;
  }

  #makePipeline(choice: CollectorConfig["choice"]): Pipeline {
    const { product, max_buffer_events: maxBuffer, gap_warning_threshold: gapWarning } = this.config;
    const connection = (number: number) => this.#connections.get(number);
    return new Pipeline(
      { product, choice, maxBuffer, gapWarning, startSeconds: this.startedMs / 1_000 },
      this.figures,
      this.#parts.sink,
      {
        onBookFrame: (number, symbol) => {
          const found = connection(number);
          if (found) this.#feed.seen(found, symbol);
        },
        onAck: (number, ack) => connection(number)?.settle(ack.request, ack.topics),
        onReject: (number, { request, topics, reason }) => {
          const found = connection(number);
          if (found) this.#feed.rejected(found, request, topics, reason);
        },
        onLeaving: (number, reason) => {
          const found = connection(number);
          if (found) this.#feed.leaving(found, reason);
        },
        onBadFrame: () => this.#badFrames.add(),
        onNeedSnapshot: (book) => this.#needSnapshot(book),
        onRepairable: (book, gap) => this.#repair(book, gap),
        onSuspicious: (book) => void this.#judgeCrossing(book),
      },
      this.#log,
    );
  }

  #makeFeed(): Feed {
    const { product, endpoints, maxBackoffMs, connection_life_s: life, max_subs_per_conn: maxTopics } = this.config;
    return new Feed(
      {
        product,
        wsBase: endpoints.ws ?? product.endpoints.ws,
        maxBackoffMs,
        maxTopics,
        lifeMs: life * 1_000,
        idleMs: this.config.stale_after_s.illiquid * 1_000,
        pingMs: this.config.ping_interval_s * 1_000,
        log: this.#log,
      },
      {
        onFrame: (one, frame, isBinary) =>
          this.pipeline.onFrame(frame, isBinary, {
            receivedMs: this.wall.now(),
            connection: one.number,
            sequence: one.frames,
          }),
        onOpen: (one) => this.#onOpen(one),
        onSend: (one, frame) => this.#parts.sink.raw(RAW.sent, one.number, this.wall.now(), Buffer.from(frame)),
        onLost: (shard, reason) => this.#onLost(shard, reason),
        onReopened: (shard) => {
          for (const book of this.#booksOf(shard)) book.figures.reconnections++;
        },
        onRejected: (topic, reason) => this.#onRejected(topic, reason),
      },
    );
  }

  #makeSnapshots(): SnapshotQueue {
    const { product, snapshot_depth: depth, maxBackoffMs } = this.config;
    const book = (symbol: string) => this.pipeline.books.get(symbol);
    return new SnapshotQueue({
      product,
      rest: this.#rest,
      depth,
      clock: this.#clock,
      figures: this.figures,
      log: this.#log,
      signal: this.#abort.signal,
      maxBackoffMs,
      take: (snapshot) => this.pipeline.onFetched(snapshot, this.wall.now()),
      isWanted: (symbol) => book(symbol)?.sequence === null,
      onFailed: (symbol, reason, attempt) => this.#onFailedFetch(book(symbol), reason, attempt),
      onDelisted: (symbol, reason) => this.#onDelisted(book(symbol), reason),
    });
  }

  #onOpen(connection: Connection): void {
    this.#opened++;
    for (const [number, one] of this.#connections) if (!one.isOpen) this.#connections.delete(number);
    this.#connections.set(connection.number, connection);
    this.#parts.sink.raw(RAW.opened, connection.number, this.wall.now(), Buffer.from(this.config.product.connector));
    this.#log.info({ connection: connection.number, topics: connection.topics.size }, "connected");
  }

  #onLost(shard: Shard, reason: string): void {
    const kind = /^(closed|stalled)/.exec(reason)?.[1] ?? "error";
    for (const book of this.#booksOf(shard)) {
      bump(book.figures.disconnections, kind);
      if (["rejected", "delisted"].includes(book.state)) continue;
      book.interrupt("disconnect", "disconnected", reason);
    }
  }

  #booksOf(shard: Shard): SymbolBook[] {
    const symbols = new Set(
      [...shard.topics.values()].filter((one) => one.channel === "book").map((one) => one.symbol),
    );
    return [...symbols].map((symbol) => this.pipeline.books.get(symbol)).filter((book) => book !== undefined);
  }

  #onRejected(topic: Topic, reason: string): void {
    this.#log.error({ symbol: topic.symbol, topic: topic.name, reason }, `${topic.name} was refused: ${reason}`);
    const book = this.pipeline.books.get(topic.symbol);
    if (book && topic.channel === "book") book.setAside("rejected", reason);
  }

  #needSnapshot(book: SymbolBook): void {
    if (book.rule.snapshot === "rest") this.#snapshots.want(book.market.symbol);
    else this.#feed.resubscribe(book.market.symbol);
  }

  /** Where the exchange can send diffs again, a gap is filled before a snapshot is thought of. */
  #repair(book: SymbolBook, { missing }: Gap): boolean {
    const { repair } = this.config.product.rest;
    if (!repair || missing > repair.max) return false;
    const { symbol } = book.market;
    const arrival = () => ({ receivedMs: this.wall.now(), connection: 0, sequence: 0 });
    this.#rest
      .get(repair.request(symbol, Math.min(repair.max, missing + 50)), this.#abort.signal)
      .then((body) => book.onRepaired(repair.read(symbol, body), arrival()))
      .catch((error: unknown) => {
        if (this.#abort.signal.aborted) return;
        this.#log.warn({ symbol: book.market.pair, error: messageOf(error) }, "missing diffs can't be had again");
        book.onRepaired([], arrival());
      });
    return true;
  }

  #askAgain(book: SymbolBook, cause: "stall"): void {
    this.#feed.resubscribe(book.market.symbol);
    book.interrupt(cause, "stalled", "no message for too long; subscribing again");
  }

  #onFailedFetch(book: SymbolBook | undefined, reason: string, attempt: number): void {
    if (!book) return;
    noteFailedFetch(book);
    book.setAside(attempt >= DEGRADED_AFTER ? "degraded" : "joining", reason);
    this.#log.warn({ symbol: book.market.pair, attempt, reason }, `no snapshot: ${reason}`);
  }

  #onDelisted(book: SymbolBook | undefined, reason: string): void {
    book?.clear("delisted", reason);
    this.#log.error({ symbol: book?.market.pair, reason }, "the exchange ended this market");
  }

  #recheckEnded(): void {
    for (const book of this.books) if (book.state === "delisted") this.#needSnapshot(book);
  }

  /** A crossed book: kept and flagged when the exchange's own snapshot is crossed too, else joined anew. */
  async #judgeCrossing(book: SymbolBook): Promise<void> {
    const verdict = await this.#audit.crossing(book);
    if (verdict === "agrees") book.acceptCrossing();
    else if (verdict === "differs") book.resync("crossed", this.wall.now());
  }

  #journalReply(path: string, status: number, text: string): void {
    if (!path.includes("nstrument") && !path.includes("xchangeInfo"))
      this.#parts.sink.raw(RAW.rest, 0, this.wall.now(), Buffer.from(`${status} ${path}\n${text}`));
  }

  #onTick(): void {
    const now = performance.now();
    this.figures.eventLoopLagSeconds = Math.max(0, now - this.#lastTick - TICK_MS) / 1_000;
    this.#lastTick = now;
    this.pipeline.onTime(this.wall.now());
  }

  #onSecond(): void {
    this.wall.check();
    const now = this.wall.now();
    for (const book of this.pipeline.books.values()) {
      book.onTime(now);
      book.figures.status = statusOf(book);
    }
    this.#stalls.check(this.books, now, this.#feed);
    void this.#audit.next(this.books, this.config.audit_interval_s * 1_000);
    const bad = this.#badFrames.check(this.#feed.connections);
    if (bad !== null) {
      this.#log.error({ bad }, "too many frames could not be read; connecting anew");
      for (const connection of this.#feed.connections) this.#feed.reset(connection, "error: too many bad frames");
    }
    this.figures.clockSteps = this.wall.steps;
    this.figures.connections = this.#feed.connections.length;
    this.figures.restWeightUsed = this.#rest.used;
    this.figures.pingSeconds = Math.max(0, ...this.#feed.connections.map((one) => one.pingSeconds));
  }

  async #measureSkew(): Promise<void> {
    try {
      const skew = await measureSkew(this.config.product, this.#rest, this.#clock, this.#abort.signal);
      if (skew !== null) this.figures.clockSkewSeconds = skew;
    } catch (error) {
      if (!this.#abort.signal.aborted) this.#log.debug({ error: messageOf(error) }, "the exchange's time can't be had");
    }
  }

  /** A snapshot of the book as it stands, for files and for whoever starts to listen. */
  checkpoint(book: SymbolBook, depth: number): Snapshot | null {
    if (!book.isLive || book.sequence === null) return null;
    const { bids, asks } = book.book.top(depth);
    return {
      kind: "snapshot",
      symbol: book.market.symbol,
      id: book.sequence,
      bids,
      asks,
      engineMs: null,
      pushMs: null,
    };
  }
}

/** Connected only while messages prove it: a subscription that was accepted and stays silent is none. */
function statusOf(book: SymbolBook): number {
  switch (book.state) {
    case "live":
    case "degraded":
      return CONNECTION.connected;
    case "joining":
    case "stalled":
    case "disconnected":
      return CONNECTION.reconnecting;
    default:
      return CONNECTION.down;
  }
}
