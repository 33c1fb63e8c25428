import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type pg from "pg";
import { from as copyFrom } from "pg-copy-streams";

export type ColumnType = "int2" | "int4" | "int8" | "float4" | "float8" | "timestamptz" | "text";
export type Cell = number | string | null;

const SIGNATURE = Buffer.from("PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0", "latin1");
const WIDTH: Record<Exclude<ColumnType, "text">, number> = {
  int2: 2,
  int4: 4,
  int8: 8,
  float4: 4,
  float8: 8,
  timestamptz: 8,
};
/** PostgreSQL counts microseconds from 2000-01-01. */
const EPOCH_MS = Date.UTC(2000, 0, 1);

/**
 * Encodes rows in PostgreSQL's binary COPY format (documentation of COPY, "Binary Format"). A timestamptz cell is
 * milliseconds since 1970. Rows must fit their types: validate before, since one bad cell would fail the whole COPY.
 */
export function encodeRows(types: readonly ColumnType[], rows: readonly (readonly Cell[])[]): Buffer {
  const out = new Writer();
  const fixedWidth = types.reduce((sum, type) => sum + 4 + (type === "text" ? 0 : WIDTH[type]), 2);
  for (const row of rows) {
    out.room(fixedWidth);
    out.int16(types.length);
    for (let column = 0; column < types.length; column++) {
      const type = types[column];
      const cell = row[column];
      if (cell === null || cell === undefined || type === undefined) out.int32(-1);
      else if (type === "text") out.text(String(cell), fixedWidth);
      else out.number(type, Number(cell));
    }
  }
  return out.end();
}

/** A growing buffer, written through a DataView: several times faster than Buffer's own checked writes. */
class Writer {
  #bytes = Buffer.allocUnsafe(64 * 1024);
  #view = viewOf(this.#bytes);
  #at = SIGNATURE.copy(this.#bytes);

  room(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#at + bytes));
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
    this.#view = viewOf(larger);
  }

  int16(value: number): void {
    this.#view.setInt16(this.#at, value);
    this.#at += 2;
  }

  int32(value: number): void {
    this.#view.setInt32(this.#at, value);
    this.#at += 4;
  }

  number(type: Exclude<ColumnType, "text">, value: number): void {
    this.int32(WIDTH[type]);
    const [view, at] = [this.#view, this.#at];
    this.#at += WIDTH[type];
    switch (type) {
      case "int2":
        view.setInt16(at, value);
        break;
      case "int4":
        view.setInt32(at, value);
        break;
      case "int8":
        setInt64(view, at, value);
        break;
      case "float4":
        view.setFloat32(at, value);
        break;
      case "float8":
        view.setFloat64(at, value);
        break;
      case "timestamptz":
        setInt64(view, at, (value - EPOCH_MS) * 1_000);
        break;
    }
  }

  /** `after`: room that must be left behind the text for the rest of its row. */
  text(text: string, after: number): void {
    // A character takes at most three bytes of UTF-8 for each UTF-16 unit.
    this.room(4 + text.length * 3 + after);
    const start = this.#at + 4;
    const length = this.#ascii(text, start) ? text.length : this.#bytes.write(text, start, "utf8");
    this.int32(length);
    this.#at = start + length;
  }

  /** Most texts are short and plain: copied here without a call into the runtime. False when this one isn't. */
  #ascii(text: string, start: number): boolean {
    if (text.length > SHORT_TEXT) return false;
    const bytes = this.#bytes;
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (code > 127) return false;
      bytes[start + index] = code;
    }
    return true;
  }

  end(): Buffer {
    this.room(2);
    this.int16(-1);
    return this.#bytes.subarray(0, this.#at);
  }
}

const SHORT_TEXT = 64;

const viewOf = (bytes: Buffer) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Two halves instead of a BigInt: exact up to 2^53 and several times faster. */
function setInt64(view: DataView, at: number, value: number): void {
  const high = Math.floor(value / 0x1_0000_0000);
  view.setInt32(at, high);
  view.setUint32(at + 4, value - high * 0x1_0000_0000);
}

const CHUNK_BYTES = 256 * 1024;

/** COPYs encoded rows into `table`, over a client that is inside its own transaction. */
export async function copyIn(
  client: pg.ClientBase,
  table: string,
  columns: readonly string[],
  encoded: Buffer,
): Promise<void> {
  const target = client.query(copyFrom(`copy ${table} (${columns.join(", ")}) from stdin with (format binary)`));
  const chunks = Array.from({ length: Math.ceil(encoded.length / CHUNK_BYTES) }, (_, index) =>
    encoded.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES),
  );
  await pipeline(Readable.from(chunks), target);
}
