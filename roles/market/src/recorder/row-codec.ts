import type { Level } from "../exchange.ts";

/** What all rows of one frame have in common. Times in ms; NaN where the exchange said none. */
export type FrameHead = {
  receivedMs: number;
  engineMs: number;
  pushMs: number;
  firstId: number;
  lastId: number;
  sequence: number;
  flags: number;
};

const NUMBERS = 6;
const HEAD_BYTES = NUMBERS * 8 + 4 + 4 + 4;

/**
 * Frames of one symbol packed into bytes, which go to the writer's thread without being copied: the thread that reads
 * sockets spends no time on rows. A level is two texts with their lengths before them.
 */
export class RowPacker {
  #bytes = Buffer.allocUnsafe(16 * 1024);
  #at = 0;
  rows = 0;

  get size(): number {
    return this.#at;
  }

  add(head: FrameHead, bids: readonly Level[], asks: readonly Level[]): void {
    this.#reserve(HEAD_BYTES);
    const view = this.#bytes;
    let at = this.#at;
    for (const value of [head.receivedMs, head.engineMs, head.pushMs, head.firstId, head.lastId, head.sequence])
      at = view.writeDoubleLE(value, at);
    at = view.writeUInt32LE(head.flags, at);
    at = view.writeUInt32LE(bids.length, at);
    this.#at = view.writeUInt32LE(asks.length, at);
    for (let one = 0; one < bids.length; one++) this.#level(bids[one]);
    for (let one = 0; one < asks.length; one++) this.#level(asks[one]);
    this.rows += bids.length + asks.length;
  }

  /** The bytes so far, to be given away; the packer starts anew. */
  take(): Uint8Array<ArrayBuffer> {
    const taken = new Uint8Array(this.#at);
    taken.set(this.#bytes.subarray(0, this.#at));
    this.#at = 0;
    this.rows = 0;
    return taken;
  }

  #level(level: Level | undefined): void {
    if (!level) return;
    const price = level[0];
    const size = level[1];
    this.#reserve(price.length + size.length + 4);
    this.#text(price);
    this.#text(size);
  }

  /** Digits, points and exponents only: one byte a character. */
  #text(text: string): void {
    const bytes = this.#bytes;
    let at = this.#at;
    bytes[at++] = text.length & 0xff;
    bytes[at++] = text.length >> 8;
    for (let one = 0; one < text.length; one++) bytes[at++] = text.charCodeAt(one);
    this.#at = at;
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#at + bytes));
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
  }
}

/** Unpacks what a RowPacker packed, level by level. */
export function unpackRows(
  packed: Uint8Array,
  onLevel: (head: FrameHead, side: "bid" | "ask", price: string, size: string) => void,
): void {
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  let at = 0;
  const text = () => {
    const length = bytes.readUInt16LE(at);
    const found = bytes.toString("latin1", at + 2, at + 2 + length);
    at += 2 + length;
    return found;
  };
  while (at < bytes.length) {
    const number = (place: number) => bytes.readDoubleLE(at + place * 8);
    const head: FrameHead = {
      receivedMs: number(0),
      engineMs: number(1),
      pushMs: number(2),
      firstId: number(3),
      lastId: number(4),
      sequence: number(5),
      flags: bytes.readUInt32LE(at + NUMBERS * 8),
    };
    const bids = bytes.readUInt32LE(at + NUMBERS * 8 + 4);
    const asks = bytes.readUInt32LE(at + NUMBERS * 8 + 8);
    at += HEAD_BYTES;
    for (let one = 0; one < bids + asks; one++) onLevel(head, one < bids ? "bid" : "ask", text(), text());
  }
}
