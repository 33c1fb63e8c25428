import { ACCEPTED } from "../share/status.ts";
import { type Gathered, HOUR } from "./gathered.ts";
import { AT, bytesOf, wordsOf } from "./records.ts";
import {
  gatherBytes,
  LONGEST,
  playBytes,
  SAME_DIFFICULTY_BELOW,
  type TapeShare,
  writeDifficulty,
  writeStep,
} from "./tape-codes.ts";

/**
 * The shares of one object, exact to the second, as bytes: a share that comes up to 199 seconds after the one before
 * and has its difficulty is one byte. That is what lets a worker's hour fit in half a kilobyte. Shares are written in
 * the order in which they come, so a late one costs a few bytes more and no search.
 *
 * A tape is a chain of chunks; each begins with its own time and difficulty, so the oldest can be dropped whole.
 */
const CHUNK = 128;
const PAGE_BITS = 15;
const PAGE_MASK = (1 << PAGE_BITS) - 1;

/** Words at the head of a chunk: the next chunk, how many bytes are used, the time it begins with, its newest time. */
const NEXT = 0;
const USED = 1;
const BASE = 2;
const NEWEST = 3;
const HEAD = 16;

/** Chunks are dropped this long after they leave the longest window, so that a clock set back a little finds them. */
const KEPT = HOUR + 120;

export class Tapes {
  readonly #pages: Uint8Array[] = [];
  readonly #heads: Int32Array[] = [];
  #free: number[] = [];
  // 0 says "no chunk", so the first one is never given out.
  #next = 1;

  /** Bytes of memory taken from the system. */
  get bytes(): number {
    return this.#pages.length * (PAGE_MASK + 1) * CHUNK;
  }

  /**
   * Writes one share to the tape of the record at `at` of `words`. `now` is the wall clock, by which old chunks are
   * reused; times are Unix seconds.
   */
  append(words: Int32Array, at: number, share: TapeShare, now: number): void {
    const { time, kind, difficultyHi, difficultyLo } = share;
    const step = time - (words[at + AT.tapeTime] ?? 0);
    const used = words[at + AT.tailUsed] ?? 0;
    const isPlain =
      kind === ACCEPTED &&
      step >= 0 &&
      step < SAME_DIFFICULTY_BELOW &&
      difficultyLo === words[at + AT.tapeDifficultyLo] &&
      difficultyHi === words[at + AT.tapeDifficultyHi];
    if (!isPlain || used === 0 || used === CHUNK) {
      this.#appendRare(words, at, share, now);
      return;
    }
    const chunk = words[at + AT.tailChunk] ?? 0;
    const bytes = this.#pages[chunk >>> PAGE_BITS] ?? NO_BYTES;
    bytes[(chunk & PAGE_MASK) * CHUNK + used] = step;
    words[at + AT.tailUsed] = used + 1;
    words[at + AT.tapeTime] = time;
    if (time > (words[at + AT.tailNewest] ?? 0)) words[at + AT.tailNewest] = time;
  }

