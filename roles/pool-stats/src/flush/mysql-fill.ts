import { type Log, messageOf } from "@banksman/kit";
import { insertChunks } from "./insert-chunks.ts";
import { type InsertParts, valuesOf } from "./mysql-rows.ts";
import { isForbidden, isRowError, type MysqlSession } from "./mysql-session.ts";
import type { Written } from "./target.ts";

/** Bytes of one part of a stream. */
const PART = 64 * 1024;
/** Bytes of one insert, however much more the server would take. */
const LONGEST_INSERT = 4_000_000;

/** Puts lines (values apart by tabs) into a table: as a stream where the server allows it, else by inserts. */
export class Filler {
  readonly #log: Log;
  readonly #chunkRows: number;
  #mayLoad = true;

  constructor(chunkRows: number, log: Log) {
    this.#chunkRows = chunkRows;
    this.#log = log;
  }

  /**
   * Streams all lines into `table`. Gives false where the server forbids it or took fewer rows than it was sent: then the
   * lines must be inserted, which finds the one to blame.
   */
  async load(session: MysqlSession, table: string, columns: string, lines: Iterable<string>): Promise<number | false> {
    if (!this.#mayLoad) return false;
    const sent = { rows: 0 };
    const form = "FIELDS TERMINATED BY '\\t' ESCAPED BY '' LINES TERMINATED BY '\\n'";
    try {
      const taken = await session.load(
        `LOAD DATA LOCAL INFILE 'rows' INTO TABLE \`${table}\` ${form} (${columns})`,
        partsOf(lines, sent),
      );
      return taken === sent.rows ? taken : false;
    } catch (error) {
      if (!isForbidden(error)) throw error;
      this.#mayLoad = false;
      this.#log.info(`the server takes no streams of rows, they are inserted: ${messageOf(error)}`);
      return false;
    }
  }

  /** Inserts lines, many in a statement; a row that the database refuses is logged, and the others are written. */
  insert(session: MysqlSession, parts: InsertParts, lines: Iterable<string>, packetBytes: number): Promise<Written> {
    return this.insertRows(session, parts, Iterator.from(lines).map(valuesOf), packetBytes);
  }

  /** The same for rows that are the values of an insert already. */
  insertRows(session: MysqlSession, parts: InsertParts, rows: Iterable<string>, packetBytes: number): Promise<Written> {
    const run = (sql: string) => session.query(sql);
    // A quarter of what the server takes leaves room for what wraps the rows.
    const bytes = Math.min(LONGEST_INSERT, packetBytes / 4);
    return insertChunks({ ...parts, run, isRowError, rows: this.#chunkRows, bytes, log: this.#log }, rows);
  }
}

function* partsOf(rows: Iterable<string>, count: { rows: number }): Generator<string> {
  let part = "";
  for (const row of rows) {
    part += `${row}\n`;
    count.rows++;
    if (part.length < PART) continue;
    yield part;
    part = "";
  }
  if (part !== "") yield part;
}
