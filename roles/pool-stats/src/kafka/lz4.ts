import { repeat } from "./snappy.ts";

const MAGIC = 0x184d2204;
const damaged = (what: string) => new RangeError(`not LZ4: ${what}`);

/** Unpacks one LZ4 frame as Kafka producers write it. Checksums are left to Kafka's own. Throws RangeError when damaged. */
export function unpackLz4(packed: Buffer): Buffer {
  if (packed.length < 7 || packed.readUInt32LE(0) !== MAGIC) throw damaged("no frame");
  const flags = packed[4] ?? 0;
  const sizeBytes = flags & 0x08 ? 8 : 0;
  const hasBlockChecksum = (flags & 0x10) !== 0;
  const window = new Window();
  let at = 4 + 2 + sizeBytes + (flags & 0x01 ? 4 : 0) + 1;
  for (;;) {
    if (at + 4 > packed.length) throw damaged("it ends early");
    const header = packed.readUInt32LE(at);
    at += 4;
    if (header === 0) return window.bytes();
    const size = header & 0x7fffffff;
    if (at + size > packed.length) throw damaged("a block ends early");
    const block = packed.subarray(at, at + size);
    if (header >>> 31) window.append(block);
    else unpackBlock(block, window);
    at += size + (hasBlockChecksum ? 4 : 0);
  }
}

/** What has been unpacked so far: blocks may refer to what came before them. */
class Window {
  #buffer = Buffer.allocUnsafe(64 * 1024);
  #length = 0;

  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  append(bytes: Buffer): void {
    this.#makeRoom(bytes.length);
    bytes.copy(this.#buffer, this.#length);
    this.#length += bytes.length;
  }

  repeat(distance: number, length: number): void {
    if (distance === 0 || distance > this.#length) throw damaged("a copy points outside");
    this.#makeRoom(length);
    repeat(this.#buffer, this.#length, distance, length);
    this.#length += length;
  }

  #makeRoom(more: number): void {
    if (this.#length + more <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + more));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}

function unpackBlock(block: Buffer, window: Window): void {
  let at = 0;
  /** A nibble of 15 goes on in bytes until one below 255. */
  const longer = (nibble: number): number => {
    let length = nibble;
    if (nibble < 15) return length;
    for (;;) {
      const byte = block[at++];
      if (byte === undefined) throw damaged("a length ends early");
      length += byte;
      if (byte < 255) return length;
    }
  };
  while (at < block.length) {
    const token = block[at++] ?? 0;
    const literals = longer(token >>> 4);
    if (at + literals > block.length) throw damaged("a literal ends outside");
    window.append(block.subarray(at, at + literals));
    at += literals;
    if (at === block.length) return; // The last sequence has no copy.
    if (at + 2 > block.length) throw damaged("a copy ends early");
    const distance = block.readUInt16LE(at);
    at += 2;
    window.repeat(distance, longer(token & 15) + 4);
  }
}
