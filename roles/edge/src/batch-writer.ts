import { randomUUIDv7 } from "node:crypto";
import { constants, createGzip, type Gzip } from "node:zlib";
import type { Batch } from "./spool.ts";

/** Half of what a server inflates at most: readings with all their chips can be large. */
const MAX_TEXT_BYTES = 32 * 1024 * 1024;
const WRITE_CHARS = 256 * 1024;

export type BatchOptions = { siteId: string; collectedAt: number; maxReadings: number };

/**
 * Packs readings into upload bodies (gzip JSON arrays) while the sweep still runs: a reading is text for a moment and
 * compressed from then on, which keeps a sweep of 50,000 miners small.
 */
export class BatchWriter {
  readonly #options: BatchOptions;
  readonly #done: Promise<Batch>[] = [];
  #open: Pack | null = null;

  constructor(options: BatchOptions) {
    this.#options = options;
  }

  add(json: string): void {
    this.#open ??= new Pack();
    this.#open.add(json);
    if (this.#open.readings >= this.#options.maxReadings || this.#open.chars >= MAX_TEXT_BYTES) this.#closePack();
  }

  /** All batches, once compressed. */
  finish(): Promise<Batch[]> {
    this.#closePack();
    return Promise.all(this.#done);
  }

  #closePack(): void {
    const pack = this.#open;
    if (!pack) return;
    this.#open = null;
    const { siteId, collectedAt } = this.#options;
    const readings = pack.readings;
    this.#done.push(pack.end().then((body) => ({ batchId: randomUUIDv7(), siteId, collectedAt, readings, body })));
  }
}

class Pack {
  readings = 0;
  chars = 0;
  readonly #gzip: Gzip = createGzip({ level: constants.Z_BEST_SPEED });
  readonly #compressed: Buffer[] = [];
  readonly #body: Promise<Buffer>;
  #waiting: string[] = [];
  #waitingChars = 0;

  constructor() {
    this.#gzip.on("data", (chunk: Buffer) => this.#compressed.push(chunk));
    this.#body = new Promise((resolve, reject) => {
      this.#gzip.once("end", () => resolve(Buffer.concat(this.#compressed)));
      this.#gzip.once("error", reject);
    });
  }

  add(json: string): void {
    this.#waiting.push(this.readings === 0 ? "[" : ",", json);
    this.readings++;
    this.chars += json.length + 1;
    this.#waitingChars += json.length + 1;
    if (this.#waitingChars >= WRITE_CHARS) this.#flush();
  }

  end(): Promise<Buffer> {
    this.#waiting.push("]");
    this.#flush();
    this.#gzip.end();
    return this.#body;
  }

  #flush(): void {
    this.#gzip.write(this.#waiting.join(""));
    this.#waiting = [];
    this.#waitingChars = 0;
  }
}
