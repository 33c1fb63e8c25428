import { codeOf } from "@banksman/kit";
import pg from "pg";
import type { PooldbConfig } from "../config.ts";

/** How long a statement may take before its connection counts as lost, in ms. */
const STATEMENT_MS = 120_000;

/**
 * One connection that is opened when it is first needed and anew after it broke. A statement that fails because the
 * connection broke fails; the next one connects again.
 */
export class PostgresSession {
  readonly #config: PooldbConfig;
  #client: Promise<pg.Client> | null = null;
  #holders = 0;

  constructor(config: PooldbConfig) {
    this.#config = config;
  }

  /** Runs one statement; gives its rows, none where it has none. */
  async query(sql: string): Promise<Record<string, unknown>[]> {
    this.#client ??= this.#connect();
    try {
      const client = await this.#client;
      const { rows } = await client.query<Record<string, unknown>>(sql);
      return rows;
    } catch (error) {
      if (!isStatementError(error)) await this.close();
      throw error;
    }
  }

  /** Drops the connection; the next statement opens another. */
  async close(): Promise<void> {
    const client = this.#client;
    this.#client = null;
    await client?.then((open) => open.end()).catch(() => undefined);
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

  async #connect(): Promise<pg.Client> {
    const { host, port, username, password, dbname } = this.#config;
    const client = new pg.Client({
      host,
      port,
      user: username,
      password,
      ...(dbname !== "" && { database: dbname }),
      connectionTimeoutMillis: 10_000,
      query_timeout: STATEMENT_MS,
      application_name: "banksman pool-stats",
    });
    // A connection that breaks while nobody waits for it says so here alone.
    client.on("error", () => {
      if (this.#holders === 0) void this.close();
    });
    await client.connect();
    await client.query("SET TIME ZONE 'UTC'");
    return client;
  }
}

/** Errors of the statement have a code of five signs; classes 08 and 57 say that the connection or the server goes. */
const isStatementError = (error: unknown) => /^(?!08|57)[0-9A-Z]{5}$/.test(codeOf(error) ?? "");

/** The database won't take what a row holds (out of range, too long, refused by a trigger): the other rows may do. */
export const isPostgresRowError = (error: unknown): boolean => /^(?:22|23|P0)/.test(codeOf(error) ?? "");
