import type { Batch, Spool } from "./spool.ts";

/** Above this share of the quota the oldest batches are at risk. */
const NEARLY_FULL = 0.8;

/**
 * What waits to go up. A sweep that the spool has no room for is held in memory until the next one: with the network
 * up, a full disk loses nothing. What can't be sent by then is lost, counted, and said loudly.
 */
export class Outbox {
  readonly #spool: Spool;
  #held: Batch[] = [];
  #noRoom = false;
  #bell = Promise.withResolvers<void>();

  constructor(spool: Spool) {
    this.#spool = spool;
  }

  /** Takes one sweep's batches; true when they are on disk. */
  store(batches: readonly Batch[]): boolean {
    const stored = this.#spool.store(batches);
    this.#giveUpHeld("the disk of the spool is full and the server took nothing in time");
    if (!stored) this.#held = [...batches];
    this.#noRoom = !stored;
    this.#bell.resolve();
    this.#bell = Promise.withResolvers();
    return stored;
  }

  /** Resolves when the next sweep comes in. */
  arrival(): Promise<void> {
    return this.#bell.promise;
  }

  next(): Batch | null {
    return this.#held[0] ?? this.#spool.next();
  }

  acknowledge(batchId: string): void {
    if (!this.#letGo(batchId)) this.#spool.acknowledge(batchId);
  }

  bury(batch: Batch, status: number, reason: string): void {
    if (!this.#letGo(batch.batchId)) this.#spool.bury(batch.batchId, status, reason);
    else this.#spool.countLoss(batch.readings, `the server refused a batch that the full disk can't keep: ${reason}`);
  }

  countRefusal(batchId: string): boolean {
    return this.#held[0]?.batchId === batchId ? false : this.#spool.countRefusal(batchId);
  }

  /** Batches of this site waiting, those in memory included. */
  get backlog(): number {
    return this.#held.length + this.#spool.pending;
  }

  /** Why the spool isn't doing its job, for /health. */
  trouble(): string | null {
    if (this.#noRoom)
      return "the disk of the spool has no room: the newest sweep is held in memory only; free at least 64 MiB";
    const full = this.#spool.fullness;
    if (full <= NEARLY_FULL) return null;
    return `the spool is at ${Math.floor(full * 100)} % of its quota: at 100 % the oldest batches are dropped; let uploads through or raise "spool.max_gib"`;
  }

  close(): void {
    this.#giveUpHeld("the edge stopped while the disk of its spool was full");
  }

  #letGo(batchId: string): boolean {
    const before = this.#held.length;
    this.#held = this.#held.filter((batch) => batch.batchId !== batchId);
    return this.#held.length < before;
  }

  #giveUpHeld(why: string): void {
    const readings = this.#held.reduce((sum, batch) => sum + batch.readings, 0);
    this.#held = [];
    if (readings > 0) this.#spool.countLoss(readings, why);
  }
}
