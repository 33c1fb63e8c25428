import type { Clock } from "@banksman/kit";
import type { OfflineReason, Reading } from "@banksman/wire/model";
import { BatchWriter } from "./batch-writer.ts";
import type { Identities } from "./identities.ts";
import type { MinerSpec } from "./miner-list.ts";
import { limitsOf, type Reader, type ReadLimits, type ReadOutcome } from "./reader.ts";
import type { Batch } from "./spool.ts";
import { createWorkers, Pace, type Workers } from "./workers.ts";

export type SweepOptions<M> = {
  reader: Reader<M>;
  clock: Clock;
  siteId: string;
  maxWorkers: number | "auto";
  timeoutMs: number;
  uploadBatch: number;
  raw: boolean;
  /** Who a reading is of, where that isn't the place it was read at. */
  identities?: Identities;
};

export type SweepResult = {
  /** ms since the epoch. */
  startedAt: number;
  tookMs: number;
  miners: number;
  online: number;
  reasons: Partial<Record<OfflineReason, number>>;
  retried: number;
  workers: number;
  /** Gzip bodies, ready for the spool. */
  batches: Batch[];
};

export type SweepWatch = {
  signal: AbortSignal;
  /** Called once for each miner with what will be uploaded. */
  onReading?: (reading: Reading, outcome: ReadOutcome) => unknown;
};

/** `usualMs`: how long a read keeps its socket when nothing of ours delays it; 0 = not known yet. */
type Known<M> = { memory: M; usualMs: number };
type Task<M> = { miner: MinerSpec; known: Known<M> };

type How = { limits: readonly ReadLimits[]; workers: Workers; stop: AbortSignal };
type Done<M> = (task: Task<M>, outcome: ReadOutcome) => void;

/** A reading says its own time once it is this much younger than its sweep's start. */
const SAME_MOMENT_MS = 1_000;

/**
 * Reads all miners of a site, again and again. Between sweeps it keeps what the reader learned of each miner and how
 * long each took, so that the slow ones start first and don't drag the end of the next sweep.
 */
export class Sweeper<M> {
  readonly #options: SweepOptions<M>;
  readonly #known = new Map<string, Known<M>>();
  #workers: { count: number; of: Workers } | null = null;

  /** Where each miner was read last: with `identity: mac` that isn't its place in the configuration. */
  readonly #places = new Map<string, MinerSpec>();

  constructor(options: SweepOptions<M>) {
    this.#options = options;
  }

  get places(): ReadonlyMap<string, MinerSpec> {
    return this.#places;
  }

