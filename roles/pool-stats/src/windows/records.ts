/**
 * What is kept of each worker and user, besides its shares: a fixed row of 32-bit words, 128 bytes, in pages that are
 * never moved, so that growing to a million workers copies nothing. A handle is a row's number.
 */
export const WORDS = 32;
const PAGE_BITS = 13;
const PAGE_MASK = (1 << PAGE_BITS) - 1;

/** The words of a record. Those that a share touches come first, within one cache line. */
export const AT = {
  flags: 0,
  acceptCount: 1,
  lastShareTime: 2,
  ip3: 3,
  tailChunk: 4,
  tailUsed: 5,
  tapeTime: 6,
  tapeDifficultyHi: 7,
  tapeDifficultyLo: 8,
  /** Workers: the handle of their user. Users: how many live workers they have. */
  link: 9,
  /** The last accepted difficulty. */
  acceptedHi: 10,
  acceptedLo: 11,
  /** The newest time in the tape's last chunk. */
  tailNewest: 12,
  userId: 13,
  workerHi: 14,
  workerLo: 15,
  firstChunk: 16,
  /** Chunks of the tape; for a dense object the number of its ring. */
  chunks: 17,
  /** Until this second the figures change only by a share. */
  stableUntil: 18,
  /** Time of the first share since the object came to life. */
  since: 19,
  /** Reject reasons seen since the object came to life: bits for the statuses 0 to 63. */
  seenLo: 20,
  seenHi: 21,
  ip0: 22,
  ip1: 23,
  ip2: 24,
} as const;

/** Bits of `flags`. */
export const ALIVE = 1;
export const IS_USER = 2;
export const DENSE = 4;
/** Has counted a share since its row was last taken. */
export const DIRTY = 8;
/** Has rejects for a status outside 0 to 63; they are kept beside the record. */
export const HAS_ODD_REASONS = 16;
/** Its last address is an IPv6 one. */
export const HAS_IPV6 = 32;

export class Records {
  readonly #pages: Int32Array[] = [];
  #free: number[] = [];
  #next = 0;

  /** One more than the highest handle ever given out. */
  get end(): number {
    return this.#next;
  }

  get bytes(): number {
    return this.#pages.length * (PAGE_MASK + 1) * WORDS * 4;
  }

  /** The page that holds the record; its words begin at `offsetOf(handle)`. */
  pageOf(handle: number): Int32Array {
    return this.#pages[handle >>> PAGE_BITS] ?? NO_PAGE;
  }

  /** A record of zeros that is alive. */
  take(): number {
    const handle = this.#free.pop() ?? this.#next++;
    if (handle >>> PAGE_BITS >= this.#pages.length) this.#pages.push(new Int32Array((PAGE_MASK + 1) * WORDS));
    this.pageOf(handle)[offsetOf(handle)] = ALIVE;
    return handle;
  }

  giveBack(handle: number): void {
    this.pageOf(handle).fill(0, offsetOf(handle), offsetOf(handle) + WORDS);
    this.#free.push(handle);
  }

  clear(): void {
    this.#pages.length = 0;
    this.#free.length = 0;
    this.#next = 0;
  }

  /** Everything as blocks of memory: the pages themselves, then the handles that are free. */
  toBlocks(): Uint8Array[] {
    return [...this.#pages.map(bytesOf), bytesOf(Int32Array.from([this.#next, ...this.#free]))];
  }

  /** Takes over what `toBlocks` gave; the blocks are its memory from then on. */
  fromBlocks(blocks: readonly Uint8Array[]): void {
    const words = blocks.map(wordsOf);
    const [next = 0, ...free] = words.at(-1) ?? [];
    this.clear();
    this.#pages.push(...words.slice(0, -1));
    this.#free = free;
    this.#next = next;
  }
}

const NO_PAGE = new Int32Array(WORDS);

export const offsetOf = (handle: number): number => (handle & PAGE_MASK) * WORDS;

/** Words as the bytes they are made of, and back; the same memory. */
export const bytesOf = (words: Int32Array): Uint8Array =>
  new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
export const wordsOf = (bytes: Uint8Array): Int32Array =>
  new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
