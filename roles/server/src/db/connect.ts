import { type Log, messageOf } from "@banksman/kit";
import { Kysely, PostgresDialect } from "kysely";
import pg from "pg";
import { ServerErrors } from "../errors.ts";
import { runningEmbedded, startEmbedded } from "./embedded.ts";
import type { Schema } from "./schema.ts";

const OLDEST_MAJOR = 14;

export type Db = Kysely<Schema>;

export type Database = {
  db: Db;
  /** For what Kysely can't say: COPY and advisory locks. */
  pool: pg.Pool;
  version: string;
  /** "embedded" or the host, for the status page and logs; never with a password. */
  where: string;
  trouble: () => string | null;
  /** Asks the database; null when it answers, else why it doesn't. */
  check: () => Promise<string | null>;
  close: () => Promise<void>;
};

// int8 and numeric arrive as text by default; every int8 here (counters, counts) is far below 2^53.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);
pg.types.setTypeParser(pg.types.builtins.NUMERIC, Number);

/**
 * Opens the database of `url`, or starts the embedded one in `dataDir`; with `beside`, one that a server of this machine
 * runs there is used.
 */
export async function openDatabase(
  url: string | undefined,
  dataDir: string,
  log: Log,
  { beside = false } = {},
): Promise<Database> {
  const running = url === undefined && beside ? await runningEmbedded(dataDir) : null;
  const embedded = url === undefined && !running ? await startEmbedded(dataDir, log) : null;
  const connection = running ?? embedded?.connection;
  const pool = new pg.Pool({
    ...(connection ?? { connectionString: url }),
    max: 16,
    // A database that hangs must read as one that is away, within the time a caller waits.
    connectionTimeoutMillis: 5_000,
    query_timeout: 125_000,
    application_name: "banksman",
    options: "-c timezone=UTC -c statement_timeout=120000",
  });
  let closing = false;
  outliveBreaks(pool, (error) => {
    if (!closing) log.warn({ err: error }, "a database connection broke");
  });
  const where = connection ? "embedded" : describeUrl(url ?? "");
  const close = async () => {
    closing = true;
    await pool.end();
    await embedded?.stop();
  };
  try {
    const version = await checkVersion(pool, where);
    const db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
    const trouble = () => embedded?.trouble() ?? null;
    return { db, pool, version, where, trouble, check: async () => trouble() ?? (await ask(pool)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Keeps a connection that breaks from ending the process; `onBreak` hears of those that nobody holds. */
export function outliveBreaks(pool: pg.Pool, onBreak: (error: Error) => void): void {
  pool.on("error", onBreak);
  // The pool listens to idle connections only; one that breaks between two statements of a transaction would end the
  // process. Whoever holds it learns it from the next statement.
  pool.on("connect", (client) => client.on("error", () => undefined));
}

const ASK_MS = 3_000;

/** A database that is frozen answers nothing at all, so the wait has its own end. */
async function ask(pool: pg.Pool): Promise<string | null> {
  const late = Promise.withResolvers<string>();
  const timer = setTimeout(() => late.resolve(`no answer within ${ASK_MS / 1_000} s`), ASK_MS);
  const answer = pool.query("select 1").then(
    () => null,
    (error: unknown) => messageOf(error),
  );
  const outcome = await Promise.race([answer, late.promise]);
  clearTimeout(timer);
  return outcome;
}

function describeUrl(url: string): string {
  try {
    const { hostname, port, pathname, searchParams } = new URL(url);
    return `${hostname || searchParams.get("host") || "localhost"}${port ? `:${port}` : ""}${pathname}`;
  } catch {
    return "DATABASE_URL";
  }
}

async function checkVersion(pool: pg.Pool, where: string): Promise<string> {
  const { rows } = await pool
    .query<{ number: number; text: string }>(
      "select current_setting('server_version_num')::int as number, current_setting('server_version') as text",
    )
    .catch((error: unknown) => {
      throw ServerErrors.DATABASE_UNREACHABLE(where, messageOf(error), { cause: error });
    });
  const { number = 0, text = "?" } = rows[0] ?? {};
  refuseOldPostgres(number, text);
  return text;
}

/** Throws SERVER_DATABASE_TOO_OLD; `number` is PostgreSQL's server_version_num, such as 150018. */
export function refuseOldPostgres(number: number, text: string): void {
  if (Math.floor(number / 10_000) < OLDEST_MAJOR) throw ServerErrors.DATABASE_TOO_OLD(text);
}
