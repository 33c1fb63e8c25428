import { bump } from "./figures.ts";
import type { SymbolBook } from "./symbol-book.ts";

type Actions = {
  resubscribe: (book: SymbolBook) => void;
  move: (book: SymbolBook) => void;
  isListed: (book: SymbolBook) => boolean;
};
/** `since`: when it could first have had data; `actedMs`: when something was last done about its silence. */
type Watched = { since: number; actedMs: number; tries: number };

/** Silence beyond so many of a symbol's own mean intervals is a dead feed rather than a quiet market. */
const INTERVALS = 20;
const NO_DATA_MS = 60_000;

/** Finds symbols whose feed died silently while the connection lives: asks again, then moves them to a new connection. */
export class StallWatch {
  readonly #staleAfter: { default: number; illiquid: number };
  readonly #actions: Actions;
  readonly #watched = new Map<SymbolBook, Watched>();

  constructor(staleAfter: { default: number; illiquid: number }, actions: Actions) {
    this.#staleAfter = staleAfter;
    this.#actions = actions;
  }

  check(books: readonly SymbolBook[], nowMs: number, feed: { connections: readonly { isOpen: boolean }[] }): void {
    const isConnected = feed.connections.some((connection) => connection.isOpen);
    for (const book of books) {
      const watched = this.#watched.get(book) ?? { since: nowMs, actedMs: 0, tries: 0 };
      this.#watched.set(book, watched);
      if (["rejected", "delisted", "disconnected"].includes(book.state) || !isConnected) {
        watched.since = nowMs;
        watched.actedMs = nowMs;
        continue;
      }
      if (book.lastFrameMs === 0) this.#checkSilent(book, watched, nowMs);
      else this.#checkStale(book, watched, nowMs);
    }
  }

  /** How long this symbol may be silent, in ms. */
  patience(book: SymbolBook): number {
    const { default: least, illiquid: most } = this.#staleAfter;
    return Math.min(most * 1_000, Math.max(least * 1_000, book.meanIntervalMs * INTERVALS));
  }

  /** Accepted, but nothing ever came: the wrong endpoint, or a name that no market has. */
  #checkSilent(book: SymbolBook, watched: Watched, nowMs: number): void {
    if (nowMs - watched.since < NO_DATA_MS || book.state === "no_data") return;
    const why = this.#actions.isListed(book)
      ? "subscribed, but nothing ever came"
      : "the exchange lists no such market";
    book.setAside("no_data", why);
  }

  #checkStale(book: SymbolBook, watched: Watched, nowMs: number): void {
    const newest = Math.max(book.lastFrameMs, watched.actedMs);
    if (nowMs - newest < this.patience(book)) {
      if (book.isLive && nowMs - book.lastFrameMs < this.patience(book)) watched.tries = 0;
      return;
    }
    watched.actedMs = nowMs;
    watched.tries++;
    bump(book.figures.resyncs, "stale");
    // Asking again on the same connection is cheap; a connection of its own is the last resort, and then in turns.
    this.#actions.resubscribe(book);
    if (watched.tries % 2 === 0) this.#actions.move(book);
  }
}
