/**
 * Finds a handle by (user id, high half, low half of the worker id): open addressing over one Int32Array, so that a
 * look-up touches one cache line and makes no garbage. A row is [handle + 1, user, high, low]; 0 marks a free row.
 */
export class KeyTable {
  #rows: Int32Array;
  #mask: number;
  #size = 0;

  constructor(capacity = 1024) {
    this.#rows = new Int32Array(capacity * ROW);
    this.#mask = capacity - 1;
  }

  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return this.#rows.byteLength;
  }

  /** The handle, or -1. */
  get(user: number, hi: number, lo: number): number {
    const rows = this.#rows;
    for (let row = hash(user, hi, lo) & this.#mask; ; row = (row + 1) & this.#mask) {
      const at = row * ROW;
      const handle = (rows[at] ?? 0) - 1;
      if (handle < 0) return -1;
      if (rows[at + 3] === lo && rows[at + 2] === hi && rows[at + 1] === user) return handle;
    }
  }

  /** Adds a key that isn't there yet. */
  add(user: number, hi: number, lo: number, handle: number): void {
    if ((this.#size + 1) * 3 > (this.#mask + 1) * 2) this.#grow();
    this.#size++;
    this.#place(user, hi, lo, handle);
  }

  /** Removes a key, moving up what stood behind it so that no gap breaks a search. */
  remove(user: number, hi: number, lo: number): void {
    const rows = this.#rows;
    let gap = hash(user, hi, lo) & this.#mask;
    while (rows[gap * ROW + 3] !== lo || rows[gap * ROW + 2] !== hi || rows[gap * ROW + 1] !== user) {
      if (rows[gap * ROW] === 0) return;
      gap = (gap + 1) & this.#mask;
    }
    this.#size--;
    for (let row = (gap + 1) & this.#mask; rows[row * ROW] !== 0; row = (row + 1) & this.#mask) {
      const at = row * ROW;
      const home = hash(rows[at + 1] ?? 0, rows[at + 2] ?? 0, rows[at + 3] ?? 0) & this.#mask;
      // Only what is searched for from the gap or before it may move there.
      if (((row - home) & this.#mask) < ((row - gap) & this.#mask)) continue;
      rows.copyWithin(gap * ROW, at, at + ROW);
      gap = row;
    }
    rows.fill(0, gap * ROW, gap * ROW + ROW);
  }

  clear(): void {
    this.#rows.fill(0);
    this.#size = 0;
  }

  #place(user: number, hi: number, lo: number, handle: number): void {
    const rows = this.#rows;
    let row = hash(user, hi, lo) & this.#mask;
    while (rows[row * ROW] !== 0) row = (row + 1) & this.#mask;
    const at = row * ROW;
    rows[at] = handle + 1;
    rows[at + 1] = user;
    rows[at + 2] = hi;
    rows[at + 3] = lo;
  }

  #grow(): void {
    const old = this.#rows;
    this.#rows = new Int32Array(old.length * 2);
    this.#mask = this.#mask * 2 + 1;
    for (let at = 0; at < old.length; at += ROW) {
      const handle = old[at] ?? 0;
      if (handle !== 0) this.#place(old[at + 1] ?? 0, old[at + 2] ?? 0, old[at + 3] ?? 0, handle - 1);
    }
  }
}

const ROW = 4;

function hash(user: number, hi: number, lo: number): number {
  let mixed = Math.imul(lo ^ Math.imul(user, 0x9e3779b1), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 15) ^ hi, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
