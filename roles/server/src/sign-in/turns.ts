import { problem } from "../http/problem.ts";

/** More than people send by themselves; whoever guesses sends any number, and each takes memory while it waits. */
const MOST_WAITING = 20;

/**
 * Runs what has one key one after the other: tries of one account from one place, which would else count as wrong for
 * each other while it isn't known yet how they end. Throws 429 when too many wait.
 */
export function inTurn() {
  const lines = new Map<string, { last: Promise<unknown>; length: number }>();
  return async <T>(key: string, work: () => Promise<T>): Promise<T> => {
    const line = lines.get(key) ?? { last: Promise.resolve(), length: 0 };
    if (line.length > MOST_WAITING)
      throw problem(429, "TOO_MANY_TRIES", "too many tries to sign in at once; try again in a second", {
        retryAfterSeconds: 1,
      });
    const turn = line.last.then(work);
    line.last = turn.catch(() => undefined);
    line.length += 1;
    lines.set(key, line);
    try {
      return await turn;
    } finally {
      line.length -= 1;
      if (line.length === 0) lines.delete(key);
    }
  };
}
