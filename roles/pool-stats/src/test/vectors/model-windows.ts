/** Sums modulo 2^64, as the original's unsigned integers. */
const wrap = (sum: bigint) => BigInt.asUintN(64, sum);

/** Where a model keeps the difficulty of shares: by index (a second, ten seconds or a minute). */
export type ModelWindow = {
  insert: (index: number, value: bigint) => void;
  sum: (now: number, length: number) => bigint;
};

/** The original's ring of slots, with its two faults: a share one ring old lands in the newest slot, and a share from the future takes the slots of the oldest. */
export class OriginalRing implements ModelWindow {
  readonly #slots: bigint[];
  #newest = -1;

  constructor(length: number) {
    this.#slots = Array<bigint>(length).fill(0n);
  }

  insert(index: number, value: bigint): void {
    const { length } = this.#slots;
    if (this.#newest > index + length) return;
    if (this.#newest === -1 || index - this.#newest > length) {
      this.#slots.fill(0n);
      this.#newest = index;
    }
    while (this.#newest < index) this.#slots[++this.#newest % length] = 0n;
    this.#slots[index % length] = wrap((this.#slots[index % length] ?? 0n) + value);
  }

  sum(now: number, length: number): bigint {
    const span = Math.min(length, this.#slots.length);
    if (now - span >= this.#newest) return 0n;
    let sum = 0n;
    for (let index = Math.min(now, this.#newest); index > now - span; index--)
      sum += this.#slots[((index % this.#slots.length) + this.#slots.length) % this.#slots.length] ?? 0n;
    return wrap(sum);
  }
}

/** What a window means: every share whose index lies within it. */
export class ExactWindow implements ModelWindow {
  readonly #values: { index: number; value: bigint }[] = [];

  insert(index: number, value: bigint): void {
    this.#values.push({ index, value });
  }

  sum(now: number, length: number): bigint {
    const within = this.#values.filter(({ index }) => index > now - length && index <= now);
    return wrap(within.reduce((sum, { value }) => sum + value, 0n));
  }
}
