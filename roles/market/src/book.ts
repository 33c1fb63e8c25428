import { decimalText, isZero, MAX_SCALE, scaleOf, type Ticks, ticksOf } from "./decimal.ts";
import type { Level } from "./exchange.ts";
import { Ladder } from "./ladder.ts";

export type TopOfBook = { bids: Level[]; asks: Level[] };

/**
 * An order book of exact decimal prices. Prices are kept as whole steps of the finest price seen so far, so "84270" and
 * "84270.00" are one level and no float ever decides what a level is; sizes stay the exchange's own text.
 */
export class Book {
  readonly #bids = new Ladder();
  readonly #asks = new Ladder();
  #scale = 0;
  /** The worst prices of the last snapshot: beyond them only levels that changed since are known. */
  #trusted: { bid: string | null; ask: string | null } = { bid: null, ask: null };
  /** Levels kept a side, for feeds that maintain no more than those; unlimited without. */
  readonly #depth: number;

  constructor(depth = Number.POSITIVE_INFINITY) {
    this.#depth = depth;
  }

  /** Applies absolute sizes; size 0 deletes; of one price named twice the last wins. */
  apply(bids: readonly Level[], asks: readonly Level[]): void {
    for (let at = 0; at < bids.length; at++) this.#set(this.#bids, bids[at]);
    for (let at = 0; at < asks.length; at++) this.#set(this.#asks, asks[at]);
    if (this.#bids.length > this.#depth) this.#trim(this.#bids, () => this.#bids.first());
    if (this.#asks.length > this.#depth) this.#trim(this.#asks, () => this.#asks.last());
  }

  /** Forgets everything and takes a whole snapshot. */
  replace(bids: readonly Level[], asks: readonly Level[]): void {
    this.#bids.clear();
    this.#asks.clear();
    this.#scale = 0;
    this.apply(bids, asks);
    const [bid, ask] = [this.#bids.first(), this.#asks.last()];
    this.#trusted = { bid: bid === undefined ? null : this.text(bid), ask: ask === undefined ? null : this.text(ask) };
  }

  bestBid(): Ticks | undefined {
    return this.#bids.last();
  }

  bestAsk(): Ticks | undefined {
    return this.#asks.first();
  }

  /** Whether the best bid is at or above the best ask, which no continuous market leaves standing. */
  isCrossed(): boolean {
    const bid = this.#bids.last();
    const ask = this.#asks.first();
    return bid !== undefined && ask !== undefined && bid >= ask;
  }

  /** The best `count` levels of each side, best first, prices without trailing zeros. */
  top(count = Number.POSITIVE_INFINITY): TopOfBook {
    return { bids: this.#take(this.#bids.descending(), count), asks: this.#take(this.#asks.ascending(), count) };
  }

  get levels(): { bids: number; asks: number } {
    return { bids: this.#bids.length, asks: this.#asks.length };
  }

  get trusted(): { bid: string | null; ask: string | null } {
    return this.#trusted;
  }

  /** A price of this book as text. */
  text(ticks: Ticks): string {
    return decimalText(ticks, this.#scale);
  }

  #take(levels: Generator<[Ticks, string]>, count: number): Level[] {
    const taken: Level[] = [];
    if (count <= 0) return taken;
    for (const [ticks, size] of levels) {
      taken.push([this.text(ticks), size]);
      if (taken.length >= count) break;
    }
    return taken;
  }

  #set(side: Ladder, level: Level | undefined): void {
    if (level === undefined) return;
    // By index: taking an array apart by pattern walks an iterator, which is most of the cost here.
    const price = level[0];
    const size = level[1];
    const ticks = ticksOf(price, this.#scale) ?? this.#refine(price);
    if (isZero(size)) side.delete(ticks);
    else side.set(ticks, size);
  }

  /** A price finer than all before: every level is written anew in the finer steps. */
  #refine(price: string): Ticks {
    const scale = Math.min(MAX_SCALE, scaleOf(price));
    const factor = 10n ** BigInt(scale - this.#scale);
    for (const side of [this.#bids, this.#asks]) {
      const levels = [...side.ascending()];
      side.clear();
      for (const [ticks, size] of levels) side.set(narrow(BigInt(ticks) * factor), size);
    }
    this.#scale = scale;
    return ticksOf(price, scale) ?? 0;
  }

  #trim(side: Ladder, worst: () => Ticks | undefined): void {
    while (side.length > this.#depth) {
      const ticks = worst();
      if (ticks === undefined) return;
      side.delete(ticks);
    }
  }
}

const narrow = (ticks: bigint): Ticks => (ticks <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(ticks) : ticks);
