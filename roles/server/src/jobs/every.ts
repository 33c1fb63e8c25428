import type { RoleContext } from "@banksman/kit";

/**
 * Runs `step` every `everyMs`, one run at a time, until the server stops; a failure is logged and the next run tries
 * again. For what must be quicker than pg-boss's minutes, or belongs to each server rather than to one of them.
 */
export function runEvery(
  what: string,
  everyMs: number,
  step: (signal: AbortSignal) => Promise<void>,
  { log, onStop, signal }: Pick<RoleContext, "log" | "onStop" | "signal">,
): void {
  let running: Promise<void> | null = null;
  const timer = setInterval(() => {
    running ??= step(signal)
      .catch((error: unknown) => log.warn({ err: error }, `${what} failed; trying again`))
      .finally(() => {
        running = null;
      });
  }, everyMs);
  onStop(what, async () => {
    clearInterval(timer);
    await running;
  });
}
