import type { Share } from "../share/share.ts";
import { ACCEPTED, REJECTED } from "../share/status.ts";
import type { Figures } from "./figures.ts";
import { Gathered, NEVER } from "./gathered.ts";
import { ALIVE, AT, DENSE, DIRTY, HAS_IPV6, HAS_ODD_REASONS, IS_USER, offsetOf, Records } from "./records.ts";
import { Ring } from "./ring.ts";
import { Tapes } from "./tape.ts";
import type { TapeShare } from "./tape-codes.ts";

/** Chunks of a tape (128 bytes each) from which a ring of a fixed size is smaller. */
const RING_FROM_CHUNKS = 350;

/** All objects as they lie in memory: `records` and `tapes` say how many of the blocks are theirs, rings have the rest. */
export type ObjectsImage = {
  oddReasons: [handle: number, statuses: number[]][];
  records: number;
  tapes: number;
  rings: { index: number; statuses: number[] }[];
  blocks: Uint8Array[];
};

/**
 * What is kept of workers, users and the pool alike: a record, and the shares of the last hour on a tape or in a ring.
 * Handles are valid until the object is forgotten.
 */
export class Objects {
  readonly #slot: number;
  readonly #records = new Records();
  readonly #tapes = new Tapes();
  readonly #rings: (Ring | undefined)[] = [];
  /** Statuses beyond 0 to 63 that an object was rejected for. */
  readonly #oddReasons = new Map<number, number[]>();
  readonly #gathered = new Gathered();

  /** `slot` is the length of a slot of accepted shares, in seconds. */
  constructor(slot: number) {
    this.#slot = slot;
  }

  get bytes(): number {
    const rings = this.#rings.reduce((sum, ring) => sum + (ring?.bytes ?? 0), 0);
    return this.#records.bytes + this.#tapes.bytes + rings;
  }

  /** A new object. */
  take(): number {
    return this.#records.take();
  }

  /** One word of an object's record. */
  get(handle: number, word: number): number {
    return this.#records.pageOf(handle)[offsetOf(handle) + word] ?? 0;
  }

  set(handle: number, word: number, value: number): void {
    this.#records.pageOf(handle)[offsetOf(handle) + word] = value;
  }

  /** Handles of what is live, either users or everything else. */
  *live(isUser: boolean): Generator<number> {
    const wanted = isUser ? IS_USER : 0;
    for (let handle = 0; handle < this.#records.end; handle++) {
      const flags = this.get(handle, AT.flags);
      if ((flags & ALIVE) !== 0 && (flags & IS_USER) === wanted) yield handle;
    }
  }

  /** Counts a share for one object, with the difficulty that `entry` says. `now` in Unix seconds. */
  count(handle: number, entry: TapeShare, share: Share, now: number): void {
    const words = this.#records.pageOf(handle);
    const at = offsetOf(handle);
    let flags = (words[at] ?? 0) | DIRTY;
    if (entry.kind === ACCEPTED) words[at + AT.acceptCount] = (words[at + AT.acceptCount] ?? 0) + 1;
    else if (entry.kind === REJECTED) flags |= this.#noteReason(handle, words, at, entry.status);
    // A share that comes late doesn't take the place of a newer one's address and time.
    if (entry.time >= (words[at + AT.lastShareTime] ?? 0) >>> 0) {
      words[at + AT.lastShareTime] = entry.time;
      if (share.hasIp) flags = takeIp(words, at, share, flags);
    }
    words[at] = flags;
    if ((flags & DENSE) !== 0) this.#rings[words[at + AT.chunks] ?? 0]?.add(entry);
    else {
      this.#tapes.append(words, at, entry, now);
      if ((words[at + AT.chunks] ?? 0) > RING_FROM_CHUNKS) this.makeDense(handle);
    }
  }

