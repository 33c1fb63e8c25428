import { type Log, messageOf } from "@banksman/kit";
import type { Written } from "./target.ts";

/** What stands round the rows of one multi-row statement, and how it is run. */
export type Insert = {
  before: string;
  after: string;
  run: (sql: string) => Promise<unknown>;
  /** The database won't take what a row holds; the other rows may do. */
  isRowError: (error: unknown) => boolean;
  /** Rows of one statement, at most. */
  rows: number;
  /** Bytes of one statement, about. */
  bytes: number;
  log: Log;
};

/** Writes rows in statements of bounded size; a row that the database refuses is found by halving, logged and left out. */
export async function insertChunks(insert: Insert, rows: Iterable<string>): Promise<Written> {
  const written = { rows: 0, refused: 0 };
  let chunk: string[] = [];
  let bytes = 0;
  const send = async () => {
    if (chunk.length > 0) await insertChunk(insert, chunk, written);
    chunk = [];
    bytes = 0;
  };
  for (const row of rows) {
    chunk.push(row);
    bytes += row.length + 1;
    if (chunk.length >= insert.rows || bytes >= insert.bytes) await send();
  }
  await send();
  return written;
}

async function insertChunk(insert: Insert, chunk: readonly string[], written: Written): Promise<void> {
  try {
    await insert.run(insert.before + chunk.join(",") + insert.after);
    written.rows += chunk.length;
  } catch (error) {
    if (!insert.isRowError(error)) throw error;
    if (chunk.length === 1) {
      written.refused++;
      insert.log.error({ row: chunk[0] }, `the database refuses a row: ${messageOf(error)}`);
      return;
    }
    const middle = chunk.length >> 1;
    await insertChunk(insert, chunk.slice(0, middle), written);
    await insertChunk(insert, chunk.slice(middle), written);
  }
}
