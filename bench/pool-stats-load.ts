import type { Share } from "../roles/pool-stats/src/share/share.ts";

/** Shares of a pool of given size, the same ones for the same seed: 48-byte structs, 1 % rejects, one difficulty. */
export class Load {
  readonly workers: number;
  readonly #ids: Int32Array;
  readonly #random: () => number;

  constructor(workers: number, seed = 12_345) {
    this.workers = workers;
    this.#random = randomOf(seed);
    this.#ids = Int32Array.from({ length: workers * 2 }, () => (this.#random() * 2 ** 32) | 0);
  }

  /** Messages of random workers; `timeOf` gives the second of the i-th. */
  messages(count: number, timeOf: (i: number) => number): Buffer[] {
    return Array.from({ length: count }, (_, i) => {
      const worker = Math.floor(this.#random() * this.workers);
      return this.message(worker, timeOf(i), this.#random() < 0.01 ? 0 : 1);
    });
  }

  message(worker: number, time: number, result: number): Buffer {
    const bytes = Buffer.alloc(48);
    bytes.writeUInt32LE(77, 0);
    bytes.writeUInt32LE(time, 4);
    bytes.writeInt32LE(this.#ids[worker * 2] ?? 0, 8);
    bytes.writeInt32LE(this.#ids[worker * 2 + 1] ?? 0, 12);
    bytes.writeUInt32LE(0x0100000a, 16);
    bytes.writeInt32LE(this.userOf(worker), 20);
    bytes.writeUInt32LE(8_192, 24);
    bytes.writeUInt32LE(time, 32);
    bytes.writeUInt32LE(0x1715a35c, 36);
    bytes.writeInt32LE(result, 40);
    return bytes;
  }

  /** A share that needs no decoding, put into `share`. */
  fill(share: Share, worker: number, time: number): Share {
    share.userId = this.userOf(worker);
    share.workerLo = this.#ids[worker * 2] ?? 0;
    share.workerHi = this.#ids[worker * 2 + 1] ?? 0;
    share.time = time;
    share.difficultyLo = 8_192;
    share.status = 1_798_084_231;
    share.ip3 = 0x0a000001;
    share.hasIp = true;
    return share;
  }

  /** A hundred workers a user. */
  userOf = (worker: number): number => 1 + (worker % Math.max(1, this.workers / 100));

  idOf(worker: number): string {
    const wide = (BigInt(this.#ids[worker * 2] ?? 0) & 0xffffffffn) | (BigInt(this.#ids[worker * 2 + 1] ?? 0) << 32n);
    return String(BigInt.asIntN(64, wide));
  }
}

function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

export const seconds = (milliseconds: number): string => `${(milliseconds / 1_000).toFixed(2)} s`;
export const thousands = (perSecond: number): string => `${Math.round(perSecond / 1_000).toLocaleString("en-US")} k/s`;
