import { setTimeout as sleep } from "node:timers/promises";

/** Polls until `condition` gives something truthy; fails with `what` after `withinMs`. */
export async function waitFor<T>(
  what: string,
  condition: () => T | Promise<T>,
  { withinMs = 10_000, everyMs = 20 } = {},
): Promise<NonNullable<T>> {
  const deadline = Date.now() + withinMs;
  let last: unknown;
  for (;;) {
    try {
      const value = await condition();
      if (value) return value;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) throw new Error(`waited ${withinMs} ms in vain for: ${what}`, { cause: last });
    await sleep(everyMs);
  }
}
