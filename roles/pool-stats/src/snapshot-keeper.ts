import { type Clock, type Log, messageOf } from "@banksman/kit";
import type { PoolStats } from "./pool-stats.ts";
import { readSnapshot, writeSnapshot } from "./snapshot.ts";

export type SnapshotKeeperOptions = {
  file: string;
  everySeconds: number;
  stats: PoolStats;
  clock: Pick<Clock, "now" | "monotonic">;
  log: Log;
};

/** Writes the windows to a file now and then, so that a restart need not read the last hour of shares again. */
export class SnapshotKeeper {
  readonly #options: SnapshotKeeperOptions;
  #lastAt: number;
  #writing: Promise<void> | null = null;

  constructor(options: SnapshotKeeperOptions) {
    this.#options = options;
    this.#lastAt = this.#now();
  }

  /** Takes over the last snapshot where there is one. Before anything is read. */
  async restore(): Promise<void> {
    const { file, stats, clock, log } = this.#options;
    const began = clock.monotonic();
    const snapshot = await readSnapshot(file, log);
    if (!snapshot) return;
    if (!stats.restore(snapshot)) {
      log.warn(`snapshot ${file} is of another generation and is left aside`);
      return;
    }
    const { workerCount } = stats.statistics;
    const ms = Math.round(clock.monotonic() - began);
    log.info({ workers: workerCount, ms, age_seconds: this.#now() - snapshot.writtenAt }, `snapshot ${file} was read`);
  }

  /** Writes a snapshot when one is due. */
  tick(): void {
    const now = this.#now();
    if (now < this.#lastAt) this.#lastAt = now;
    if (this.#lastAt + this.#options.everySeconds > now || this.#options.stats.isInitializing) return;
    this.#lastAt = now;
    this.#start();
  }

  /** Writes the last one; nothing may be read any more. */
  async close(): Promise<void> {
    await this.#writing;
    if (this.#options.stats.isInitializing) return;
    this.#start();
    await this.#writing;
  }

  #start(): void {
    this.#writing ??= this.#write().finally(() => {
      this.#writing = null;
    });
  }

  async #write(): Promise<void> {
    const { file, stats, clock, log } = this.#options;
    const began = clock.monotonic();
    try {
      await stats.whileHeld((snapshot) => writeSnapshot(file, snapshot));
      log.info({ ms: Math.round(clock.monotonic() - began) }, `snapshot ${file} was written`);
    } catch (error) {
      log.error({ err: error }, `snapshot ${file} can't be written: ${messageOf(error)}`);
    }
  }

  #now(): number {
    return Math.floor(this.#options.clock.now() / 1_000);
  }
}
