import { setImmediate } from "node:timers/promises";
import type { Clock, Log } from "@banksman/kit";
import type { PoolStatsConfig } from "./config.ts";
import { readEvent } from "./events.ts";
import { Flusher } from "./flush/flusher.ts";
import type { Target } from "./flush/target.ts";
import type { MinuteSums } from "./history/minute-sums.ts";
import { CompatService } from "./http/compat-service.ts";
import type { Assignment, LogBatch, LogReader, Positions } from "./kafka/index.ts";
import { View } from "./scale/view.ts";
import { ShareReader } from "./share-reader.ts";
import type { Snapshot } from "./snapshot.ts";
import { Statistics } from "./statistics.ts";
import type { Figures } from "./windows/figures.ts";

export type PoolStatsOptions = {
  config: PoolStatsConfig;
  /** null where nothing is written to a database. */
  target: Target | null;
  /** Sums by the minute, for each who wants them. */
  minutes?: readonly MinuteSums[];
  clock: Pick<Clock, "now" | "monotonic">;
  log: Log;
};

/** Some milliseconds' worth. */
const SHARES_AT_ONCE = 4_000;
const EXPIRE_EVERY_SECONDS = 1_800;
const NOWHERE: Target = {
  prepare: async () => undefined,
  write: async () => ({ rows: 0, refused: 0 }),
  writeNames: async () => ({ rows: 0, refused: 0 }),
  close: async () => undefined,
};

/**
 * Everything but the sockets: shares and events in, figures out, with work that is due done at each batch and each tick
 * of a timer. initializing (reading the last hour) → steady; initializing again when partitions are gained.
 */
export class PoolStats {
  readonly config: PoolStatsConfig;
  readonly statistics: Statistics;
  readonly shares: ShareReader;
  readonly flusher: Flusher;
  readonly service: CompatService;
  /** The figures of the whole group of instances. */
  readonly view: View;
  readonly #clock: Pick<Clock, "now" | "monotonic">;
  readonly #log: Log;
  readonly #startedAt: number;
  readonly #minutes: readonly MinuteSums[];
  #lastExpiry: number;
  #isInitializing = true;
  #isBehind = true;
  #positions = new Map<number, number>();
  /** How far the events were read, and how far they were when all names had been written. */
  #eventsRead = new Map<number, number>();
  #eventPositions = new Map<number, number>();
  /** What a snapshot brought, until the log's partitions are known. */
  #restored: Snapshot | null = null;
  /** Set while the windows must stand still; batches wait for it. */
  #held: Promise<void> | null = null;
  #lag = new Map<number, number>();
  #troubles = new Map<string, string>();
  eventsSeen = 0;

  constructor({ config, target, minutes = [], clock, log }: PoolStatsOptions) {
    const { compat, acceptStale, maxFutureSeconds, singleUserPuid, flush } = config;
    this.config = config;
    this.#clock = clock;
    this.#log = log;
    this.#startedAt = this.#lastExpiry = this.#now();
    this.statistics = new Statistics({ compat, acceptStale, maxFutureSeconds });
    this.#minutes = minutes;
    this.shares = new ShareReader({ statistics: this.statistics, rules: { compat, singleUserPuid }, log, minutes });
    this.flusher = new Flusher({
      statistics: this.statistics,
      target: target ?? NOWHERE,
      clock,
      intervalSeconds: flush.intervalSeconds,
      what: flush.mode === "tmp" ? "all" : "changed",
      lastFlushFile: flush.lastFlushFile,
      log,
    });
    this.view = new View(this.statistics);
    this.service = new CompatService({
      view: this.view,
      clock,
      maxWorkerIds: config.http.maxWorkerIds,
      isInitializing: () => this.#isInitializing,
      lastFlushTime: () => this.flusher.lastFlushTime,
    });
  }

  get isInitializing(): boolean {
    return this.#isInitializing;
  }

  /** The brokers of the share log can't be reached. */
  get isLogAway(): boolean {
    return this.#troubles.has("share log");
  }

  /** Messages still to come, by partition, as the brokers told last. */
  get lag(): ReadonlyMap<number, number> {
    return this.#lag;
  }

  /** How far each partition of the share log has been counted. */
  get positions(): Positions {
    return this.#positions;
  }

