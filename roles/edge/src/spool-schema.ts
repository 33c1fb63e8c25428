import { chmodSync, closeSync, existsSync, openSync, renameSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { codeOf } from "@banksman/kit";

/** Marks a database file as a Banksman spool ("BSPL"), so that another program's file of the same name is told apart. */
const APPLICATION_ID = 0x4253504c;
const VERSION = 1;

/** `body` comes last: SQLite then reads the small columns without touching the pages of the body. */
const TABLES = `
  PRAGMA auto_vacuum = INCREMENTAL;
  PRAGMA journal_mode = WAL;
  BEGIN IMMEDIATE;
  CREATE TABLE batch (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    batch_id TEXT NOT NULL UNIQUE,
    sweep INTEGER NOT NULL,
    site_id TEXT NOT NULL,
    collected_at INTEGER NOT NULL,
    readings INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    refusals INTEGER NOT NULL DEFAULT 0,
    refused_after INTEGER,
    body BLOB NOT NULL
  ) STRICT;
  CREATE INDEX batch_without_body ON batch (seq, site_id, sweep, collected_at, readings, bytes, refusals);
  CREATE TABLE dead_letter (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    batch_id TEXT NOT NULL UNIQUE,
    site_id TEXT NOT NULL,
    collected_at INTEGER NOT NULL,
    buried_at INTEGER NOT NULL,
    readings INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    status INTEGER NOT NULL,
    reason TEXT NOT NULL,
    body BLOB NOT NULL
  ) STRICT;
  CREATE TABLE note (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${VERSION};
  COMMIT;
`;

export type OpenedFile = { db: DatabaseSync; movedAside: string | null };

/**
 * Opens the spool's file, making it when there is none. A file of another schema (the original collector's cache, a
 * newer version's spool, no database at all) is renamed aside, never overwritten.
 */
export function openSpoolFile(path: string, stamp: string): OpenedFile {
  const movedAside = existsSync(path) && !isOurs(path) ? moveAside(path, stamp) : null;
  const fresh = !existsSync(path);
  keepPrivate(path);
  const db = new DatabaseSync(path, { timeout: 5_000 });
  db.exec("PRAGMA synchronous = FULL");
  if (fresh || isEmpty(db)) db.exec(TABLES);
  db.exec("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 1000; PRAGMA journal_size_limit = 16777216");
  return { db, movedAside };
}

/**
 * Makes `path` its owner's alone, before SQLite would make it with the umask's mode; its -wal and -shm follow. What an
 * owner of another name left stays as it is.
 */
export function keepPrivate(path: string): void {
  closeSync(openSync(path, "a", 0o600));
  try {
    chmodSync(path, 0o600);
  } catch (error) {
    if (codeOf(error) !== "EPERM") throw error;
  }
}

function isOurs(path: string): boolean {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path, { timeout: 5_000 });
    if (isEmpty(db)) return true;
    return pragma(db, "application_id") === APPLICATION_ID && pragma(db, "user_version") === VERSION;
  } catch {
    return false; // not a database, or too broken to read
  } finally {
    db?.close();
  }
}

/** A kill between creating the file and its tables leaves an empty database, which is as good as none. */
const isEmpty = (db: DatabaseSync) => db.prepare("SELECT count(*) AS n FROM sqlite_schema").get()?.n === 0;

const pragma = (db: DatabaseSync, name: string): unknown => db.prepare(`PRAGMA ${name}`).get()?.[name];

function moveAside(path: string, stamp: string): string {
  const aside = `${path}.${stamp}.aside`;
  renameSync(path, aside);
  for (const tail of ["-wal", "-shm", "-journal"]) {
    if (existsSync(path + tail)) renameSync(path + tail, aside + tail);
  }
  return aside;
}
