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
  let buffer = Buffer.allocUnsafe(64 * 1024);
  let at = SIGNATURE.copy(buffer);
  const room = (bytes: number) => {
    if (at + bytes <= buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(buffer.length * 2, at + bytes));
    buffer.copy(larger, 0, 0, at);
    buffer = larger;
  };
  const fixedWidth = types.reduce((sum, type) => sum + 4 + (type === "text" ? 0 : WIDTH[type]), 2);
  for (const row of rows) {
    room(fixedWidth);
    at = buffer.writeInt16BE(types.length, at);
    for (let column = 0; column < types.length; column++) {
      const type = types[column];
      const cell = row[column];
      if (cell === null || cell === undefined || type === undefined) {
        at = buffer.writeInt32BE(-1, at);
      } else if (type === "text") {
        const text = String(cell);
        // A character takes at most three bytes of UTF-8 for each UTF-16 unit; the fixed part keeps its room.
        room(4 + text.length * 3 + fixedWidth);
        const length = buffer.write(text, at + 4, "utf8");
        buffer.writeInt32BE(length, at);
        at += 4 + length;
      } else {
        at = buffer.writeInt32BE(WIDTH[type], at);
        at = writeNumber(buffer, type, Number(cell), at);
      }
    }
  }
  room(2);
  at = buffer.writeInt16BE(-1, at);
  return buffer.subarray(0, at);
}

function writeNumber(buffer: Buffer, type: Exclude<ColumnType, "text">, value: number, at: number): number {
  switch (type) {
    case "int2":
      return buffer.writeInt16BE(value, at);
    case "int4":
      return buffer.writeInt32BE(value, at);
    case "int8":
      return writeInt64(buffer, value, at);
    case "float4":
      return buffer.writeFloatBE(value, at);
    case "float8":
      return buffer.writeDoubleBE(value, at);
    case "timestamptz":
      return writeInt64(buffer, (value - EPOCH_MS) * 1_000, at);
  }
}

/** Two halves instead of a BigInt: exact up to 2^53 and several times faster. */
function writeInt64(buffer: Buffer, value: number, at: number): number {
  const high = Math.floor(value / 0x1_0000_0000);
  buffer.writeInt32BE(high, at);
  return buffer.writeUInt32BE(value - high * 0x1_0000_0000, at + 4);
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