  /** Why it isn't doing its job, in words; null where it is. */
  trouble(): string | null {
    return [...this.#troubles.values(), this.flusher.trouble].find((reason) => reason !== null) ?? null;
  }

  /** What reads the share log. */
  readonly shareLog: LogReader = {
    assigned: (assignment) => this.#assigned(assignment),
    batch: (batch) => this.#takeShares(batch),
    caughtUp: () => {
      this.#isBehind = false;
      this.tick();
    },
    trouble: (reason) => this.#noteTrouble("share log", reason),
  };

  /** What reads the common events. */
  readonly eventLog: LogReader = {
    assigned: ({ positions }) => (positions.size > 0 ? positions : new Map(this.#eventPositions)),
    batch: (batch) => this.#takeEvents(batch),
    caughtUp: () => undefined,
    trouble: (reason) => this.#noteTrouble("common events", reason),
  };

  /** Does what is due: ends the initial state, forgets silent workers, writes to the database. */
  tick(): void {
    const now = this.#now();
    if (this.#isInitializing && !this.#mayBegin(now)) return;
    if (this.#isInitializing) this.#begin(now);
    if (now < this.#lastExpiry) this.#lastExpiry = now;
    if (this.#isExpiryDue(now)) this.#expire(now);
    this.flusher.tick();
  }

  /** Takes over a snapshot; false where it is of another generation. Before the log is read. */
  restore(snapshot: Snapshot): boolean {
    if (!this.statistics.fromImage(snapshot.image)) return false;
    this.#restored = snapshot;
    this.#eventPositions = new Map(snapshot.events);
    return true;
  }

  /** Hands out a snapshot of the windows, which stand still until `work` is done. HTTP and the flush go on. */
  async whileHeld(work: (snapshot: Snapshot) => Promise<void>): Promise<void> {
    if (this.flusher.waitingNames === 0) this.#eventPositions = new Map([...this.#eventPositions, ...this.#eventsRead]);
    const events = this.#eventPositions;
    const shares = new Map(this.#positions);
    const done = work({ writtenAt: this.#now(), shares, events, image: this.statistics.toImage() });
    const held = done.catch(() => undefined).then(() => undefined);
    this.#held = held;
    await held;
    this.#held = null;
    await done;
  }

  #isExpiryDue(now: number): boolean {
    return this.#lastExpiry + EXPIRE_EVERY_SECONDS < now && !this.#isInitializing && !this.#held;
  }

  #expire(now: number): void {
    this.#lastExpiry = now;
    // While the database is away nobody has been told of the last shares of those that go.
    const lastWords =
      this.flusher.trouble === null ? undefined : (figures: Figures) => this.flusher.addLastWords(figures);
    const { workers, users } = this.statistics.expire(now, lastWords);
    this.#log.info(`removed expired workers: ${workers}, users: ${users}`);
  }

  /** A log without a single share may be one that is not there yet: then it waits one flush interval. */
  #mayBegin(now: number): boolean {
    if (this.#isBehind) return false;
    return (
      this.shares.seen > 0 ||
      this.statistics.workerCount > 0 ||
      this.#startedAt + this.config.flush.intervalSeconds < now
    );
  }

  #begin(now: number): void {
    this.#isInitializing = false;
    this.#log.info(
      { workers: this.statistics.workerCount },
      "the log has been read up to its end: figures are complete",
    );
    // The later generation counts the half hours of its sweeps from here, the older one from its start.
    if (this.config.compat === "g4") this.#lastExpiry = now;
  }

  /** Shares of a lost partition can't be told from the others: then all is built anew from what is left. */
  #assigned({ assigned, gained, lost, positions }: Assignment): Positions {
    this.#lag.clear();
    const restored = this.#restored?.shares ?? new Map<number, number>();
    this.#restored = null;
    const gone = [...lost, ...restored.keys()].filter((partition) => !assigned.includes(partition));
    if (gone.length > 0) {
      this.#log.warn({ lost: gone }, "partitions are another instance's: the windows are rebuilt");
      this.statistics.clear();
      for (const sums of this.#minutes) sums.clear();
    }
    if (gone.length > 0 || gained.length > 0) {
      this.#isInitializing = true;
      this.#isBehind = true;
    }
    const known = gone.length > 0 ? new Map<number, number>() : new Map([...restored, ...positions]);
    this.#positions = new Map(known);
    return known;
  }

  /** A part at a time, so that questions over HTTP don't wait for tens of thousands of shares. */
  async #takeShares(batch: LogBatch): Promise<void> {
    const { messages, partition } = batch;
    for (let from = 0; from < messages.length; ) {
      if (from > 0) await setImmediate();
      while (this.#held) await this.#held;
      const now = this.#now();
      // Whose share comes first is spared by a sweep; who is silent goes before the others' shares are counted.
      const part = messages.slice(from, from + (this.#isExpiryDue(now) ? 1 : SHARES_AT_ONCE));
      this.shares.take({ partition, messages: part }, now);
      this.#positions.set(partition, (part.at(-1)?.offset ?? 0) + 1);
      from += part.length;
      this.tick();
    }
    this.#positions.set(partition, batch.nextOffset);
    this.#lag.set(partition, batch.lag);
    this.tick();
  }

  #takeEvents({ messages, partition, nextOffset }: LogBatch): void {
    const { updateWorkerName, singleUserPuid } = this.config;
    this.eventsSeen += messages.length;
    if (!updateWorkerName) return;
    const names = messages.flatMap(({ value }) => {
      const result = readEvent(value ?? new Uint8Array(0), { singleUserPuid });
      if (result.is === "refused") this.#log.error(result.because);
      return result.is === "name" ? [result.name] : [];
    });
    if (names.length > 0) this.flusher.addNames(names);
    this.#eventsRead.set(partition, nextOffset);
  }

  #noteTrouble(what: string, reason: string | null): void {
    if (reason === null) this.#troubles.delete(what);
    else this.#troubles.set(what, reason);
  }

  #now(): number {
    return Math.floor(this.#clock.now() / 1_000);
  }
}
