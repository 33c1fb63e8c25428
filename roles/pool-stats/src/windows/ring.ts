import { REJECTED } from "../share/status.ts";
import { type Gathered, HOUR, REJECT_SLOT } from "./gathered.ts";
import { bytesOf, wordsOf } from "./records.ts";
import type { TapeShare } from "./tape-codes.ts";

/** Seconds a ring can hold: an hour, what may lie ahead of the clock, and room for a clock that is set back. */
const SECONDS = HOUR + 240;
const MINUTES = SECONDS / REJECT_SLOT;
/** Words of a slot: the slot's own time, then the sum's halves. */
const SLOT = 3;

/** Reasons told apart; a pool that sends ever new ones must not fill the memory. All others are the unknown one. */
const MOST_REASONS = 100;
const UNKNOWN = 0x7fffffff;

/**
 * The shares of an object that has many (the pool, a big user): one sum a second, and one a minute for each reason
 * among rejects. A slot holds its own time, so nothing needs clearing and no jump of the clock can poison it.
 */
export class Ring {
  readonly #seconds = new Int32Array(SECONDS * SLOT);
  readonly #stale = new Int32Array(MINUTES * SLOT);
  readonly #reasons = new Map<number, Int32Array>();

  get bytes(): number {
    return this.#seconds.byteLength + this.#stale.byteLength * (1 + this.#reasons.size);
  }

  add({ time, kind, status, difficultyHi, difficultyLo }: TapeShare): void {
    if (kind === 0) addTo(this.#seconds, time % SECONDS, time, difficultyHi, difficultyLo);
    else {
      const minute = Math.floor(time / REJECT_SLOT);
      const slots = kind === REJECTED ? this.#reason(status) : this.#stale;
      addTo(slots, minute % MINUTES, minute, difficultyHi, difficultyLo);
    }
  }

  gather(into: Gathered): void {
    visit(this.#seconds, (second, hi, lo) => into.accept(second, hi, lo));
    visit(this.#stale, (minute, hi, lo) => into.reject(minute * REJECT_SLOT, null, hi, lo));
    for (const [status, slots] of this.#reasons)
      visit(slots, (minute, hi, lo) => into.reject(minute * REJECT_SLOT, status, hi, lo));
  }

  /** Everything as blocks of memory: seconds, stale, then each of `statuses`. */
  toBlocks(): Uint8Array[] {
    return [this.#seconds, this.#stale, ...this.#reasons.values()].map(bytesOf);
  }

  /** The statuses of its rejects, in the order of their blocks. */
  get statuses(): number[] {
    return [...this.#reasons.keys()];
  }

  /** Takes over copies of what `toBlocks` gave. */
  fromBlocks(blocks: readonly Uint8Array[], statuses: readonly number[]): void {
    const [seconds, stale, ...reasons] = blocks.map(wordsOf);
    if (seconds) this.#seconds.set(seconds);
    if (stale) this.#stale.set(stale);
    for (const [i, status] of statuses.entries()) this.#reason(status).set(reasons[i] ?? []);
  }

  #reason(status: number): Int32Array {
    const known = this.#reasons.get(status);
    if (known) return known;
    if (this.#reasons.size >= MOST_REASONS && status !== UNKNOWN) return this.#reason(UNKNOWN);
    const fresh = new Int32Array(MINUTES * SLOT);
    this.#reasons.set(status, fresh);
    return fresh;
  }
}

function addTo(slots: Int32Array, slot: number, time: number, hi: number, lo: number): void {
  const at = slot * SLOT;
  if (slots[at] !== time) {
    slots[at] = time;
    slots[at + 1] = hi;
    slots[at + 2] = lo;
    return;
  }
  const low = ((slots[at + 2] ?? 0) >>> 0) + (lo >>> 0);
  slots[at + 2] = low | 0;
  slots[at + 1] = (slots[at + 1] ?? 0) + hi + (low > 0xffffffff ? 1 : 0);
}

function visit(slots: Int32Array, see: (time: number, hi: number, lo: number) => void): void {
  for (let at = 0; at < slots.length; at += SLOT) {
    const time = slots[at] ?? 0;
    if (time !== 0) see(time, (slots[at + 1] ?? 0) >>> 0, (slots[at + 2] ?? 0) >>> 0);
  }
}
