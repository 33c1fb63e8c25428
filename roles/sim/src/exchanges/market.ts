/** Price and size as text; size "0" means that the level is gone. */
export type Level = readonly [price: string, size: string];

export type Side = "bids" | "asks";

/** The changes of one push. Ids `first` to `last`; `prev` is the last id before them. */
export type Batch = {
  first: number;
  last: number;
  prev: number;
  bids: Level[];
  asks: Level[];
  trades: SimTrade[];
  timeMs: number;
};

export type SimTrade = { id: number; price: string; size: string; side: "buy" | "sell"; timeMs: number };

/** A whole book at an id, best levels first. */
export type View = { id: number; bids: Level[]; asks: Level[]; timeMs: number };

/** How an exchange numbers: each change, each push, or all its books together. */
export type Numbering = "change" | "push" | "shared";

export type MarketOptions = {
  base: string;
  quote: string;
  seed: number;
  numbering: Numbering;
  /** The middle price in steps of a hundredth. */
  middle?: number;
  /** How many past books are kept for old snapshots. */
  history?: number;
};

/** Levels stay within this many steps of the middle: fewer than any feed's depth, so no feed hides one. */
const BAND = 40;

/** The true book of one market: walks by chance, the same for the same seed, and numbers every change. */
export class TrueMarket {
  readonly base: string;
  readonly quote: string;
  readonly #numbering: Numbering;
  readonly #random: () => number;
  readonly #sides: Record<Side, Map<number, string>> = { bids: new Map(), asks: new Map() };
  readonly #history: View[] = [];
  readonly #kept: number;
  #middle: number;
  #last = 1_000;
  #trades = 500_000;
  /** Set while the book is to stand crossed. */
  isCrossed = false;

  constructor({ base, quote, seed, numbering, middle = 6_000_000, history = 64 }: MarketOptions) {
    this.#kept = history;
    this.base = base;
    this.quote = quote;
    this.#numbering = numbering;
    this.#random = chance(seed);
    this.#middle = middle;
    for (let step = 1; step <= 20; step++) {
      this.#sides.bids.set(middle - step, this.#size());
      this.#sides.asks.set(middle + step, this.#size());
    }
  }

  get id(): number {
    return this.#last;
  }

  /** Begins to count anew, as after a restart of the exchange. */
  restart(id = 1): void {
    this.#last = id;
    this.#history.length = 0;
  }

  /** Some changes, numbered, as one push tells them. */
  step(changes: number, timeMs: number, levels: Partial<Record<Side, readonly Level[]>> = {}): Batch {
    this.#remember(timeMs);
    const prev = this.#last;
    if (this.#numbering === "shared") this.#last += 1 + Math.floor(this.#random() * 50);
    const changed: Record<Side, Map<number, string>> = { bids: new Map(), asks: new Map() };
    this.#walk(changes, changed);
    for (const side of ["bids", "asks"] as const)
      for (const [price, size] of levels[side] ?? []) this.#set(changed, side, Math.round(Number(price) * 100), size);
    const count = Math.max(1, changed.bids.size + changed.asks.size);
    const first = this.#last + 1;
    this.#last += this.#numbering === "push" ? 1 : count;
    return {
      first,
      last: this.#last,
      prev,
      bids: texts(changed.bids),
      asks: texts(changed.asks),
      trades: this.#random() < 0.3 ? [this.#trade(timeMs)] : [],
      timeMs,
    };
  }

  /** The book as it stands. */
  view(timeMs: number, depth = Number.POSITIVE_INFINITY): View {
    const bids = [...this.#sides.bids].sort(([a], [b]) => b - a).slice(0, depth);
    const asks = [...this.#sides.asks].sort(([a], [b]) => a - b).slice(0, depth);
    return { id: this.#last, bids: texts(bids), asks: texts(asks), timeMs };
  }

  /** The book as it stood `pushes` pushes ago, or as long ago as is known. */
  pastView(pushes: number): View {
    return this.#history.at(-Math.min(pushes, this.#history.length)) ?? this.view(0);
  }

  #walk(changes: number, changed: Record<Side, Map<number, string>>): void {
    if (this.#random() < 0.1) this.#moveTo(this.#middle + (this.#random() < 0.5 ? -1 : 1), changed);
    for (let at = 0; at < changes; at++) {
      const side: Side = this.#random() < 0.5 ? "bids" : "asks";
      const away = 1 + Math.floor(this.#random() * this.#random() * BAND);
      const price = side === "bids" ? this.#middle - away : this.#middle + away;
      const isGone = this.#sides[side].size > 5 && this.#random() < 0.35;
      if (isGone && !this.#sides[side].has(price)) continue;
      this.#set(changed, side, price, isGone ? "0" : this.#size());
    }
    const crossing = this.#middle + BAND + 1;
    if (this.isCrossed) this.#set(changed, "bids", crossing, "1.5");
    else for (const price of this.#sides.bids.keys()) if (price >= this.#middle) this.#set(changed, "bids", price, "0");
  }

  /** The market moves: levels that the middle passed, or left too far behind, are gone. */
  #moveTo(middle: number, changed: Record<Side, Map<number, string>>): void {
    this.#middle = middle;
    for (const price of this.#sides.bids.keys())
      if (price >= middle || price < middle - BAND) this.#set(changed, "bids", price, "0");
    for (const price of this.#sides.asks.keys())
      if (price <= middle || price > middle + BAND) this.#set(changed, "asks", price, "0");
  }

  #set(changed: Record<Side, Map<number, string>>, side: Side, price: number, size: string): void {
    if (Number(size) === 0) this.#sides[side].delete(price);
    else this.#sides[side].set(price, size);
    changed[side].set(price, size);
  }

  #trade(timeMs: number): SimTrade {
    const side = this.#random() < 0.5 ? "buy" : "sell";
    const price = side === "buy" ? this.#middle + 1 : this.#middle - 1;
    return { id: ++this.#trades, price: priceText(price), size: this.#size(), side, timeMs };
  }

  #size(): string {
    return (0.001 + this.#random() * 5).toFixed(5);
  }

  #remember(timeMs: number): void {
    if (this.#kept === 0) return;
    this.#history.push(this.view(timeMs));
    if (this.#history.length > this.#kept) this.#history.shift();
  }
}

const priceText = (steps: number) => (steps / 100).toFixed(2);
const texts = (levels: Iterable<readonly [number, string]>): Level[] =>
  [...levels].map(([price, size]) => [priceText(price), size]);

/** A small, fast generator of chance that gives the same for the same seed. */
function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
