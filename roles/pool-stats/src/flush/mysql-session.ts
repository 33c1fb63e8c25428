import { Readable } from "node:stream";
import { codeOf } from "@banksman/kit";
import mysql, { type Connection } from "mysql2/promise";
import type { PooldbConfig } from "../config.ts";

export type SqlRow = Record<string, unknown>;

/** How long a statement may take before its connection counts as lost, in ms. */
const STATEMENT_MS = 120_000;

/**
 * One connection that is opened when it is first needed and anew after it broke. A statement that fails because the
 * connection broke fails; the next one connects again.
 */
export class MysqlSession {
  readonly #config: PooldbConfig;
  #connection: Promise<Connection> | null = null;
  #holders = 0;

  constructor(config: PooldbConfig) {
    this.#config = config;
  }

  /** Runs one statement; gives its rows, none where it has none. */
  async query(sql: string): Promise<SqlRow[]> {
    const result = await this.#run((connection) => connection.query(sql));
    return Array.isArray(result) ? result.flatMap((row) => (isRow(row) ? [row] : [])) : [];
  }

  /** Sends the parts of a text as the file of a LOAD DATA LOCAL statement; gives how many rows the server took. */
  async load(sql: string, parts: Iterable<string>): Promise<number> {
    const infileStreamFactory = () => Readable.from(parts, { objectMode: false });
    const result = await this.#run((connection) => connection.query({ sql, infileStreamFactory }));
    return typeof result === "object" && "affectedRows" in result ? Number(result.affectedRows) : 0;
  }

  /** Runs statements that need one connection: where it breaks meanwhile the next of them fails, for its locks are gone. */
  async hold<R>(work: () => Promise<R>): Promise<R> {
    this.#holders++;
    try {
      return await work();
    } finally {
      this.#holders--;
    }
  }

  async #run<R>(work: (connection: Connection) => Promise<[R, ...unknown[]]>): Promise<R> {
    this.#connection ??= this.#open();
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => late.reject(new Error(`no answer in ${STATEMENT_MS / 1_000} s`)),
      STATEMENT_MS,
    ).unref();
    try {
      const [result] = await Promise.race([this.#connection.then(work), late.promise]);
      return result;
    } catch (error) {
      shorten(error);
      if (!isDatabaseError(error)) await this.close();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Drops the connection; the next statement opens another. */
  async close(): Promise<void> {
    const connection = this.#connection;
    this.#connection = null;
    await connection?.then((open) => open.destroy()).catch(() => undefined);
  }

  /** A server closes what has been idle for its wait_timeout: that must not cost the next statement. */
  #open(): Promise<Connection> {
    const opening = this.#connect(() => {
      if (this.#connection === opening && this.#holders === 0) this.#connection = null;
    });
    return opening;
  }

  async #connect(broke: () => void): Promise<Connection> {
    const { host, port, username, password, dbname } = this.#config;
    const connection = await mysql.createConnection({
      host,
      port,
      user: username,
      password,
      ...(dbname !== "" && { database: dbname }),
      charset: "UTF8_GENERAL_CI",
      timezone: "Z",
      supportBigNumbers: true,
      bigNumberStrings: true,
      connectTimeout: 10_000,
    });
    // A connection that breaks while nobody waits for it says so here alone.
    connection.on("error", broke);
    connection.on("end", broke);
    // Rows are taken by S3's readers as UTC, and a value that doesn't fit must be an error, not a silent cut.
    await connection.query(
      "SET time_zone = '+00:00', SESSION sql_mode = CONCAT(@@SESSION.sql_mode, ',STRICT_ALL_TABLES')",
    );
    return connection;
  }
}

/** The client hangs the whole statement, megabytes of rows, on its errors: a log needs no more than how it begins. */
function shorten(error: unknown): void {
  if (typeof error === "object" && error !== null && "sql" in error && typeof error.sql === "string")
    error.sql = error.sql.slice(0, 200);
}

const isRow = (row: unknown): row is SqlRow => typeof row === "object" && row !== null && !Array.isArray(row);

const errnoOf = (error: unknown): number =>
  typeof error === "object" && error !== null && "errno" in error ? Number(error.errno) : 0;

const stateOf = (error: unknown): string =>
  typeof error === "object" && error !== null && "sqlState" in error ? String(error.sqlState) : "";

/** The server answered with an error, so the connection is sound; not where it said that it is going down. */
export function isDatabaseError(error: unknown): boolean {
  return (
    stateOf(error) !== "" &&
    !stateOf(error).startsWith("08") &&
    codeOf(error) !== "ER_SERVER_SHUTDOWN" &&
    !isFatal(error)
  );
}

const isFatal = (error: unknown) =>
  typeof error === "object" && error !== null && "fatal" in error && error.fatal === true;

/** The account or the server forbids the statement: another way may be open. */
export const isForbidden = (error: unknown): boolean =>
  FORBIDDEN.has(codeOf(error) ?? "") || errnoOf(error) === MARIADB_NO_LOCAL_FILES;
const MARIADB_NO_LOCAL_FILES = 4166;
const FORBIDDEN = new Set([
  "ER_NOT_ALLOWED_COMMAND",
  "ER_CLIENT_LOCAL_FILES_DISABLED",
  "ER_LOAD_INFILE_CAPABILITY_DISABLED",
  "ER_DBACCESS_DENIED_ERROR",
  "ER_TABLEACCESS_DENIED_ERROR",
]);

/** The database won't take what a row holds (out of range, too long, refused by a trigger): the other rows may do. */
export const isRowError = (error: unknown): boolean => /^(?:22|23|45)/.test(stateOf(error));
