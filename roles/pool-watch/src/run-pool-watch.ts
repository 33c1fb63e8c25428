import { messageOf, type RoleContext, runRole, serveOps, systemClock } from "@banksman/kit";
import { DEFAULT_CONFIG_FILE, loadWatchConfig, type WatchConfig } from "./config.ts";
import { openLogFile } from "./log-file.ts";
import { openOutlets } from "./outgoing.ts";
import { WatchState } from "./state.ts";
import { Watcher } from "./watcher.ts";

export type WatchFlags = { config?: string | undefined; once?: boolean; interval?: number | undefined };

/** `banksman pool-watch`: one check, or one after the other until SIGTERM; resolves to the exit code. */
export function runPoolWatch(flags: WatchFlags): Promise<number> {
  const path = flags.config ?? DEFAULT_CONFIG_FILE;
  return runRole(
    "pool-watch",
    async () => {
      const config = await loadWatchConfig(path, process.env);
      return { config, outlets: openOutlets(config) };
    },
    async ({ config, outlets }, context) => {
      const logFile = await openLogFile(config.log_file);
      const state = new WatchState(config.state);
      const print = (line: string) => void process.stdout.write(`${line}\n`);
      const watcher = new Watcher({ config, state, outlets, logFile, clock: systemClock, log: context.log, print });
      try {
        if (flags.once) return await once(watcher);
        await daemon(watcher, state, { ...config, interval_s: flags.interval ?? config.interval_s }, context);
        return 0;
      } finally {
        // Not at the signal: a check under way still notes what it sent.
        state.close();
      }
    },
    flags.once && process.env.LOG_LEVEL === undefined ? { logLevel: "error" } : {},
  );
}

/** 0 when every account was read and everything that had to be said was; else 1. */
async function once(watcher: Watcher): Promise<number> {
  const results = await watcher.check();
  return results.every(({ readable, delivered }) => readable && delivered) ? 0 : 1;
}

async function daemon(watcher: Watcher, state: WatchState, config: WatchConfig, context: RoleContext): Promise<void> {
  const { signal, health, log, metrics, onStop } = context;
  let trouble: string | null = "no check yet";
  health.addReadyCheck("pools", () => trouble);
  if (config.ops_port !== undefined) {
    const ops = await serveOps({ host: "127.0.0.1", port: config.ops_port }, health, metrics);
    onStop("ops", () => ops.close());
    log.info({ port: ops.port }, `health on 127.0.0.1:${ops.port}`);
  }
  let next = systemClock.monotonic();
  while (!signal.aborted) {
    try {
      const results = await watcher.check();
      const bad = results.filter(({ readable, delivered }) => !readable || !delivered);
      trouble =
        bad.length === 0
          ? null
          : bad
              .map(({ account, readable }) => `${account}: ${readable ? "a message did not leave" : "can't be read"}`)
              .join("; ");
    } catch (error) {
      // A full disk or the like: the watch goes on, and says so.
      trouble = messageOf(error);
      log.error({ err: error }, "the check failed");
    }
    next = Math.max(next + config.interval_s * 1_000, systemClock.monotonic());
    await sleepUntil(next, watcher, state, signal);
  }
}

/** Sleeps until the next check, waking for messages that fall due before it. */
async function sleepUntil(next: number, watcher: Watcher, state: WatchState, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const left = next - systemClock.monotonic();
    if (left <= 0) return;
    const due = state.nextDue();
    const wait = due === null ? left : Math.min(left, Math.max(due - systemClock.now(), 1_000));
    await pause(wait, signal);
    if (due !== null && systemClock.now() >= due && !signal.aborted) await watcher.deleteDue();
  }
}

const pause = (ms: number, signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end, { once: true });
  });
