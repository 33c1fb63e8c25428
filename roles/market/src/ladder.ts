import type { Ticks } from "./decimal.ts";

type Leaf = { keys: Ticks[]; sizes: string[] };

const LEAF_MAX = 32;

/**
 * One side of a book: price steps in rising order with their sizes, in leaves of at most 32 levels. A level is found by
 * two binary searches and an insert moves at most one leaf, so an update stays O(log n) at any depth.
 */
export class Ladder {
  #leaves: Leaf[] = [{ keys: [], sizes: [] }];
  /** The first key of each leaf but the first one. */
  #starts: Ticks[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  set(key: Ticks, size: string): void {
    const at = this.#leafOf(key);
    const leaf = this.#leaves[at];
    if (!leaf) return;
    const index = lowerBound(leaf.keys, key);
    if (leaf.keys[index] === key) {
      leaf.sizes[index] = size;
      return;
    }
    insertAt(leaf.keys, index, key);
    insertAt(leaf.sizes, index, size);
    this.#length++;
    if (leaf.keys.length > LEAF_MAX) this.#split(at, leaf);
  }

  /** Deleting a level that isn't there is normal on every exchange and changes nothing. */
  delete(key: Ticks): boolean {
    const at = this.#leafOf(key);
    const leaf = this.#leaves[at];
    if (!leaf) return false;
    const index = lowerBound(leaf.keys, key);
    if (leaf.keys[index] !== key) return false;
    removeAt(leaf.keys, index);
    removeAt(leaf.sizes, index);
    this.#length--;
    if (leaf.keys.length === 0 && this.#leaves.length > 1) this.#drop(at);
    return true;
  }

  get(key: Ticks): string | undefined {
    const leaf = this.#leaves[this.#leafOf(key)];
    const index = leaf ? lowerBound(leaf.keys, key) : 0;
    return leaf?.keys[index] === key ? leaf.sizes[index] : undefined;
  }

  first(): Ticks | undefined {
    return this.#leaves[0]?.keys[0];
  }

  last(): Ticks | undefined {
    return this.#leaves.at(-1)?.keys.at(-1);
  }

  /** Levels from the lowest price up. */
  *ascending(): Generator<[Ticks, string]> {
    for (const { keys, sizes } of this.#leaves)
      for (let at = 0; at < keys.length; at++) yield [keys[at] ?? 0, sizes[at] ?? "0"];
  }

  /** Levels from the highest price down. */
  *descending(): Generator<[Ticks, string]> {
    for (let leaf = this.#leaves.length - 1; leaf >= 0; leaf--) {
      const { keys, sizes } = this.#leaves[leaf] ?? { keys: [], sizes: [] };
      for (let at = keys.length - 1; at >= 0; at--) yield [keys[at] ?? 0, sizes[at] ?? "0"];
    }
  }

  clear(): void {
    this.#leaves = [{ keys: [], sizes: [] }];
    this.#starts = [];
    this.#length = 0;
  }

  #leafOf(key: Ticks): number {
    const starts = this.#starts;
    if (starts.length === 0) return 0;
    let low = 0;
    let high = starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const start = starts[middle];
      if (start !== undefined && start <= key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #split(at: number, leaf: Leaf): void {
    const half = leaf.keys.length >>> 1;
    const right: Leaf = { keys: leaf.keys.splice(half), sizes: leaf.sizes.splice(half) };
    this.#leaves.splice(at + 1, 0, right);
    this.#starts.splice(at, 0, right.keys[0] ?? 0);
  }

  #drop(at: number): void {
    this.#leaves.splice(at, 1);
    this.#starts.splice(Math.max(0, at - 1), 1);
  }
}

/** The place of the first key that is not below `key`. */
function lowerBound(keys: readonly Ticks[], key: Ticks): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const found = keys[middle];
    if (found !== undefined && found < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

// Plain loops: Array.splice makes an array of what it removed, which costs more than the moving.
function insertAt<T>(list: T[], index: number, value: T): void {
  list.push(value);
  for (let at = list.length - 1; at > index; at--) {
    const before = list[at - 1];
    if (before !== undefined) list[at] = before;
  }
  list[index] = value;
}

function removeAt<T>(list: T[], index: number): void {
  for (let at = index; at < list.length - 1; at++) {
    const after = list[at + 1];
    if (after !== undefined) list[at] = after;
  }
  list.pop();
}
