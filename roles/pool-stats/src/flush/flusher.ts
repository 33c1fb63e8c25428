import { writeFile } from "node:fs/promises";
import { type Clock, type Log, messageOf } from "@banksman/kit";
import type { Statistics } from "../statistics.ts";
import { Figures } from "../windows/figures.ts";
import { idHalves } from "../windows/sums.ts";
import type { Target, WorkerName } from "./target.ts";

export type FlusherOptions = {
  statistics: Statistics;
  target: Target;
  clock: Pick<Clock, "now" | "monotonic">;
  intervalSeconds: number;
  /** All live workers each time, as S3; or those whose figures have changed. */
  what: "all" | "changed";
  /** Holds the time of the last flush, for those who watch it. */
  lastFlushFile: string | null;
  log: Log;
};

/** What a flush came to, for metrics. */
export type FlushResult = { seconds: number; rows: number; refused: number; failed: boolean };

/** Names that wait for a database that is away; the newest of each worker, the oldest dropped above this. */
const MOST_NAMES = 1_000_000;

/** Last figures that wait for a database that is away. */
const MOST_LAST_WORDS = 1_000_000;

/**
 * Writes the figures to the database each interval. idle → writing → idle; a flush that is due while one runs is left
 * out, and one that fails is made up for by the next, since a row says what is. Nothing waits for it.
 */
export class Flusher {
  readonly #options: FlusherOptions;
  readonly #figures = new Figures();
  readonly #names = new Map<string, WorkerName>();
  readonly #lastWords = new Map<string, Figures>();
  #lastAttempt: number;
  #lastFlush = 0;
  #running: Promise<void> | null = null;
  #naming: Promise<void> | null = null;
  #trouble: string | null = null;
  onFlush: (result: FlushResult) => void = () => undefined;

  constructor(options: FlusherOptions) {
    this.#options = options;
    this.#lastAttempt = this.#now();
  }

  /** Unix seconds of the last flush that was written; 0 before the first. */
  get lastFlushTime(): number {
    return this.#lastFlush;
  }

  /** Why the last flush failed; null where it didn't. */
  get trouble(): string | null {
    return this.#trouble;
  }

  /** Starts a flush when one is due. */
  tick(): void {
    const now = this.#now();
    // A clock set back must not stop the flushes until it has caught up.
    if (now < this.#lastAttempt) this.#lastAttempt = now;
    if (this.#lastAttempt + this.#options.intervalSeconds >= now) return;
    this.#lastAttempt = now;
    if (this.#running) {
      this.#options.log.warn("last DB flush is not finish yet, ignore");
      return;
    }
    this.#running = this.#flush(now).finally(() => {
      this.#running = null;
    });
    if (this.#names.size > 0) this.#writeNames();
  }

  /** Takes names to be written at once; they are kept where the database is away. */
  addNames(names: readonly WorkerName[]): void {
    for (const name of names) {
      const key = `${name.userId}/${name.workerId}`;
      this.#names.delete(key);
      this.#names.set(key, name);
    }
    for (const key of this.#names.keys()) {
      if (this.#names.size <= MOST_NAMES) break;
      this.#names.delete(key);
    }
    this.#writeNames();
  }

  /** Names that have not been written yet. */
  get waitingNames(): number {
    return this.#names.size;
  }

  /** Takes the last figures of someone who is forgotten before they could be written. */
  addLastWords(figures: Figures): void {
    if (this.#lastWords.size < MOST_LAST_WORDS) this.#lastWords.set(`${figures.userId}/${figures.workerId}`, figures);
  }

  /** Resolves when nothing is being written. */
  async settled(): Promise<void> {
    while (this.#running || this.#naming) await Promise.all([this.#running, this.#naming]);
  }

  async #flush(now: number): Promise<void> {
    const { statistics, target, log, clock } = this.#options;
    const began = clock.monotonic();
    if (statistics.workerCount + statistics.userCount + this.#lastWords.size === 0) {
      log.info("flush to DB: no active workers");
      return;
    }
    log.info("flush to DB...");
    const taken: number[] = [];
    const spoken = [...this.#lastWords.keys()];
    try {
      const { rows, refused } = await target.write(() => this.#rows(now, taken, spoken), now);
      this.#trouble = null;
      for (const key of spoken) this.#lastWords.delete(key);
      this.#lastFlush = now;
      const seconds = (clock.monotonic() - began) / 1_000;
      log.info(
        { rows, refused, ms: Math.round(seconds * 1_000) },
        `flush to DB... done, workers: ${statistics.workerCount}, users: ${statistics.userCount}`,
      );
      await this.#noteTime(now);
      this.onFlush({ seconds, rows, refused, failed: false });
    } catch (error) {
      statistics.putBack(taken);
      this.#trouble = messageOf(error);
      log.error({ err: error }, `flush to DB failed, the next one makes up for it: ${messageOf(error)}`);
      this.onFlush({ seconds: (clock.monotonic() - began) / 1_000, rows: 0, refused: 0, failed: true });
    }
  }

  *#rows(now: number, taken: number[], spoken: readonly string[]): Generator<Figures> {
    const { statistics, what, log } = this.#options;
    for (const key of spoken) {
      const figures = this.#lastWords.get(key);
      // Who has come back speaks for himself.
      if (figures && !this.#isLive(figures)) yield figures;
    }
    const handles = what === "all" ? statistics.takeAll() : statistics.takeChanged(now);
    // There is no lock here; monitoring may look for the texts by which the original tells how long it reads.
    log.info("flush DB: rd locked");
    for (const handle of handles) {
      taken.push(handle);
      yield statistics.read(handle, now, this.#figures);
    }
    log.info("flush DB: rd unlock");
  }

  #isLive({ userId, workerId }: Figures): boolean {
    const { statistics } = this.#options;
    if (workerId === "0") return statistics.findUser(userId) >= 0;
    const { hi, lo } = idHalves(BigInt(workerId));
    return statistics.findWorker(userId, hi, lo) >= 0;
  }

  async #noteTime(now: number): Promise<void> {
    const { lastFlushFile, log } = this.#options;
    if (lastFlushFile === null) return;
    await writeFile(lastFlushFile, String(now)).catch((error: unknown) =>
      log.warn(`${lastFlushFile} can't be written: ${messageOf(error)}`),
    );
  }

  #writeNames(): void {
    if (this.#naming) return;
    this.#naming = this.#writeAllNames().finally(() => {
      this.#naming = null;
    });
  }

  async #writeAllNames(): Promise<void> {
    const { target, log } = this.#options;
    try {
      while (this.#names.size > 0) {
        const names = [...this.#names.values()];
        await target.writeNames(names, this.#now());
        for (const name of names) {
          const key = `${name.userId}/${name.workerId}`;
          if (this.#names.get(key) === name) this.#names.delete(key);
        }
      }
    } catch (error) {
      log.error({ err: error, waiting: this.#names.size }, `names can't be written, they wait: ${messageOf(error)}`);
    }
  }

  #now(): number {
    return Math.floor(this.#options.clock.now() / 1_000);
  }
}
