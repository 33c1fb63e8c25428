import { type ShareFields, statusOf } from "./share-fields.ts";

/** The layouts of a share message: the 48-byte struct, the 80-byte one with a checksum, protobuf under a header. */
export const FORMATS = ["v1", "v2", "v3"] as const;
export type Format = (typeof FORMATS)[number];

const V2_VERSION = 0x00010003;
const V3_VERSION = 0x00010004;

/** One share as a message of that layout. */
export function encodeShare(format: Format, share: ShareFields): Buffer {
  switch (format) {
    case "v1":
      return encodeV1(share);
    case "v2":
      return encodeV2(share);
    case "v3":
      return encodeV3(share);
  }
}

function encodeV1(share: ShareFields): Buffer {
  const bytes = Buffer.alloc(48);
  bytes.writeBigUInt64LE(share.jobId, 0);
  bytes.writeBigInt64LE(share.workerId, 8);
  bytes.writeUInt32BE(share.ip >>> 0, 16);
  bytes.writeInt32LE(share.userId, 20);
  bytes.writeBigUInt64LE(BigInt(share.difficulty), 24);
  bytes.writeUInt32LE(share.time, 32);
  bytes.writeUInt32LE(share.bits, 36);
  bytes.writeInt32LE(share.accepted ? 1 : 0, 40);
  return bytes;
}

function encodeV2(share: ShareFields): Buffer {
  const bytes = Buffer.alloc(80);
  bytes.writeUInt32LE(V2_VERSION, 0);
  bytes.writeBigInt64LE(share.workerId, 8);
  bytes.writeInt32LE(share.userId, 16);
  bytes.writeInt32LE(statusOf(share), 20);
  bytes.writeBigInt64LE(BigInt(share.time), 24);
  bytes.writeUInt32BE(share.ip >>> 0, 44);
  bytes.writeBigUInt64LE(share.jobId, 48);
  bytes.writeBigUInt64LE(BigInt(share.difficulty), 56);
  bytes.writeUInt32LE(share.bits, 64);
  bytes.writeUInt32LE(share.height, 68);
  bytes.writeUInt32LE(share.nonce, 72);
  bytes.writeUInt32LE(share.sessionId, 76);
  bytes.writeUInt32LE(checksumOf(bytes), 4);
  return bytes;
}

/** The sum of all fields modulo 2^64, its two halves added modulo 2^32. Whole 64-bit fields lie on 8-byte places. */
function checksumOf(bytes: Buffer): number {
  let sum = BigInt(bytes.readUInt32LE(0));
  sum += BigInt(bytes.readInt32LE(16)) + BigInt(bytes.readInt32LE(20));
  for (const at of [8, 24, 32, 40, 48, 56]) sum += bytes.readBigUInt64LE(at);
  for (const at of [64, 68, 72, 76]) sum += BigInt(bytes.readUInt32LE(at));
  const whole = BigInt.asUintN(64, sum);
  return Number(BigInt.asUintN(32, (whole & 0xffffffffn) + (whole >> 32n)));
}

function encodeV3(share: ShareFields): Buffer {
  const out = new Fields(160);
  out.sint(1, BigInt(V3_VERSION));
  out.sint(2, share.workerId);
  out.sint(3, BigInt(share.userId));
  out.sint(4, BigInt(statusOf(share)));
  out.sint(5, BigInt(share.time));
  out.text(6, ipText(share.ip));
  out.uint(7, share.jobId);
  out.uint(8, BigInt(share.difficulty));
  out.uint(9, BigInt(share.bits));
  out.uint(10, BigInt(share.height));
  out.uint(11, BigInt(share.nonce));
  out.uint(12, BigInt(share.sessionId));
  return out.bytes();
}

export const ipText = (ip: number) => [24, 16, 8, 0].map((shift) => (ip >>> shift) & 255).join(".");

/** Protobuf fields behind the four bytes that say which layout this is. */
class Fields {
  readonly #buffer: Buffer;
  #at = 4;

  constructor(size: number) {
    this.#buffer = Buffer.allocUnsafe(size);
    this.#buffer.writeUInt32LE(V3_VERSION, 0);
  }

  /** Signed numbers are zigzagged, so that small negative ones stay short. */
  sint(field: number, value: bigint): void {
    this.uint(field, BigInt.asUintN(64, (value << 1n) ^ (value >> 63n)));
  }

  uint(field: number, value: bigint): void {
    this.#byte(field << 3);
    this.#varint(value);
  }

  text(field: number, value: string): void {
    this.#byte((field << 3) | 2);
    this.#byte(value.length);
    this.#at += this.#buffer.write(value, this.#at, "latin1");
  }

  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#at);
  }

  #varint(value: bigint): void {
    let high = value;
    while (high > 0xfffffffn) {
      this.#byte(Number(high & 0x7fn) | 0x80);
      high >>= 7n;
    }
    let rest = Number(high);
    while (rest > 0x7f) {
      this.#byte((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    this.#byte(rest);
  }

  #byte(value: number): void {
    this.#buffer[this.#at++] = value;
  }
}
