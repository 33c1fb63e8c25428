import type { Diff } from "../exchange.ts";

/**
 * The first id that a diff's rows stand for. Exchanges send diffs without a level, whose ids would be in no row: they
 * are counted to the next diff. Where many books share their ids, only the id before tells what a diff follows.
 */
export class FirstIds {
  readonly #pending = new Map<string, number>();

  /** The first id to write, or null for a diff that has no rows of its own. */
  take(pair: string, diff: Diff): number | null {
    const own = diff.prev === null ? diff.first : diff.prev + 1;
    const first = Math.min(own, this.#pending.get(pair) ?? own);
    if (diff.bids.length + diff.asks.length === 0) {
      this.#pending.set(pair, first);
      return null;
    }
    if (this.#pending.size > 0) this.#pending.delete(pair);
    return first;
  }

  /** A snapshot starts anew. */
  forget(pair: string): void {
    if (this.#pending.size > 0) this.#pending.delete(pair);
  }
}