  /**
   * One pass over `miners`. Who failed gets one late retry at the end, alone with whoever else failed. Aborting
   * `signal` ends it early with what was read so far.
   */
  async run(miners: readonly MinerSpec[], watch: SweepWatch): Promise<SweepResult> {
    const { clock, siteId, uploadBatch, timeoutMs, raw, identities } = this.#options;
    identities?.begin();
    const startedAt = clock.now();
    const started = clock.monotonic();
    const writer = new BatchWriter({ siteId, collectedAt: startedAt, maxReadings: uploadBatch });
    const result: SweepResult = {
      startedAt,
      tookMs: 0,
      miners: miners.length,
      online: 0,
      reasons: {},
      retried: 0,
      workers: 0,
      batches: [],
    };
    using stops = new Stops(watch.signal);
    const limits = stops.signals.map((signal) => limitsOf(timeoutMs, raw, signal));
    const keep = (task: Task<M>, outcome: ReadOutcome) => {
      const id = identities ? identities.idFor(task.miner, outcome.reading) : task.miner.id;
      // A place whose machine was read elsewhere in this sweep is empty, which is nobody's fault.
      if (id === null) {
        result.miners--;
        return;
      }
      this.#places.set(id, task.miner);
      const reading = this.#complete({ ...task.miner, id }, outcome, startedAt);
      count(result, reading);
      watch.onReading?.(reading, outcome);
      writer.add(JSON.stringify(reading));
    };

    const workers = this.#workersFor(miners.length);
    const failed: Task<M>[] = [];
    workers.begin();
    await this.#readAll(this.#plan(miners), { limits, workers, stop: watch.signal }, (task, outcome) => {
      if (outcome.reading.online) keep(task, outcome);
      else failed.push(task);
    });
    workers.end(miners.length, clock.monotonic() - started);
    result.retried = failed.length;
    await this.#readAll(failed, { limits, workers, stop: watch.signal }, keep);

    identities?.end();
    result.workers = workers.limit;
    // Who was not read before the stop is neither online nor offline.
    if (watch.signal.aborted) result.miners = result.online + offlineCount(result);
    result.batches = await writer.finish();
    result.tookMs = clock.monotonic() - started;
    return result;
  }

  /** The slowest of last time first. */
  #plan(miners: readonly MinerSpec[]): Task<M>[] {
    const tasks = miners.map((miner) => ({ miner, known: this.#knownOf(miner) }));
    return tasks.sort((a, b) => b.known.usualMs - a.known.usualMs);
  }

  #knownOf(miner: MinerSpec): Known<M> {
    const key = `${miner.host}:${miner.port}`;
    let known = this.#known.get(key);
    if (!known) {
      known = { memory: this.#options.reader.newMemory(), usualMs: 0 };
      this.#known.set(key, known);
    }
    return known;
  }

  #workersFor(miners: number): Workers {
    if (this.#workers?.count !== miners)
      this.#workers = { count: miners, of: createWorkers(this.#options.maxWorkers, miners) };
    return this.#workers.of;
  }

  /** Reads all tasks, never more at once than the workers allow; resolves when the last one is through. */
  #readAll(tasks: readonly Task<M>[], how: How, done: Done<M>): Promise<void> {
    const { workers, stop } = how;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const pace = new Pace(workers);
    let next = 0;
    let reading = 0;
    let timer: NodeJS.Timeout | undefined;
    const pump = () => {
      timer = undefined;
      while (reading < workers.limit && !stop.aborted) {
        const task = tasks[next];
        if (!task) break;
        if (!pace.mayStart()) {
          timer = setTimeout(pump, 1);
          break;
        }
        reading++;
        this.#readOne(task, next++, how, done).then(ended, reject);
      }
      if (reading === 0 && timer === undefined) resolve();
    };
    const ended = () => {
      reading--;
      if (timer === undefined) pump();
    };
    pump();
    return promise;
  }

  async #readOne(task: Task<M>, turn: number, { limits, workers, stop }: How, done: Done<M>): Promise<void> {
    const { reader, clock, timeoutMs, raw } = this.#options;
    const { host, port, type, options, credentials } = task.miner;
    const target = { host, port, type, ...(options && { options }), ...(credentials && { credentials }) };
    const began = clock.monotonic();
    const own = limits[turn % limits.length] ?? limitsOf(timeoutMs, raw, stop);
    const outcome = await reader.read(target, task.known.memory, own);
    task.known.usualMs = usual(task.known.usualMs, clock.monotonic() - began, outcome.reading.online);
    workers.took(task.known.usualMs);
    // What comes in after the stop was cut short by it and says nothing of the miner.
    if (!stop.aborted) done(task, outcome);
  }

  #complete(miner: MinerSpec, { reading, raw }: ReadOutcome, startedAt: number): Reading {
    const now = this.#options.clock.now();
    return {
      miner_id: miner.id,
      ...reading,
      ...(miner.rack !== undefined && { rack: miner.rack }),
      ...(miner.position !== undefined && { position: miner.position }),
      ...(this.#options.raw && raw && { raw }),
      ...(now - startedAt >= SAME_MOMENT_MS && { collected_at: new Date(now).toISOString() }),
    };
  }
}

/**
 * The quickest of late, easing up by a quarter a read. With many sockets a read also waits for this process; counted
 * as the miner's own time, that would make `auto` open more sockets, and those wait longer still. Who doesn't answer
 * costs what its timeout costs.
 */
function usual(before: number, tookMs: number, online: boolean): number {
  return !online || before === 0 ? tookMs : Math.min(tookMs, before * 1.25);
}

/**
 * One stop handed on as many: a signal walks all its listeners whenever one is added, which a thousand reads on one
 * signal would feel.
 */
class Stops implements Disposable {
  readonly #controllers = Array.from({ length: 64 }, () => new AbortController());
  readonly #from: AbortSignal;
  readonly #handOn = () => {
    for (const controller of this.#controllers) controller.abort(this.#from.reason);
  };

  constructor(from: AbortSignal) {
    this.#from = from;
    if (from.aborted) this.#handOn();
    from.addEventListener("abort", this.#handOn, { once: true });
  }

  get signals(): AbortSignal[] {
    return this.#controllers.map(({ signal }) => signal);
  }

  [Symbol.dispose](): void {
    this.#from.removeEventListener("abort", this.#handOn);
  }
}

const offlineCount = ({ reasons }: SweepResult) => Object.values(reasons).reduce((sum, count) => sum + count, 0);

function count(result: SweepResult, reading: Reading): void {
  if (reading.online) {
    result.online++;
    return;
  }
  const reason = reading.offline_reason ?? "bad_answer";
  result.reasons[reason] = (result.reasons[reason] ?? 0) + 1;
}
