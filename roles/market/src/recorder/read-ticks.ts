import { open } from "node:fs/promises";
import { zstdDecompressSync } from "node:zlib";
import { type AsyncBuffer, parquetReadObjects } from "hyparquet";
import type { Level } from "../exchange.ts";
import { FLAGS } from "../symbol-book.ts";

/** The rows of one frame, put together again. Times in ms. */
export type TickFrame = {
  receivedMs: number;
  firstId: number | null;
  lastId: number;
  flags: number;
  bids: Level[];
  asks: Level[];
};

const HIVE = [
  "received_timestamp",
  "update_id",
  "snapshot_flag",
  "side",
  "price_str",
  "amount_str",
  "first_update_id",
  "msg_seq",
  "flags",
];
const REFERENCE = ["received_timestamp", "update_id", "snapshot_flag", "side", "price", "amount"];

/** The frames of a ticks file in their order; of a file in the reference layout those that its columns tell apart. */
export async function readTicks(path: string, isReference: boolean): Promise<TickFrame[]> {
  const rows = await readRows(path, isReference ? REFERENCE : HIVE);
  const frames: TickFrame[] = [];
  let key = "";
  for (const row of rows) {
    const flags = isReference ? (row.snapshot_flag === true ? FLAGS.snapshot : 0) : Number(row.flags);
    const next = `${timeOf(row.received_timestamp)} ${row.update_id} ${row.msg_seq} ${flags}`;
    if (next !== key) {
      frames.push({
        receivedMs: timeOf(row.received_timestamp),
        firstId: row.first_update_id === undefined ? null : Number(row.first_update_id),
        lastId: Number(row.update_id),
        flags,
        bids: [],
        asks: [],
      });
      key = next;
    }
    const level: Level = [String(row.price_str ?? row.price), String(row.amount_str ?? row.amount)];
    frames.at(-1)?.[row.side === "bid" ? "bids" : "asks"].push(level);
  }
  return frames;
}

const timeOf = (value: unknown) => (value instanceof Date ? value.getTime() : Number(value) / 1_000);

/** The rows of a Parquet file with these columns. Throws when the file can't be read. */
export async function readRows(path: string, columns: string[]): Promise<Record<string, unknown>[]> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    const buffer: AsyncBuffer = {
      byteLength: size,
      slice: async (start, end = size) => {
        const bytes = new Uint8Array(end - start);
        await file.read(bytes, 0, bytes.length, start);
        return bytes.buffer;
      },
    };
    return await parquetReadObjects({
      file: buffer,
      columns,
      compressors: { ZSTD: (input) => new Uint8Array(zstdDecompressSync(input)) },
      parsers: { timestampFromMicroseconds: (micros: bigint) => Number(micros) },
    });
  } finally {
    await file.close();
  }
}
