import { Book } from "./book.ts";
import type { Diff, JoinRule, Snapshot } from "./exchange.ts";
import { bump, gapBucket, observe, type SymbolFigures } from "./figures.ts";
import { type Gap, HOLD_FRAMES, HOLD_MS, Join } from "./join.ts";
import type { Market } from "./symbols.ts";

/** Where a symbol stands, as /health tells it. */
export type BookState =
  | "subscribing"
  | "joining"
  | "live"
  | "degraded"
  | "stalled"
  | "disconnected"
  | "no_data"
  | "rejected"
  | "delisted"
  | "unknown";

/** Bits of a row's `flags`. `partial`: a checkpoint of the best levels only, of a book that goes on. */
export const FLAGS = { snapshot: 1, gapBefore: 2, afterResync: 4, crossed: 8, duplicate: 16, partial: 32 } as const;

/** When and where a frame came: `receivedMs` never falls, `connection` tells feeds of overlapping connections apart. */
export type Arrival = { receivedMs: number; connection: number; sequence: number };

export type GapCause = "sequence" | "disconnect" | "stall" | "restart" | "outage" | "crossed" | "audit" | "disk";
export type GapNote = { gap: Gap; cause: GapCause; action: string; sinceMs: number };

/** What a book asks of the world around it. */
export type BookEffects = {
  onDiff: (book: SymbolBook, diff: Diff, flags: number, arrival: Arrival) => void;
  onSnapshot: (book: SymbolBook, snapshot: Snapshot, flags: number, arrival: Arrival) => void;
  onGap: (book: SymbolBook, note: GapNote) => void;
  /** The gap noted last is over: the book is right again. */
  onJoined: (book: SymbolBook, nowMs: number) => void;
  /** A snapshot is needed: fetched over REST, or asked of the feed by subscribing again. */
  onNeedSnapshot: (book: SymbolBook, reason: string) => void;
  /** Whether the missing diffs can be asked for again; then they come by `onRepaired`. */
  onRepairable: (book: SymbolBook, gap: Gap) => boolean;
  /** A book stands crossed: compare it with a fresh snapshot. */
  onSuspicious: (book: SymbolBook, reason: string) => void;
};

const CROSSED_MS = 200;
/** How long a gap may wait for diffs that the exchange sends again. */
const REPAIR_MS = 3_000;

/** One symbol's book with its sequence: what comes in any order becomes a book without a hole, or is told as a gap. */
export class SymbolBook {
  readonly market: Market;
  readonly figures: SymbolFigures;
  readonly book: Book;
  readonly rule: JoinRule;
  state: BookState = "subscribing";
  /** Why it isn't live, in words. */
  reason = "waiting for the first message";
  lastFrameMs = 0;
  /** The mean time between two frames of this symbol, which tells a quiet market from a dead feed. */
  meanIntervalMs = 0;
  readonly #effects: BookEffects;
  readonly #join: Join;
  #hasBook = false;
  #flags = 0;
  #heldSince = 0;
  #repairUntilMs = 0;
  #interruptedBy: GapCause | null = null;
  #source = 0;
  #crossedSince: number | null = null;
  #liveSince: number | null = null;
  #suspectedCrossing = false;
  #resumed: { sinceMs: number; lastId: number } | null = null;
  /** Where this run's sequence began. */
  #begun: { id: number; atMs: number } | null = null;

  constructor(
    market: Market,
    figures: SymbolFigures,
    rule: JoinRule,
    options: { depth?: number | undefined; maxBuffer: number },
    effects: BookEffects,
  ) {
    this.market = market;
    this.figures = figures;
    this.rule = rule;
    this.book = new Book(options.depth);
    this.#join = new Join(rule, options.maxBuffer);
    this.#effects = effects;
  }