  /** A share that takes more than one byte, or a new chunk. */
  #appendRare(words: Int32Array, at: number, share: TapeShare, now: number): void {
    const { time, difficultyHi, difficultyLo } = share;
    const used = words[at + AT.tailUsed] ?? 0;
    if (used === 0 || used > CHUNK - LONGEST) this.#addChunk(words, at, time, now);
    const chunk = words[at + AT.tailChunk] ?? 0;
    const bytes = this.#pages[chunk >>> PAGE_BITS] ?? NO_BYTES;
    const base = (chunk & PAGE_MASK) * CHUNK;
    let to = base + (words[at + AT.tailUsed] ?? 0);
    if (difficultyLo !== words[at + AT.tapeDifficultyLo] || difficultyHi !== words[at + AT.tapeDifficultyHi]) {
      to = writeDifficulty(bytes, to, difficultyHi, difficultyLo);
      words[at + AT.tapeDifficultyHi] = difficultyHi;
      words[at + AT.tapeDifficultyLo] = difficultyLo;
    }
    to = writeStep(bytes, to, time - (words[at + AT.tapeTime] ?? 0), share);
    words[at + AT.tapeTime] = time;
    words[at + AT.tailUsed] = to - base;
    if (time > (words[at + AT.tailNewest] ?? 0)) words[at + AT.tailNewest] = time;
  }

  /** Adds all shares of the record's tape up. */
  gather(words: Int32Array, at: number, into: Gathered): void {
    const tail = words[at + AT.tailChunk] ?? 0;
    let chunk = words[at + AT.firstChunk] ?? 0;
    while (chunk !== 0) {
      const heads = this.#heads[chunk >>> PAGE_BITS] ?? NO_WORDS;
      const bytes = this.#pages[chunk >>> PAGE_BITS] ?? NO_BYTES;
      const base = (chunk & PAGE_MASK) * CHUNK;
      const head = base >>> 2;
      const isTail = chunk === tail;
      const used = isTail ? (words[at + AT.tailUsed] ?? 0) : (heads[head + USED] ?? 0);
      const newest = isTail ? (words[at + AT.tailNewest] ?? 0) : (heads[head + NEWEST] ?? 0);
      if (newest > into.now - KEPT) gatherBytes(bytes, base + HEAD, base + used, heads[head + BASE] ?? 0, into);
      chunk = heads[head + NEXT] ?? 0;
    }
  }

  /** Every share of the record's tape, in the order in which they came. */
  forEach(words: Int32Array, at: number, see: (share: TapeShare) => void): void {
    const tail = words[at + AT.tailChunk] ?? 0;
    let chunk = words[at + AT.firstChunk] ?? 0;
    while (chunk !== 0) {
      const heads = this.#heads[chunk >>> PAGE_BITS] ?? NO_WORDS;
      const bytes = this.#pages[chunk >>> PAGE_BITS] ?? NO_BYTES;
      const base = (chunk & PAGE_MASK) * CHUNK;
      const head = base >>> 2;
      const used = chunk === tail ? (words[at + AT.tailUsed] ?? 0) : (heads[head + USED] ?? 0);
      playBytes(bytes, base + HEAD, base + used, heads[head + BASE] ?? 0, see);
      chunk = heads[head + NEXT] ?? 0;
    }
  }

  /** Gives all chunks of the record back. */
  drop(words: Int32Array, at: number): void {
    let chunk = words[at + AT.firstChunk] ?? 0;
    while (chunk !== 0) {
      this.#free.push(chunk);
      chunk = this.#heads[chunk >>> PAGE_BITS]?.[((chunk & PAGE_MASK) * CHUNK) >>> 2] ?? 0;
    }
    words[at + AT.firstChunk] = words[at + AT.tailChunk] = words[at + AT.tailUsed] = words[at + AT.chunks] = 0;
  }

  clear(): void {
    this.#pages.length = 0;
    this.#heads.length = 0;
    this.#free.length = 0;
    this.#next = 1;
  }

  /** Everything as blocks of memory: the pages themselves, then the chunks that are free. */
  toBlocks(): Uint8Array[] {
    return [...this.#pages, bytesOf(Int32Array.from([this.#next, ...this.#free]))];
  }

  /** Takes over what `toBlocks` gave; the blocks are its memory from then on. */
  fromBlocks(blocks: readonly Uint8Array[]): void {
    const [next = 1, ...free] = wordsOf(blocks.at(-1) ?? new Uint8Array(4));
    this.clear();
    this.#pages.push(...blocks.slice(0, -1));
    this.#heads.push(...this.#pages.map(wordsOf));
    this.#free = free;
    this.#next = next;
  }

  #addChunk(words: Int32Array, at: number, time: number, now: number): void {
    const tail = words[at + AT.tailChunk] ?? 0;
    const chunk = this.#reuseOldest(words, at, now) || this.#take(words, at);
    const heads = this.#heads[chunk >>> PAGE_BITS] ?? NO_WORDS;
    const head = ((chunk & PAGE_MASK) * CHUNK) >>> 2;
    heads[head + NEXT] = 0;
    heads[head + BASE] = time;
    if (tail === 0) words[at + AT.firstChunk] = chunk;
    else {
      const tailHeads = this.#heads[tail >>> PAGE_BITS] ?? NO_WORDS;
      const tailHead = ((tail & PAGE_MASK) * CHUNK) >>> 2;
      tailHeads[tailHead + NEXT] = chunk;
      tailHeads[tailHead + USED] = words[at + AT.tailUsed] ?? 0;
      tailHeads[tailHead + NEWEST] = words[at + AT.tailNewest] ?? 0;
    }
    words[at + AT.tailChunk] = chunk;
    words[at + AT.tailUsed] = HEAD;
    words[at + AT.tapeTime] = words[at + AT.tailNewest] = time;
    // No share has difficulty 0, so the first one of a chunk writes its own.
    words[at + AT.tapeDifficultyHi] = words[at + AT.tapeDifficultyLo] = 0;
  }

  /** Takes the oldest chunk off the chain when all in it is too old to count; 0 when it isn't. */
  #reuseOldest(words: Int32Array, at: number, now: number): number {
    const first = words[at + AT.firstChunk] ?? 0;
    if (first === 0 || first === words[at + AT.tailChunk]) return 0;
    const heads = this.#heads[first >>> PAGE_BITS] ?? NO_WORDS;
    const head = ((first & PAGE_MASK) * CHUNK) >>> 2;
    if ((heads[head + NEWEST] ?? 0) > now - KEPT) return 0;
    words[at + AT.firstChunk] = heads[head + NEXT] ?? 0;
    return first;
  }

  #take(words: Int32Array, at: number): number {
    words[at + AT.chunks] = (words[at + AT.chunks] ?? 0) + 1;
    const chunk = this.#free.pop() ?? this.#next++;
    if (chunk >>> PAGE_BITS >= this.#pages.length) {
      const page = new ArrayBuffer((PAGE_MASK + 1) * CHUNK);
      this.#pages.push(new Uint8Array(page));
      this.#heads.push(new Int32Array(page));
    }
    return chunk;
  }
}

const NO_BYTES = new Uint8Array(CHUNK);
const NO_WORDS = new Int32Array(CHUNK);
