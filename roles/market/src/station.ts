import { join, relative } from "node:path";
import { setInterval as every } from "node:timers/promises";
import { type Clock, type Log, messageOf, systemClock } from "@banksman/kit";
import type { Budget } from "./budget.ts";
import { Collector } from "./collector.ts";
import type { CollectorConfig } from "./config.ts";
import { fanOut } from "./fan-out.ts";
import { bump } from "./figures.ts";
import { type LiveOutlet, liveSink } from "./live/live-sink.ts";
import { dropOld, filesBelow, freeBytes } from "./recorder/disk.ts";
import { HOUR_MS, MANIFEST } from "./recorder/layout.ts";
import { appendLine } from "./recorder/part-writer.ts";
import { Recorder } from "./recorder/recorder.ts";
import { recover } from "./recorder/recover.ts";
import type { Sink } from "./sink.ts";
import { FLAGS } from "./symbol-book.ts";
import { Uploader, type UploadKeys } from "./upload.ts";
import type { WriterState } from "./views.ts";

export type StationParts = { budget: Budget; log: Log; uploadKeys?: UploadKeys | null; clock?: Clock };

function uploaderOf({ upload, output_dir }: CollectorConfig, keys: UploadKeys | null, log: Log): Uploader | null {
  if (!upload || !keys) return null;
  const { endpoint, bucket, prefix, region, delete_after: deleteAfter } = upload;
  return new Uploader({ endpoint, bucket, prefix, region, deleteAfter, keys }, output_dir, log, systemClock);
}

const DISK_EVERY_MS = 5_000;
const RETENTION_EVERY_MS = 600_000;

/** A collector with its recorder, and the chores between them: checkpoints, disk, retention, coverage. */
export class Station {
  readonly collector: Collector;
  readonly recorder: Recorder;
  /** Where the live feed goes; may grow after the start. */
  readonly outlets: LiveOutlet[] = [];
  readonly #uploader: Uploader | null;
  readonly #config: CollectorConfig;
  readonly #log: Log;
  readonly #abort = new AbortController();
  readonly #lastCheckpoint = new Map<string, number>();
  #hour: number;
  #hourStartedMs: number;
  readonly #liveAtHour = new Map<string, number>();

  constructor(config: CollectorConfig, { budget, log, uploadKeys = null, clock = systemClock }: StationParts) {
    this.#config = config;
    this.#log = log.child({ exchange: config.product.connector });
    // The recorder counts into the collector's figures, and the collector writes into the recorder.
    const now = () => this.collector.wall.now();
    const sinks: Sink[] = [liveSink(config.product.connector, this.outlets, now)];
    this.collector = new Collector(config, { budget, sink: fanOut(sinks), log, clock });
    this.recorder = new Recorder({
      config,
      figures: this.collector.figures,
      log: this.#log,
      now,
      onRecovered: () => this.#checkpointAll(FLAGS.gapBefore),
      onPart: (path) => this.#uploader?.add(path),
    });
    sinks.unshift(this.recorder);
    this.#uploader = uploaderOf(config, uploadKeys, this.#log);
    this.#hourStartedMs = now();
    this.#hour = Math.floor(this.#hourStartedMs / HOUR_MS);
  }

  async start(): Promise<void> {
    this.recorder.start();
    await this.collector.start();
    const markets = this.collector.books.map((book) => book.market);
    void this.#recover(markets).then(() => this.#uploader?.resume());
    void this.#repeat(1_000, () => this.#onSecond());
    void this.#repeat(DISK_EVERY_MS, () => this.#watchDisk());
    void this.#repeat(RETENTION_EVERY_MS, () => this.#dropOld());
    this.collector.figures.diskUsageBytes = (await filesBelow(this.#config.output_dir)).reduce(
      (sum, file) => sum + file.bytes,
      0,
    );
  }

  /** Stops reading, writes what is held, syncs. */
  async stop(): Promise<void> {
    this.#abort.abort();
    this.collector.stop();
    this.#noteCoverage();
    await this.recorder.stop();
    this.#uploader?.stop();
  }

  get writer(): WriterState {
    return this.recorder.state;
  }

  async #recover(markets: Parameters<typeof recover>[0]["markets"]): Promise<void> {
    try {
      const { corruptedFiles } = this.collector.figures;
      const ends = await recover({
        config: this.#config,
        runId: this.recorder.runId,
        markets,
        log: this.#log,
        onDamaged: (pair) => bump(corruptedFiles, pair ?? "unknown"),
      });
      for (const book of this.collector.books) {
        const end = ends.get(book.market.pair);
        if (end) book.resumeAfter(end.lastMs, end.lastId);
      }
    } catch (error) {
      this.#log.error({ err: error }, `what a former run left could not be set right: ${messageOf(error)}`);
    }
  }