  /** Fills `figures` with what is known at `now`, but for the number of workers. */
  read(handle: number, now: number, withReasons: boolean, figures: Figures): void {
    const words = this.#records.pageOf(handle);
    const at = offsetOf(handle);
    this.#gathered.start(now, this.#slot);
    if (((words[at] ?? 0) & DENSE) === 0) this.#tapes.gather(words, at, this.#gathered);
    else this.#rings[words[at + AT.chunks] ?? 0]?.gather(this.#gathered);
    // Figures that have changed since they were taken stay so, whoever reads them meanwhile.
    if ((words[at + AT.stableUntil] ?? 0) > now) words[at + AT.stableUntil] = this.#gathered.next;
    figures.takeRecord(words, at);
    figures.takeSums(this.#gathered, this.#reasonsOf(handle, words, at), withReasons);
  }

  /** True where the figures at `now` differ from when they were last taken. */
  hasChanged(handle: number, now: number): boolean {
    return this.isDirty(handle) || this.get(handle, AT.stableUntil) <= now;
  }

  /** True where a share has come since the figures were last taken. */
  isDirty(handle: number): boolean {
    return (this.get(handle, AT.flags) & DIRTY) !== 0;
  }

  /** Counts the figures as taken; the reading that follows sets the time until which they are stable. */
  markTaken(handle: number): void {
    this.set(handle, AT.flags, this.get(handle, AT.flags) & ~DIRTY);
    this.set(handle, AT.stableUntil, NEVER);
  }

  /** Counts the figures as not taken, where the object is live. */
  markDirty(handle: number): void {
    const flags = this.get(handle, AT.flags);
    if ((flags & ALIVE) !== 0) this.set(handle, AT.flags, flags | DIRTY);
  }

  /** Keeps the object's shares in a ring from now on. */
  makeDense(handle: number): void {
    const words = this.#records.pageOf(handle);
    const at = offsetOf(handle);
    const ring = new Ring();
    this.#tapes.forEach(words, at, (share) => ring.add(share));
    this.#tapes.drop(words, at);
    const free = this.#rings.indexOf(undefined);
    const index = free < 0 ? this.#rings.length : free;
    this.#rings[index] = ring;
    words[at + AT.chunks] = index;
    words[at] = (words[at] ?? 0) | DENSE;
  }

  forget(handle: number): void {
    const words = this.#records.pageOf(handle);
    const at = offsetOf(handle);
    if (((words[at] ?? 0) & DENSE) === 0) this.#tapes.drop(words, at);
    else this.#rings[words[at + AT.chunks] ?? 0] = undefined;
    this.#oddReasons.delete(handle);
    this.#records.giveBack(handle);
  }

  clear(): void {
    this.#records.clear();
    this.#tapes.clear();
    this.#rings.length = 0;
    this.#oddReasons.clear();
  }

  /** Everything, as blocks of its own memory. Until they are written nothing may be counted or forgotten. */
  toImage(): ObjectsImage {
    const rings = this.#rings.flatMap((ring, index) => (ring ? [{ index, statuses: ring.statuses, ring }] : []));
    const records = this.#records.toBlocks();
    const tapes = this.#tapes.toBlocks();
    return {
      oddReasons: [...this.#oddReasons],
      records: records.length,
      tapes: tapes.length,
      rings: rings.map(({ index, statuses }) => ({ index, statuses })),
      blocks: [...records, ...tapes, ...rings.flatMap(({ ring }) => ring.toBlocks())],
    };
  }

  /** Takes over an image, in place of what it held. */
  fromImage({ oddReasons, records, tapes, rings, blocks }: ObjectsImage): void {
    this.clear();
    this.#records.fromBlocks(blocks.slice(0, records));
    this.#tapes.fromBlocks(blocks.slice(records, records + tapes));
    let from = records + tapes;
    for (const { index, statuses } of rings) {
      const ring = new Ring();
      ring.fromBlocks(blocks.slice(from, from + 2 + statuses.length), statuses);
      this.#rings[index] = ring;
      from += 2 + statuses.length;
    }
    for (const [handle, statuses] of oddReasons) this.#oddReasons.set(handle, statuses);
  }

  /** Notes a reject's reason; gives the flag to set for one that has no bit. */
  #noteReason(handle: number, words: Int32Array, at: number, status: number): number {
    if (status >= 0 && status < 64) {
      const word = status < 32 ? AT.seenLo : AT.seenHi;
      words[at + word] = (words[at + word] ?? 0) | (1 << (status & 31));
      return 0;
    }
    const known = this.#oddReasons.get(handle);
    if (known === undefined) this.#oddReasons.set(handle, [status]);
    else if (known.length < MOST_ODD_REASONS && !known.includes(status)) known.push(status);
    return HAS_ODD_REASONS;
  }

  /** The reasons an object was rejected for since it came to life, in ascending order. */
  #reasonsOf(handle: number, words: Int32Array, at: number): number[] {
    const found: number[] = [];
    for (const [word, first] of REASON_WORDS) {
      for (let bits = words[at + word] ?? 0; bits !== 0; bits &= bits - 1)
        found.push(first + 31 - Math.clz32(bits & -bits));
    }
    if (((words[at] ?? 0) & HAS_ODD_REASONS) === 0) return found;
    return [...found, ...(this.#oddReasons.get(handle) ?? [])].sort((a, b) => a - b);
  }
}

/** A pool that sends ever new statuses must not fill the memory with them. */
const MOST_ODD_REASONS = 64;

const REASON_WORDS = [
  [AT.seenLo, 0],
  [AT.seenHi, 32],
] as const;

/** Notes the share's address; gives the flags with the bit that says which kind it is. */
function takeIp(words: Int32Array, at: number, { ip0, ip1, ip2, ip3 }: Share, flags: number): number {
  words[at + AT.ip3] = ip3;
  if (ip0 === 0 && ip1 === 0 && ip2 === 0) return flags & ~HAS_IPV6;
  words[at + AT.ip0] = ip0;
  words[at + AT.ip1] = ip1;
  words[at + AT.ip2] = ip2;
  return flags | HAS_IPV6;
}
