import type { Diff, JoinRule, Snapshot } from "./exchange.ts";

/** What to do with a diff: apply it now, or why not. */
export type Verdict = "apply" | "duplicate" | "buffered" | "held" | "restarted";

/** Ids that never came: `from` to `to`, both missing. */
export type Gap = { from: number; to: number; missing: number };

export type JoinResult = { joined: true; apply: Diff[] } | { joined: false; why: "too_old" | "hole" };

/** Diffs that overtook one another are waited for so long, and no more than so many. */
export const HOLD_FRAMES = 16;
export const HOLD_MS = 50;

/** An id that falls while the exchange's own time rises by this much means that it counts anew. */
const RESTART_MS = 500;

/**
 * The sequence of one book: puts diffs in order, tells duplicates and gaps, and joins them to a snapshot. It holds no
 * book and does no I/O; what it says to apply, in that order, is the exchange's own order without a hole.
 */
export class Join {
  readonly #rule: JoinRule;
  readonly #maxBuffer: number;
  #buffer: Diff[] = [];
  #held: Diff[] = [];
  #last: number | null = null;
  #lastMs: number | null = null;
  #fresh = false;
  /** Diffs that a full buffer had to let go. */
  dropped = 0;

  constructor(rule: JoinRule, maxBuffer = 20_000) {
    this.#rule = rule;
    this.#maxBuffer = maxBuffer;
  }

  /** The last id applied, or null while there is no joined book. */
  get last(): number | null {
    return this.#last;
  }

  get buffered(): number {
    return this.#buffer.length;
  }

  get held(): number {
    return this.#held.length;
  }

  offer(diff: Diff): Verdict {
    const last = this.#last;
    if (last === null) return this.#keep(diff);
    if (this.#rule.isOld(diff, last)) return this.#wentBack(diff) ? "restarted" : "duplicate";
    const follows = this.#fresh ? this.#rule.joins(diff, last) : this.#rule.continues(diff, last);
    if (follows) {
      this.#take(diff);
      return "apply";
    }
    return this.#hold(diff);
  }

  /** After an "apply": the next held diff that now follows, or null. */
  next(): Diff | null {
    if (this.#held.length === 0 || this.#last === null) return null;
    const at = this.#held.findIndex((diff) => this.#last !== null && this.#rule.continues(diff, this.#last));
    const [diff] = at < 0 ? [] : this.#held.splice(at, 1);
    if (!diff) return null;
    if (this.#rule.isOld(diff, this.#last)) return this.next();
    this.#take(diff);
    return diff;
  }

  /** What is being waited for: the ids between the book and the first held diff. */
  get gap(): Gap | null {
    const earliest = this.#held[0];
    if (!earliest || this.#last === null) return null;
    const missing = Math.max(1, this.#rule.missing(earliest, this.#last));
    return { from: this.#last + 1, to: this.#last + missing, missing };
  }

  /** What was waited for did not come: the gap, and the book has to be joined anew. */
  giveUp(): Gap | null {
    const { gap } = this;
    if (!gap) return null;
    const held = this.#held;
    this.unjoin();
    this.#buffer.push(...held);
    return gap;
  }

  /** Forgets the sequence; what comes from now on is buffered until a snapshot. */
  unjoin(): void {
    this.#last = null;
    this.#lastMs = null;
    this.#held = [];
    this.#buffer = [];
  }

  /** Starts at a snapshot, with the diffs to apply on it; or says why it is of no use. */
  join(snapshot: Snapshot): JoinResult {
    const kept = this.#buffer.filter((diff) => !this.#rule.isOld(diff, snapshot.id));
    const [first] = kept;
    if (first && !this.#rule.joins(first, snapshot.id)) {
      this.#buffer = kept;
      return { joined: false, why: "too_old" };
    }
    const apply: Diff[] = [];
    let last = snapshot.id;
    for (const diff of kept) {
      if (this.#rule.isOld(diff, last)) continue;
      if (apply.length > 0 && !this.#rule.continues(diff, last)) {
        // Something is missing behind this snapshot: only a newer one helps, and only what comes after the hole.
        this.#buffer = kept.slice(kept.indexOf(diff));
        return { joined: false, why: "hole" };
      }
      apply.push(diff);
      last = diff.last;
    }
    this.#buffer = [];
    this.#held = [];
    this.#last = last;
    this.#fresh = apply.length === 0;
    this.#lastMs = timeOf(apply.at(-1) ?? snapshot);
    return { joined: true, apply };
  }

  #take(diff: Diff): void {
    this.#last = diff.last;
    this.#fresh = false;
    const time = timeOf(diff);
    if (time !== null) this.#lastMs = time;
  }

  #keep(diff: Diff): Verdict {
    const newest = this.#buffer.at(-1);
    if (newest && isRestart(diff, newest)) this.#buffer = [diff];
    else if (newest && diff.first <= newest.first) {
      if (this.#buffer.some((known) => known.first === diff.first && known.last === diff.last)) return "duplicate";
      this.#buffer.push(diff);
      this.#buffer.sort(byFirst);
    } else this.#buffer.push(diff);
    if (this.#buffer.length > this.#maxBuffer) {
      this.#buffer.shift();
      this.dropped++;
    }
    return "buffered";
  }

  #hold(diff: Diff): Verdict {
    if (this.#held.some((known) => known.first === diff.first && known.last === diff.last)) return "duplicate";
    this.#held.push(diff);
    this.#held.sort(byFirst);
    return "held";
  }

  #wentBack(diff: Diff): boolean {
    const time = timeOf(diff);
    return time !== null && this.#lastMs !== null && time > this.#lastMs + RESTART_MS;
  }
}

/** Much later by the exchange's own time, yet with lower ids: what came before belongs to ids that are over. */
function isRestart(diff: Diff, newest: Diff): boolean {
  const [time, before] = [timeOf(diff), timeOf(newest)];
  return diff.last < newest.first && time !== null && before !== null && time > before + RESTART_MS;
}

const byFirst = (a: Diff, b: Diff) => a.first - b.first || a.last - b.last;
const timeOf = (event: { engineMs: number | null; pushMs: number | null }) => event.engineMs ?? event.pushMs;
