import type { Clock } from "@banksman/kit";

const FREE_TRIES = 5;
const FIRST_WAIT_MS = 15_000;
const LONGEST_WAIT_MS = 15 * 60_000;
const FORGET_AFTER_MS = 60 * 60_000;
const MAX_KEPT = 10_000;

/**
 * Slows guessing down: after five wrong passwords from one address for one account, waits that double. The pair is
 * counted, so that nobody can lock somebody else out from another address.
 */
export function createThrottle(clock: Clock) {
  const failures = new Map<string, { count: number; until: number; at: number }>();
  return {
    /** Milliseconds to wait before the next try, 0 when it may go ahead. */
    waitMs: (key: string): number => Math.max(0, (failures.get(key)?.until ?? 0) - clock.now()),
    failed: (key: string): void => {
      const now = clock.now();
      const before = failures.get(key);
      const count = before && now - before.at < FORGET_AFTER_MS ? before.count + 1 : 1;
      const wait = count < FREE_TRIES ? 0 : Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (count - FREE_TRIES));
      failures.delete(key);
      failures.set(key, { count, until: now + wait, at: now });
      const oldest = failures.keys().next().value;
      if (failures.size > MAX_KEPT && oldest !== undefined) failures.delete(oldest);
    },
    succeeded: (key: string): void => {
      failures.delete(key);
    },
  };
}
