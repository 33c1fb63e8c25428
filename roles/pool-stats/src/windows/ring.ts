import { REJECTED } from "../share/status.ts";
import { type Gathered, HOUR, REJECT_SLOT } from "./gathered.ts";
import type { TapeShare } from "./tape-codes.ts";

/** Seconds a ring can hold: an hour, what may lie ahead of the clock, and room for a clock that is set back. */
const SECONDS = HOUR + 240;
const MINUTES = SECONDS / REJECT_SLOT;
/** Words of a slot: the slot's own time, then the sum's halves. */
const SLOT = 3;

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

  /** Every sum it holds, as shares; times of rejects are cut to the minute. */
  forEach(see: (share: TapeShare) => void): void {
    const tell = (kind: 0 | 1 | 2, status: number, unit: number) => (slot: number, hi: number, lo: number) =>
      see({ kind, status, time: slot * unit, difficultyHi: hi | 0, difficultyLo: lo | 0 });
    visit(this.#seconds, tell(0, 0, 1));
    visit(this.#stale, tell(1, 0, REJECT_SLOT));
    for (const [status, slots] of this.#reasons) visit(slots, tell(2, status, REJECT_SLOT));
  }

  #reason(status: number): Int32Array {
    const known = this.#reasons.get(status);
    if (known) return known;
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
