import { MarketErrors } from "./errors.ts";

/** Wire types of protocol buffers. */
const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/**
 * Walks the fields of one protobuf message without copying: `next()` steps to a field, then one of `text()`, `integer()`
 * or `message()` reads it; what isn't read is skipped by its wire type, so that new fields do no harm.
 */
export class ProtobufReader {
  readonly #bytes: Buffer;
  readonly #end: number;
  #at: number;
  #wire = -1;
  field = 0;

  constructor(bytes: Buffer, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  /** Steps to the next field; false at the end of the message. */
  next(): boolean {
    if (this.#wire >= 0) this.#skip();
    if (this.#at >= this.#end) return false;
    const key = this.#varint();
    this.field = Math.floor(key / 8);
    this.#wire = key & 7;
    if (this.field === 0) throw MarketErrors.BAD_FRAME("protobuf field 0");
    return true;
  }

  /** A string of ASCII, as prices and ids are. */
  text(): string {
    const start = this.#enter();
    return this.#bytes.toString("latin1", start, this.#at);
  }

  /** A string in any script: coins have Chinese names too. */
  name(): string {
    const start = this.#enter();
    return this.#bytes.toString("utf8", start, this.#at);
  }

  /** A whole number; throws when it doesn't fit a double exactly. */
  integer(): number {
    this.#expect(VARINT);
    return this.#varint();
  }

  message(): ProtobufReader {
    const start = this.#enter();
    return new ProtobufReader(this.#bytes, start, this.#at);
  }

  /** Reads the length of a field, moves behind it and gives its start. */
  #enter(): number {
    this.#expect(BYTES);
    const length = this.#varint();
    const start = this.#at;
    if (start + length > this.#end) throw MarketErrors.BAD_FRAME("protobuf field longer than its message");
    this.#at = start + length;
    return start;
  }

  #expect(wire: number): void {
    if (this.#wire !== wire) throw MarketErrors.BAD_FRAME(`protobuf field ${this.field} has wire type ${this.#wire}`);
    this.#wire = -1;
  }

  #skip(): void {
    const wire = this.#wire;
    if (wire === BYTES) {
      this.#enter();
      return;
    }
    this.#wire = -1;
    if (wire === VARINT) this.#skipVarint();
    else if (wire === FIXED64) this.#at += 8;
    else if (wire === FIXED32) this.#at += 4;
    else throw MarketErrors.BAD_FRAME(`protobuf wire type ${wire}`);
    if (this.#at > this.#end) throw MarketErrors.BAD_FRAME("protobuf message cut short");
  }

  /** Passes a number by, whatever its size: a negative one of a field that nobody reads is no fault. */
  #skipVarint(): void {
    for (let count = 0; count < 10; count++) {
      if (this.#at >= this.#end) throw MarketErrors.BAD_FRAME("protobuf message cut short");
      if ((this.#bytes[this.#at++] ?? 0) < 0x80) return;
    }
    throw MarketErrors.BAD_FRAME("protobuf number of more than 10 bytes");
  }

  #varint(): number {
    let value = 0;
    let factor = 1;
    for (let count = 0; count < 10; count++) {
      if (this.#at >= this.#end) throw MarketErrors.BAD_FRAME("protobuf message cut short");
      const byte = this.#bytes[this.#at++] ?? 0;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) {
        if (value > Number.MAX_SAFE_INTEGER) throw MarketErrors.BAD_FRAME("protobuf number beyond 2^53");
        return value;
      }
      factor *= 128;
    }
    throw MarketErrors.BAD_FRAME("protobuf number of more than 10 bytes");
  }
}
