import { type Sum, sumOf } from "./sums.ts";

/** The windows, in seconds: accepted shares have all four, stale and rejected ones the last two. */
export const MINUTE = 60;
export const MINUTES_5 = 300;
export const MINUTES_15 = 900;
export const HOUR = 3_600;

/** Sums of stale and rejected shares move in steps of a minute. */
export const REJECT_SLOT = 60;

/** Never: no second reaches this. */
export const NEVER = 0x7fffffff;

/** What was rejected for one reason in 15 minutes and in an hour, as sums of halves. */
type ReasonSums = { lo15: number; hi15: number; lo60: number; hi60: number };

/**
 * Where the shares of one object are added up by age, at the moment `now`. One object is reused for all. Shares are put
 * into the youngest window that holds them; the wider windows are the sums of the younger ones.
 */
export class Gathered {
  now = 0;
  /** Seconds of one slot of accepted shares: a share's age counts from the start of its slot. */
  slot = 1;
  /** The first second after `now` at which the sums change by themselves. */
  next = NEVER;
  readonly lo = new Float64Array(4);
  readonly hi = new Float64Array(4);
  readonly stale: ReasonSums = { lo15: 0, hi15: 0, lo60: 0, hi60: 0 };
  readonly reasons = new Map<number, ReasonSums>();

  start(now: number, slot: number): void {
    this.now = now;
    this.slot = slot;
    this.next = NEVER;
    this.lo.fill(0);
    this.hi.fill(0);
    if (this.reasons.size > 0) this.reasons.clear();
    this.stale.lo15 = this.stale.hi15 = this.stale.lo60 = this.stale.hi60 = 0;
  }

  /** Adds accepted difficulty of the second `time`, as unsigned halves. */
  accept(time: number, hi: number, lo: number): void {
    const begin = time - (time % this.slot);
    const age = this.now - begin;
    if (age >= HOUR) return;
    if (age < 0) {
      if (begin < this.next) this.next = begin;
      return;
    }
    const window = age < MINUTE ? 0 : age < MINUTES_5 ? 1 : age < MINUTES_15 ? 2 : 3;
    const leaves = begin + (LENGTHS[window] ?? 0);
    if (leaves < this.next) this.next = leaves;
    this.lo[window] = (this.lo[window] ?? 0) + lo;
    this.hi[window] = (this.hi[window] ?? 0) + hi;
  }

  /** Adds stale (`status` null) or rejected difficulty. */
  reject(time: number, status: number | null, hi: number, lo: number): void {
    const begin = time - (time % REJECT_SLOT);
    const age = this.now - begin;
    if (age >= HOUR) return;
    if (age < 0) {
      if (begin < this.next) this.next = begin;
      return;
    }
    const isRecent = age < MINUTES_15;
    const leaves = begin + (isRecent ? MINUTES_15 : HOUR);
    if (leaves < this.next) this.next = leaves;
    const sums = status === null ? this.stale : this.#reason(status);
    sums.lo60 += lo;
    sums.hi60 += hi;
    if (!isRecent) return;
    sums.lo15 += lo;
    sums.hi15 += hi;
  }

  /** What was accepted in each of the four windows. */
  accepted(into: Sum[]): void {
    let lo = 0;
    let hi = 0;
    for (let window = 0; window < 4; window++) {
      lo += this.lo[window] ?? 0;
      hi += this.hi[window] ?? 0;
      into[window] = sumOf(lo, hi);
    }
  }

  #reason(status: number): ReasonSums {
    const known = this.reasons.get(status);
    if (known) return known;
    const fresh = { lo15: 0, hi15: 0, lo60: 0, hi60: 0 };
    this.reasons.set(status, fresh);
    return fresh;
  }
}

const LENGTHS = [MINUTE, MINUTES_5, MINUTES_15, HOUR];