  /** How a gap of this feed is healed. */
  get #healing(): string {
    return this.rule.snapshot === "rest" ? "snapshot" : "resubscribe";
  }

  /** The last id in the book, or null before it is joined. */
  get sequence(): number | null {
    return this.#join.last;
  }

  get isLive(): boolean {
    return this.state === "live";
  }

  get isHolding(): boolean {
    return this.#join.held > 0;
  }

  get buffered(): number {
    return this.#join.buffered;
  }

  /** Whether /books may show it: an older book is shown until the new one is joined, and says so. */
  get hasBook(): boolean {
    return this.#hasBook;
  }

  onDiff(diff: Diff, arrival: Arrival): void {
    this.#noteFrame(arrival.receivedMs);
    const verdict = this.#join.offer(diff);
    switch (verdict) {
      case "apply":
        this.#apply(diff, arrival);
        if (this.#join.held > 0) this.#applyHeld(arrival);
        return;
      case "duplicate":
        this.figures.duplicates++;
        return;
      case "buffered":
        if (this.#join.buffered === 1) this.#needSnapshot("joining", "waiting for a snapshot");
        return;
      case "held":
        this.#onHeld(arrival);
        return;
      case "restarted":
        this.#lose({ from: diff.first, to: diff.first, missing: 0 }, "restart", arrival.receivedMs);
        this.#join.offer(diff);
        return;
      default:
        verdict satisfies never;
    }
  }

  /** A whole book: in the feed itself, or fetched. Answers whether the book is joined now. */
  onSnapshot(snapshot: Snapshot, arrival: Arrival, from: "feed" | "rest"): boolean {
    const last = this.#join.last;
    const isOther = arrival.connection !== this.#source;
    this.figures.snapshots++;
    if (from === "feed") this.#noteFrame(arrival.receivedMs);
    // The exchange begins anew with nothing: the market ended, or pauses; it is live again with its next whole book.
    if (snapshot.restarted && snapshot.bids.length + snapshot.asks.length === 0) {
      this.clear("delisted", "the exchange emptied the book");
      return false;
    }
    // The second of two overlapping connections starts with a snapshot of its own, while the first one still tells every
    // change; and the same one said again is nothing new.
    const isSecond = from === "feed" && isOther && !snapshot.restarted;
    if (this.state === "live" && last !== null && (isSecond || snapshot.id === last)) {
      this.figures.duplicates++;
      return true;
    }
    const before = last;
    if (from === "feed" && last !== null) {
      if (snapshot.restarted || (snapshot.id < last && !isOther)) {
        this.#lose({ from: snapshot.id, to: snapshot.id, missing: 0 }, "restart", arrival.receivedMs, false);
      } else if (this.#interruptedBy && snapshot.id > last) {
        this.#flags |= FLAGS.gapBefore;
        this.figures.missing += snapshot.id - last;
        this.#noteGap(
          { from: last + 1, to: snapshot.id, missing: snapshot.id - last },
          this.#interruptedBy,
          "snapshot",
        );
      }
      this.#join.unjoin();
    }
    const joined = this.#join.join(snapshot);
    if (!joined.joined) {
      this.reason =
        joined.why === "too_old" ? "the snapshot is older than the first diff" : "a hole behind the snapshot";
      return false;
    }
    this.#source = arrival.connection;
    this.book.replace(snapshot.bids, snapshot.asks);
    this.#hasBook = true;
    this.#becomeLive(arrival.receivedMs);
    this.#effects.onSnapshot(this, snapshot, FLAGS.snapshot | this.#takeFlags(before !== null), arrival);
    for (const diff of joined.apply) this.#apply(diff, arrival);
    this.#checkCrossed(arrival.receivedMs);
    return true;
  }

  /** Time passed: what was held back too long is a gap, and a crossed book is looked at. */
  onTime(nowMs: number): void {
    if (this.#join.held > 0 && nowMs - this.#heldSince >= HOLD_MS) this.#giveUp(nowMs);
    if (this.#liveSince !== null) {
      this.figures.liveMs += Math.max(0, nowMs - this.#liveSince);
      this.#liveSince = nowMs;
    }
    if (this.#crossedSince !== null && nowMs - this.#crossedSince >= CROSSED_MS && !this.#suspectedCrossing) {
      this.#suspectedCrossing = true;
      this.#effects.onSuspicious(this, "crossed");
    }
  }

  /** The connection is gone: what comes next tells whether anything was missed. */
  interrupt(cause: GapCause, state: BookState, reason: string): void {
    this.#interruptedBy = cause;
    this.setAside(state, reason);
  }

  /** Not live any more, for a reason that is no gap. */
  setAside(state: BookState, reason: string): void {
    this.state = state;
    this.reason = reason;
    this.#liveSince = null;
  }

  /** The book is wrong or suspect: forget the sequence, keep showing the old book, ask for a snapshot. */
  resync(cause: "crossed" | "audit" | "stall", nowMs: number): void {
    bump(this.figures.resyncs, cause === "stall" ? "stale" : "crossed");
    this.#flags |= FLAGS.afterResync;
    this.#join.unjoin();
    this.#crossedSince = null;
    this.#suspectedCrossing = false;
    this.lastFrameMs = Math.max(this.lastFrameMs, nowMs);
    this.#needSnapshot("joining", `joining anew: ${cause}`);
  }

  /** The exchange itself shows the crossing: keep the book, and its rows say so. */
  acceptCrossing(): void {
    this.#suspectedCrossing = true;
  }

  /** The exchange ended this market: an empty book, for good. */
  clear(state: BookState, reason: string): void {
    this.book.replace([], []);
    this.#join.unjoin();
    this.setAside(state, reason);
  }

  /**
   * Continues a former run's sequence: what lies between its last id and this run's first is a gap of cause `outage`.
   * Former runs are read while this one already goes on, so the first id may be known before or after.
   */
  resumeAfter(sinceMs: number, lastId: number): void {
    this.#resumed = { sinceMs, lastId };
    this.#noteOutage();
  }

  #noteOutage(): void {
    const [resumed, begun] = [this.#resumed, this.#begun];
    if (!resumed || !begun) return;
    this.#resumed = null;
    const missing = begun.id - resumed.lastId;
    if (missing <= 0) return;
    const gap = { from: resumed.lastId + 1, to: begun.id, missing };
    this.#effects.onGap(this, { gap, cause: "outage", action: "snapshot", sinceMs: resumed.sinceMs });
    if (this.isLive) this.#effects.onJoined(this, begun.atMs);
  }

  #apply(diff: Diff, arrival: Arrival): void {
    try {
      this.book.apply(diff.bids, diff.asks);
    } catch (error) {
      // A level that can't be read leaves the book half changed: only a new snapshot makes it right.
      bump(this.figures.failed, "processing_error");
      this.#lose(
        { from: diff.first, to: diff.last, missing: diff.last - diff.first + 1 },
        "sequence",
        arrival.receivedMs,
      );
      throw error;
    }
    this.#source = arrival.connection;
    if (this.state !== "live") this.#becomeLive(arrival.receivedMs);
    this.figures.processed++;
    this.#checkCrossed(arrival.receivedMs);
    const crossed = this.#crossedSince === null ? 0 : FLAGS.crossed;
    this.#effects.onDiff(this, diff, this.#takeFlags(false) | crossed, arrival);
  }

  #applyHeld(arrival: Arrival): void {
    for (let diff = this.#join.next(); diff; diff = this.#join.next()) this.#apply(diff, arrival);
    if (this.#join.held > 0) this.#heldSince = arrival.receivedMs;
  }

  #onHeld(arrival: Arrival): void {
    this.figures.outOfOrder++;
    if (this.#join.held === 1) this.#heldSince = arrival.receivedMs;
    if (this.#join.held >= HOLD_FRAMES || this.#interruptedBy !== null) this.#giveUp(arrival.receivedMs);
  }

  #giveUp(nowMs: number): void {
    const { gap } = this.#join;
    if (!gap || nowMs < this.#repairUntilMs) return;
    if (this.#repairUntilMs === 0 && this.#effects.onRepairable(this, gap)) {
      this.#noteGap(gap, this.#interruptedBy ?? "sequence", "refetch");
      this.#repairUntilMs = nowMs + REPAIR_MS;
      return;
    }
    // What was waited for never came, so nothing was out of order.
    this.figures.outOfOrder = Math.max(0, this.figures.outOfOrder - 1);
    if (this.#repairUntilMs === 0) this.#noteGap(gap, this.#interruptedBy ?? "sequence", this.#healing);
    this.#repairUntilMs = 0;
    this.figures.missing += gap.missing;
    this.#join.giveUp();
    bump(this.figures.resyncs, "gap");
    this.#flags |= FLAGS.gapBefore | FLAGS.afterResync;
    this.#needSnapshot("joining", `joining anew after a gap of ${gap.missing} ids`, nowMs);
  }

  /** Diffs that were missing, as the exchange sent them again; they fill the gap, or it stays one. */
  onRepaired(diffs: readonly Diff[], arrival: Arrival): void {
    if (this.#repairUntilMs === 0) return;
    for (const diff of diffs) if (this.#join.held > 0 && this.#join.offer(diff) === "apply") this.#apply(diff, arrival);
    this.#applyHeld(arrival);
    if (this.#join.held > 0) {
      this.#repairUntilMs = arrival.receivedMs;
      this.#giveUp(arrival.receivedMs);
    } else this.#effects.onJoined(this, arrival.receivedMs);
    this.#repairUntilMs = 0;
  }

  #lose(gap: Gap, cause: GapCause, nowMs: number, ask = true): void {
    this.#noteGap(gap, cause, this.#healing);
    this.figures.missing += gap.missing;
    bump(this.figures.resyncs, cause === "restart" ? "restart" : "gap");
    this.#flags |= FLAGS.gapBefore | FLAGS.afterResync;
    this.#join.unjoin();
    if (ask) this.#needSnapshot("joining", `joining anew: ${cause}`, nowMs);
  }

  #noteGap(gap: Gap, cause: GapCause, action: string): void {
    this.figures.gaps[gapBucket(gap.missing)]++;
    this.#effects.onGap(this, { gap, cause, action, sinceMs: this.lastAppliedMs });
    this.#interruptedBy = null;
  }

  /** When the book was last changed by a frame. */
  lastAppliedMs = 0;

  #needSnapshot(state: BookState, reason: string, nowMs = 0): void {
    if (nowMs > 0) this.lastFrameMs = nowMs;
    this.setAside(state, reason);
    this.#effects.onNeedSnapshot(this, reason);
  }

  #becomeLive(nowMs: number): void {
    const wasLive = this.state === "live";
    this.state = "live";
    this.reason = "";
    this.#liveSince ??= nowMs;
    this.#interruptedBy = null;
    if (this.#begun === null && this.#join.last !== null) {
      this.#begun = { id: this.#join.last, atMs: nowMs };
      this.#noteOutage();
    }
    if (!wasLive) this.#effects.onJoined(this, nowMs);
  }

  #takeFlags(isAgain: boolean): number {
    const flags = this.#flags | (isAgain ? FLAGS.afterResync : 0);
    this.#flags = 0;
    return flags;
  }

  #checkCrossed(nowMs: number): void {
    if (!this.book.isCrossed()) {
      this.#crossedSince = null;
      this.#suspectedCrossing = false;
    } else if (this.#crossedSince === null) {
      this.#crossedSince = nowMs;
      this.figures.crossed++;
    }
  }

  #noteFrame(nowMs: number): void {
    if (this.lastFrameMs > 0) {
      const interval = Math.max(0, nowMs - this.lastFrameMs);
      this.meanIntervalMs += (interval - this.meanIntervalMs) * 0.05;
    }
    this.lastFrameMs = nowMs;
    this.lastAppliedMs = nowMs;
    this.figures.lastMessage = nowMs / 1_000;
  }

  /** The newest frame's time on its way, as the two clocks show it. */
  lagMs: number | null = null;

  /** Notes how long ago the exchange sent the frame, as the two clocks show it. */
  noteLatency(pushMs: number | null, receivedMs: number): void {
    if (pushMs === null) return;
    this.lagMs = receivedMs - pushMs;
    observe(this.figures.exchangeLatency, this.lagMs / 1_000);
  }
}
