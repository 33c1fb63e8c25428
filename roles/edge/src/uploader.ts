import { type Backoff, backoffMs, type Clock, type Log } from "@banksman/kit";
import type { Outbox } from "./outbox.ts";
import type { Outcome } from "./outcome.ts";
import type { Send } from "./send.ts";
import type { Batch, Spool } from "./spool.ts";

export type UploaderOptions = {
  outbox: Outbox;
  spool: Pick<Spool, "note">;
  send: Send;
  clock: Clock;
  log: Log;
  /** Told of each attempt's end, for metrics. */
  onOutcome?: (outcome: Outcome, batch: Batch) => void;
};

const BACKOFF: Backoff = { firstMs: 1_000, maxMs: 60_000 };
/** A key that was allowed again, or a server that found its address, needs no restart of every edge. */
const BLOCKED_RETRY_MS = 300_000;
const REJECTED_SHOWN = 5;
/** A shorter outage is what the spool is for. */
const LONG_OUTAGE_MS = 3_600_000;

/**
 * idle → sending → (waiting →) idle, for as long as the edge runs; `blocked` while the server won't have this edge at
 * all, where a single batch is tried every five minutes and collecting goes on.
 */
export class Uploader {
  readonly #options: UploaderOptions;
  #blocked: string | null = null;
  #failures = 0;
  #failing: { since: number; reason: string } | null = null;

  constructor(options: UploaderOptions) {
    this.#options = options;
  }

  /** Why a person has to act, for /health: the server won't have this edge, or nothing has gone up for an hour. */
  trouble(): string | null {
    if (this.#blocked !== null) return this.#blocked;
    const failing = this.#failing;
    return failing && this.#options.clock.now() - failing.since > LONG_OUTAGE_MS ? this.#outage(failing) : null;
  }

  /** What /ready adds: an outage from its first failure on, until `trouble` tells of it. */
  outage(): string | null {
    return this.#failing && this.trouble() === null ? this.#outage(this.#failing) : null;
  }

  /** Uploads until `signal` aborts; an upload in flight then gets `sendSignal`'s time to finish. */
  async run(signal: AbortSignal, sendSignal: AbortSignal = signal): Promise<void> {
    const { outbox, clock } = this.#options;
    const stopped = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    while (!signal.aborted) {
      const arrival = outbox.arrival();
      const batch = outbox.next();
      if (!batch) {
        await Promise.race([arrival, stopped]);
        continue;
      }
      const waitMs = await this.uploadOne(batch, sendSignal);
      if (waitMs > 0 && !signal.aborted) await clock.sleep(waitMs, signal).catch(() => {});
    }
  }

  /** Uploads everything that waits, once, until the first failure: for `--once`. True when nothing is left. */
  async drain(signal: AbortSignal): Promise<boolean> {
    for (let batch = this.#options.outbox.next(); batch; batch = this.#options.outbox.next()) {
      if (signal.aborted || (await this.uploadOne(batch, signal)) > 0) return false;
    }
    return true;
  }

  /** One attempt; returns how long to wait before the next one, in ms. */
  async uploadOne(batch: Batch, signal: AbortSignal): Promise<number> {
    const outcome = await this.#options.send(batch, Math.max(0, this.#options.outbox.backlog - 1), signal);
    if (signal.aborted && outcome.is === "later") return 0;
    this.#options.onOutcome?.(outcome, batch);
    switch (outcome.is) {
      case "accepted":
        return this.#accepted(batch, outcome);
      case "refused":
        return this.#refused(batch, outcome.status, outcome.reason);
      case "blocked":
        return this.#stop(outcome.reason);
      case "later":
        return this.#later(batch, outcome);
    }
  }

  #accepted(batch: Batch, outcome: Extract<Outcome, { is: "accepted" }>): number {
    const { outbox, spool, clock, log } = this.#options;
    outbox.acknowledge(batch.batchId);
    if (this.#failures > 0 || this.#blocked !== null) log.info({ backlog: outbox.backlog }, "uploads work again");
    this.#failures = 0;
    this.#blocked = null;
    this.#failing = null;
    spool.note({ last_upload_at: new Date(clock.now()).toISOString(), last_error: null });
    const { rejected } = outcome;
    if (rejected.length > 0) {
      log.warn(
        { batch_id: batch.batchId, rejected: rejected.slice(0, REJECTED_SHOWN) },
        `the server rejected ${rejected.length} of ${batch.readings} readings`,
      );
    }
    return 0;
  }

  #refused(batch: Batch, status: number, reason: string): number {
    const { outbox, log } = this.#options;
    this.#note(reason);
    log.error(
      { batch_id: batch.batchId, readings: batch.readings, status },
      `batch refused and kept aside as a dead letter: ${reason}`,
    );
    outbox.bury(batch, status, reason);
    return 0;
  }

  #stop(reason: string): number {
    if (this.#blocked !== reason) this.#options.log.error(`uploads stopped, collecting goes on: ${reason}`);
    this.#blocked = reason;
    this.#fail(reason);
    return BLOCKED_RETRY_MS;
  }

  #later(batch: Batch, outcome: Extract<Outcome, { is: "later" }>): number {
    const { outbox, log } = this.#options;
    this.#failures++;
    this.#fail(outcome.reason);
    if (outcome.suspect && outbox.countRefusal(batch.batchId)) return this.#refused(batch, 500, outcome.reason);
    const waitMs = Math.max(outcome.retryAfterMs ?? 0, backoffMs(BACKOFF, this.#failures));
    const say = this.#failures === 1 ? "warn" : "debug";
    log[say](
      { batch_id: batch.batchId, backlog: outbox.backlog, wait_ms: Math.round(waitMs) },
      `upload failed, will try again: ${outcome.reason}`,
    );
    return waitMs;
  }

  #fail(reason: string): void {
    this.#failing = { since: this.#failing?.since ?? this.#options.clock.now(), reason };
    this.#note(reason);
  }

  #outage({ since, reason }: { since: number; reason: string }): string {
    const { backlog } = this.#options.outbox;
    const waiting = backlog === 1 ? "1 batch waits" : `${backlog} batches wait`;
    return `uploads failing since ${new Date(since).toISOString()}: ${reason}; ${waiting} in the spool`;
  }

  #note(reason: string): void {
    this.#options.spool.note({ last_error: `${new Date(this.#options.clock.now()).toISOString()} ${reason}` });
  }
}
