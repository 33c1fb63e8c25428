import { crc32, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { MarketErrors } from "../errors.ts";
import type { RawKind } from "../sink.ts";

/**
 * A journal file is a row of zstd frames, so `zstd -dc` opens it. Before each stands a skippable frame with its length
 * and checksum, by which the end of what was written whole is found after a crash. A frame holds records: length (4
 * bytes), kind (1), connection (2), time of receipt in ms (8, double), data; all little-endian.
 */
const SKIPPABLE = 0x184d2a50;
const MARK_BYTES = 16;
export const RECORD_HEAD = 15;

export type JournalRecord = { kind: RawKind; connection: number; receivedMs: number; data: Buffer };

/** Records gathered into one block of bytes. */
export class RecordPacker {
  #bytes = Buffer.allocUnsafe(64 * 1024);
  #at = 0;

  get size(): number {
    return this.#at;
  }

  add(kind: RawKind, connection: number, receivedMs: number, data: Uint8Array): void {
    const needed = RECORD_HEAD + data.length;
    if (this.#at + needed > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#at + needed));
      this.#bytes.copy(larger, 0, 0, this.#at);
      this.#bytes = larger;
    }
    let at = this.#bytes.writeUInt32LE(data.length, this.#at);
    at = this.#bytes.writeUInt8(kind, at);
    at = this.#bytes.writeUInt16LE(connection & 0xffff, at);
    at = this.#bytes.writeDoubleLE(receivedMs, at);
    this.#bytes.set(data, at);
    this.#at += needed;
  }

  take(): Uint8Array<ArrayBuffer> {
    const taken = new Uint8Array(this.#at);
    taken.set(this.#bytes.subarray(0, this.#at));
    this.#at = 0;
    return taken;
  }
}

/** One block of records as it stands in the file. */
export function encodeBlock(records: Uint8Array): Buffer {
  const frame = zstdCompressSync(records);
  const mark = Buffer.alloc(MARK_BYTES);
  mark.writeUInt32LE(SKIPPABLE, 0);
  mark.writeUInt32LE(MARK_BYTES - 8, 4);
  mark.writeUInt32LE(frame.length, 8);
  mark.writeUInt32LE(crc32(frame), 12);
  return Buffer.concat([mark, frame]);
}

/** Where the last whole block of the file ends: the rest was being written when the process died. */
export function wholeLength(file: Buffer): number {
  let at = 0;
  for (const end of blockEnds(file)) at = end;
  return at;
}

/**
 * How a file ends: `torn` where the last block was cut short, as a crash leaves it, or filled up with zeros; `damaged`
 * where more stands behind what can't be read.
 */
export function endOf(file: Buffer): "whole" | "torn" | "damaged" {
  const from = wholeLength(file);
  const rest = file.subarray(from);
  if (rest.every((byte) => byte === 0)) return rest.length === 0 ? "whole" : "torn";
  if (rest.length < MARK_BYTES) return "torn";
  const isCut = rest.readUInt32LE(0) === SKIPPABLE && MARK_BYTES + rest.readUInt32LE(8) >= rest.length;
  return isCut && !hasBlockBehind(rest) ? "torn" : "damaged";
}

/** A length that is itself damaged may point behind the end, with whole blocks before it. */
function hasBlockBehind(rest: Buffer): boolean {
  const mark = Buffer.alloc(4);
  mark.writeUInt32LE(SKIPPABLE);
  for (let at = rest.indexOf(mark, 1); at >= 0; at = rest.indexOf(mark, at + 1))
    if (wholeLength(rest.subarray(at)) > 0) return true;
  return false;
}

function* blockEnds(file: Buffer): Generator<number> {
  for (let at = 0; at + MARK_BYTES <= file.length; ) {
    if (file.readUInt32LE(at) !== SKIPPABLE) return;
    const start = at + MARK_BYTES;
    const end = start + file.readUInt32LE(at + 8);
    if (end > file.length || crc32(file.subarray(start, end)) !== file.readUInt32LE(at + 12)) return;
    yield end;
    at = end;
  }
}

/** All records of the file's whole blocks, in order. */
export function* readRecords(file: Buffer, path: string): Generator<JournalRecord> {
  let from = 0;
  for (const end of blockEnds(file)) {
    const block = zstdDecompressSync(file.subarray(from + MARK_BYTES, end));
    yield* recordsOf(block, path);
    from = end;
  }
}

function* recordsOf(block: Buffer, path: string): Generator<JournalRecord> {
  for (let at = 0; at < block.length; ) {
    const length = block.readUInt32LE(at);
    const kind = kindOf(block.readUInt8(at + 4));
    if (kind === null || at + RECORD_HEAD + length > block.length)
      throw MarketErrors.JOURNAL_BAD(path, "a record that can't be read");
    const data = block.subarray(at + RECORD_HEAD, at + RECORD_HEAD + length);
    yield { kind, connection: block.readUInt16LE(at + 5), receivedMs: block.readDoubleLE(at + 7), data };
    at += RECORD_HEAD + length;
  }
}

const KINDS: readonly RawKind[] = [1, 2, 3, 4, 5, 6, 7, 8];
const kindOf = (code: number): RawKind | null => KINDS.find((kind) => kind === code) ?? null;
