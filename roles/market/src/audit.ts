import { type Log, messageOf } from "@banksman/kit";
import { Book } from "./book.ts";
import type { Product } from "./exchange.ts";
import type { RestClient } from "./rest.ts";
import type { SymbolBook } from "./symbol-book.ts";

type Parts = { product: Product; rest: RestClient; signal: AbortSignal; log: Log; now: () => number };

/** Levels compared; deeper ones move between two looks on every market. */
const COMPARED = 20;
/** A share of differing levels that movement between two looks can explain. */
const TOLERATED = 0.5;

/**
 * Compares books with fresh snapshots now and then, since no exchange sends a checksum. The snapshot and the book are
 * never of the same moment, so it takes two looks in a row that differ in most of the best levels to call a book wrong.
 */
export class Audit {
  readonly #parts: Parts;
  readonly #lastMs = new Map<SymbolBook, number>();
  readonly #suspects = new Set<SymbolBook>();
  #isBusy = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Audits the book whose turn it is, one at a time; `everyMs` 0 audits none. */
  async next(books: readonly SymbolBook[], everyMs: number): Promise<void> {
    if (this.#isBusy || everyMs <= 0) return;
    const now = this.#parts.now();
    const due = books.find((book) => book.isLive && now - this.#dueSince(book, now) >= everyMs);
    if (!due) return;
    this.#isBusy = true;
    this.#lastMs.set(due, now);
    try {
      await this.#compare(due);
    } finally {
      this.#isBusy = false;
    }
  }

  /** Whether the exchange's own snapshot shows the crossing too; null when it can't be had. */
  async crossing(book: SymbolBook): Promise<"agrees" | "differs" | null> {
    const fresh = await this.#fetch(book);
    if (!fresh) return null;
    if (!book.book.isCrossed()) return "agrees";
    return fresh.isCrossed() ? "agrees" : "differs";
  }

  #dueSince(book: SymbolBook, now: number): number {
    const last = this.#lastMs.get(book);
    if (last === undefined) this.#lastMs.set(book, now);
    return last ?? now;
  }

  async #compare(book: SymbolBook): Promise<void> {
    const fresh = await this.#fetch(book);
    if (!fresh || !book.isLive) return;
    if (differingShare(fresh, book.book) <= TOLERATED) {
      this.#suspects.delete(book);
    } else if (this.#suspects.delete(book)) {
      book.figures.auditMismatches++;
      this.#parts.log.error({ symbol: book.market.pair }, "the book differs from a fresh snapshot; joining anew");
      book.resync("audit", this.#parts.now());
    } else {
      this.#suspects.add(book);
      // The second look follows soon.
      this.#lastMs.set(book, 0);
    }
  }

  async #fetch(book: SymbolBook): Promise<Book | null> {
    const { product, rest, signal, log } = this.#parts;
    const { symbol, pair } = book.market;
    try {
      const snapshot = product.rest.readSnapshot(symbol, await rest.get(product.rest.snapshot(symbol, 50), signal));
      const fresh = new Book();
      fresh.replace(snapshot.bids, snapshot.asks);
      return fresh;
    } catch (error) {
      if (!signal.aborted) log.debug({ symbol: pair, error: messageOf(error) }, "no snapshot to compare with");
      return null;
    }
  }
}

function differingShare(fresh: Book, book: Book): number {
  const shown = book.top(COMPARED);
  const known = fresh.top(COMPARED * 2);
  let compared = 0;
  let differing = 0;
  for (const side of ["bids", "asks"] as const) {
    const prices = new Set(known[side].map(([price]) => price));
    for (const [price] of shown[side].slice(0, known[side].length)) {
      compared++;
      if (!prices.has(price)) differing++;
    }
  }
  return compared === 0 ? 0 : differing / compared;
}