  #onSecond(): void {
    const nowMs = this.collector.wall.now();
    const hour = Math.floor(nowMs / HOUR_MS);
    if (hour !== this.#hour) {
      this.#noteCoverage();
      this.#hour = hour;
      this.#hourStartedMs = nowMs;
      // Every hour's files can be read without those before.
      this.#checkpointAll(0);
      return;
    }
    for (const book of this.collector.books) {
      const last = this.#lastCheckpoint.get(book.market.symbol) ?? nowMs;
      this.#lastCheckpoint.set(book.market.symbol, last);
      if (nowMs - last >= this.#config.snapshot_interval * 1_000) this.#checkpoint(book, false, 0);
    }
    // Slowing the exchange down helps a slow disk; a full one would only cost the connections too.
    const { status, queueBytes } = this.recorder.state;
    const isBehind = status === "ok" && queueBytes > this.#config.disk.queue_mb * 2 ** 19;
    if (isBehind !== this.#isSlowed) this.collector.pause(isBehind);
    this.#isSlowed = isBehind;
  }
  #isSlowed = false;

  #checkpointAll(flags: number): void {
    for (const book of this.collector.books) this.#checkpoint(book, true, flags);
  }

  #checkpoint(book: Collector["books"][number], isWhole: boolean, flags: number): void {
    const nowMs = this.collector.wall.now();
    const snapshot = this.collector.checkpoint(book, Number.POSITIVE_INFINITY);
    if (!snapshot) return;
    this.#lastCheckpoint.set(book.market.symbol, nowMs);
    this.recorder.checkpoint(book.market.pair, snapshot, nowMs, isWhole, flags);
  }

  #noteCoverage(): void {
    const toMs = this.collector.wall.now();
    for (const { market, figures } of this.collector.books) {
      const liveMs = figures.liveMs - (this.#liveAtHour.get(market.pair) ?? 0);
      this.#liveAtHour.set(market.pair, figures.liveMs);
      this.recorder.ledger.coverage(market.pair, { fromMs: this.#hourStartedMs, toMs, liveMs });
    }
  }

  async #watchDisk(): Promise<void> {
    const { min_free_gb: gigabytes } = this.#config.disk;
    const free = await freeBytes(this.#config.output_dir);
    const isLow = free < gigabytes * 2 ** 30;
    if (isLow) await this.#dropOld();
    this.recorder.pause(isLow ? `only ${(free / 2 ** 30).toFixed(1)} GB free, min_free_gb is ${gigabytes}` : null);
  }

  async #dropOld(): Promise<void> {
    const { output_dir: folder, retention } = this.#config;
    if (retention.days === undefined && retention.max_gb === undefined) return;
    const maxBytes = retention.max_gb === undefined ? undefined : retention.max_gb * 2 ** 30;
    const dropped = await dropOld(folder, { days: retention.days, maxBytes }, Date.now());
    for (const path of dropped)
      appendLine(join(folder, MANIFEST), { kind: "dropped", path: relative(folder, path), at_ms: Date.now() });
    if (dropped.length > 0) this.#log.info({ files: dropped.length }, "old files dropped as retention says");
  }

  /** Chores that fail are told and tried again; they never end the collector. */
  async #repeat(ms: number, chore: () => void | Promise<void>): Promise<void> {
    try {
      for await (const _ of every(ms, undefined, { signal: this.#abort.signal })) {
        try {
          await chore();
        } catch (error) {
          this.#log.error({ err: error }, messageOf(error));
        }
      }
    } catch (error) {
      if (!this.#abort.signal.aborted) throw error;
    }
  }
}
