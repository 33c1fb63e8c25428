import { CodedError, messageOf } from "./errors.ts";
import { Health } from "./health.ts";
import { createLog, type Log } from "./log.ts";
import { createMetrics, type Registry } from "./metrics.ts";

/** What every role is handed; `signal` aborts at SIGTERM or SIGINT, and at a fault that nobody handled. */
export type RoleContext = {
  log: Log;
  signal: AbortSignal;
  health: Health;
  metrics: Registry;
  /** Registers work for the end; stops run newest first, each within its own bound (default 5 s). */
  onStop: (name: string, stop: () => void | Promise<void>, options?: { within?: number }) => void;
};

type Stop = { name: string; stop: () => void | Promise<void>; within: number };

const DRAIN_MS = 10_000;

/** A terminal signals the whole process group and a launcher passes the signal on: twice within this time is once. */
const SAME_SIGNAL_MS = 700;

/** Exit code for bad usage or configuration: service managers must not restart on it. */
export const EXIT_USAGE = 2;

const isUsage = (error: unknown) => error instanceof CodedError && /^(CONFIG|USAGE)_/.test(error.code);

/**
 * Runs a role to its end and returns the exit code: 0 after a clean drain or when `main` returns, 1 on a failure, 2 on
 * bad configuration. The first SIGTERM or SIGINT drains within 10 s, a second one leaves at once. A fault that nobody
 * handled is logged and drains as well, so that what is in memory is not lost with it; whoever watches the process starts
 * it anew.
 */
export async function runRole<C>(
  name: string,
  loadConfig: () => C | Promise<C>,
  main: (config: C, context: RoleContext) => Promise<number> | Promise<void>,
  options: { logLevel?: string } = {},
): Promise<number> {
  const log = openLog(name, options.logLevel ?? process.env.LOG_LEVEL);
  if (log === null) return EXIT_USAGE;
  const health = new Health();
  const abort = new AbortController();
  const stops: Stop[] = [];
  let firstAt = 0;
  let isFaulty = false;
  const onFault = (error: unknown) => {
    log.fatal({ err: error }, `a fault that nobody handled: ${messageOf(error)}`);
    if (isFaulty) return;
    isFaulty = true;
    health.startDraining();
    abort.abort(error);
    // After a fault nobody knows whether the rest still listens.
    setTimeout(() => process.exit(1), 2 * DRAIN_MS).unref();
  };
  // An unhandled rejection is one, too.
  process.on("uncaughtException", onFault);
  const onSignal = (signal: NodeJS.Signals) => {
    if (abort.signal.aborted) {
      if (Date.now() - firstAt > SAME_SIGNAL_MS) process.exit(130);
      return;
    }
    firstAt = Date.now();
    log.info({ signal }, "stopping");
    health.startDraining();
    abort.abort(new Error(`stopped by ${signal}`));
  };
  process.on("SIGTERM", onSignal).on("SIGINT", onSignal);
  // Waiting for a signal alone does not keep a process alive.
  const alive = setInterval(() => undefined, 2 ** 30);
  let code = 0;
  try {
    const config = await loadConfig();
    const context: RoleContext = {
      log,
      health,
      signal: abort.signal,
      metrics: createMetrics(name),
      onStop: (stopName, stop, { within = 5_000 } = {}) => stops.push({ name: stopName, stop, within }),
    };
    code = (await main(config, context)) ?? 0;
  } catch (error) {
    if (isUsage(error) || !abort.signal.aborted) code = isUsage(error) ? EXIT_USAGE : 1;
    // What is in a table of errors was written to be read by a person; anything else needs its stack.
    if (error instanceof CodedError) process.stderr.write(`${messageOf(error)}\n`);
    else if (code !== 0) log.fatal({ err: error }, messageOf(error));
  }
  const drained = await drain(stops, log);
  clearInterval(alive);
  process.off("uncaughtException", onFault);
  return code === 0 && (isFaulty || !drained) ? 1 : code;
}

/** The role's log, or null when its level is not one; the reason is then on stderr. */
function openLog(name: string, level: string | undefined): Log | null {
  try {
    return createLog(name, level);
  } catch (error) {
    if (!isUsage(error)) throw error;
    process.stderr.write(`${messageOf(error)}\n`);
    return null;
  }
}

async function drain(stops: Stop[], log: Log): Promise<boolean> {
  const deadline = Date.now() + DRAIN_MS;
  let clean = true;
  for (const { name, stop, within } of stops.toReversed()) {
    const timer = Promise.withResolvers<"late">();
    const timeout = setTimeout(() => timer.resolve("late"), Math.max(0, Math.min(within, deadline - Date.now())));
    try {
      const outcome = await Promise.race([Promise.resolve().then(stop), timer.promise]);
      if (outcome === "late") {
        clean = false;
        log.error({ stop: name }, `${name} did not stop in time`);
      }
    } catch (error) {
      clean = false;
      log.error({ err: error, stop: name }, `${name} failed to stop: ${messageOf(error)}`);
    } finally {
      clearTimeout(timeout);
    }
  }
  return clean;
}

/** Resolves when the signal aborts: the last line of a role that only serves. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
