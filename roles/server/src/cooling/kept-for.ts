import type { Clock } from "@banksman/kit";

export type Kept<T> = {
  ask: () => Promise<T>;
  /** What is kept is out of date. */
  drop: () => void;
};

/** Asks once for all who want to know within `ms` of each other; a failure is kept for nobody. */
export function keptFor<T>(ms: number, clock: Clock, find: () => Promise<T>): Kept<T> {
  let kept: { at: number; answer: Promise<T> } | null = null;
  return {
    ask: () => {
      const at = clock.monotonic();
      if (kept && at - kept.at < ms) return kept.answer;
      const answer = find();
      const mine = { at, answer };
      kept = mine;
      answer.catch(() => {
        if (kept === mine) kept = null;
      });
      return answer;
    },
    drop: () => {
      kept = null;
    },
  };
}
