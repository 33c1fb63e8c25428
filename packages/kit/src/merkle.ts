import { createHash } from "node:crypto";

const LEAF = Buffer.of(0);
const NODE = Buffer.of(1);

/** SHA-256(0x00 ‖ data): a leaf can't be taken for an inner node. RFC 9162, section 2.1.1. */
const leafHash = (data: Uint8Array): Buffer => createHash("sha256").update(LEAF).update(data).digest();
const nodeHash = (left: Uint8Array, right: Uint8Array): Buffer =>
  createHash("sha256").update(NODE).update(left).update(right).digest();

/**
 * A tree that only grows, as the roots of its full subtrees from the largest to the smallest: log2(n) hashes, whatever
 * its size. `MerkleTree.of(size, roots)` goes on where another one was.
 */
export class MerkleTree {
  #size = 0;
  #roots: Buffer[] = [];

  static of(size: number, roots: readonly Uint8Array[]): MerkleTree {
    const tree = new MerkleTree();
    tree.#size = size;
    tree.#roots = roots.map((root) => Buffer.from(root));
    return tree;
  }

  get size(): number {
    return this.#size;
  }

  get roots(): readonly Buffer[] {
    return this.#roots;
  }

  append(data: Uint8Array): void {
    let root = leafHash(data);
    // Each trailing 1 of the old size is a full subtree that the new leaf completes to one twice as large.
    for (let size = this.#size; size % 2 === 1; size = Math.floor(size / 2)) {
      root = nodeHash(this.#roots.pop() ?? Buffer.alloc(0), root);
    }
    this.#roots.push(root);
    this.#size++;
  }

  /** The tree's hash; of an empty one that of nothing. */
  root(): Buffer {
    const [last, ...others] = this.#roots.toReversed();
    if (last === undefined) return createHash("sha256").digest();
    return others.reduce((right, left) => nodeHash(left, right), last);
  }
}

/** The largest power of two below n. */
function splitOf(n: number): number {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

/** The root over the leaves from place `from` up to but without `to`, of a tree that need not fit into memory. */
export type RangeRoot = (from: number, to: number) => Promise<Buffer>;

/** The hashes that show, with the leaf at `index`, that it is in the tree of `size` leaves. RFC 9162, section 2.1.3.1. */
export async function inclusionProof(index: number, size: number, rootOf: RangeRoot): Promise<Buffer[]> {
  const prove = async (from: number, to: number): Promise<Buffer[]> => {
    if (to - from <= 1) return [];
    const middle = from + splitOf(to - from);
    return index < middle
      ? [...(await prove(from, middle)), await rootOf(middle, to)]
      : [...(await prove(middle, to)), await rootOf(from, middle)];
  };
  return prove(0, size);
}

/** Whether `proof` shows that `data` is leaf `index` of the tree with `size` leaves and `root`. Section 2.1.3.2. */
export function isIncluded(
  data: Uint8Array,
  index: number,
  size: number,
  proof: readonly Uint8Array[],
  root: Uint8Array,
): boolean {
  if (index < 0 || index >= size) return false;
  let [place, last] = [index, size - 1];
  let hash = leafHash(data);
  for (const sibling of proof) {
    if (last === 0) return false;
    if (place % 2 === 1 || place === last) {
      hash = nodeHash(sibling, hash);
      while (place % 2 === 0 && place !== 0) [place, last] = [place / 2, Math.floor(last / 2)];
    } else {
      hash = nodeHash(hash, sibling);
    }
    [place, last] = [Math.floor(place / 2), Math.floor(last / 2)];
  }
  return last === 0 && hash.equals(root);
}

/** The hashes that show that the tree of the first `old` leaves is the beginning of that of `size`. Section 2.1.4.1. */
export async function consistencyProof(old: number, size: number, rootOf: RangeRoot): Promise<Buffer[]> {
  const prove = async (from: number, to: number): Promise<Buffer[]> => {
    // What begins at the first leaf and ends with the old tree is that tree, whose root the reader has.
    if (to === old) return from === 0 ? [] : [await rootOf(from, to)];
    const middle = from + splitOf(to - from);
    return old <= middle
      ? [...(await prove(from, middle)), await rootOf(middle, to)]
      : [...(await prove(middle, to)), await rootOf(from, middle)];
  };
  return old <= 0 || old >= size ? [] : prove(0, size);
}

/** Whether `proof` shows that the tree with `root` at `size` is the beginning of the other. Section 2.1.4.2. */
export function isConsistent(
  old: { size: number; root: Uint8Array },
  young: { size: number; root: Uint8Array },
  proof: readonly Uint8Array[],
): boolean {
  if (old.size === young.size) return proof.length === 0 && Buffer.from(old.root).equals(young.root);
  if (old.size <= 0 || old.size > young.size) return false;
  const isPower = Number.isInteger(Math.log2(old.size));
  const [first, ...others] = isPower ? [old.root, ...proof] : proof;
  if (first === undefined || (others.length === 0 && !isPower)) return false;
  let [place, last] = [old.size - 1, young.size - 1];
  while (place % 2 === 1) [place, last] = [Math.floor(place / 2), Math.floor(last / 2)];
  let [from, to]: [Buffer, Buffer] = [Buffer.from(first), Buffer.from(first)];
  for (const hash of others) {
    if (last === 0) return false;
    if (place % 2 === 1 || place === last) {
      [from, to] = [nodeHash(hash, from), nodeHash(hash, to)];
      while (place % 2 === 0 && place !== 0) [place, last] = [place / 2, Math.floor(last / 2)];
    } else {
      to = nodeHash(to, hash);
    }
    [place, last] = [Math.floor(place / 2), Math.floor(last / 2)];
  }
  return last === 0 && from.equals(old.root) && to.equals(young.root);
}
