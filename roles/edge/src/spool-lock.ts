import { readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { DatabaseSync } from "node:sqlite";
import { EdgeUsage } from "./errors.ts";
import { keepPrivate } from "./spool-schema.ts";

/**
 * Holds `path` for this process alone. SQLite's file lock is the kernel's, so it vanishes with the process however it
 * ends; a file that merely exists would survive a kill -9. Throws USAGE_SPOOL_BUSY when another edge holds it.
 */
export function lockSpool(path: string): { release: () => void } {
  keepPrivate(`${path}.lock`);
  const lock = new DatabaseSync(`${path}.lock`);
  const ownerFile = `${path}.owner`;
  try {
    lock.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
  } catch (cause) {
    lock.close();
    if (!isBusy(cause)) throw cause;
    throw EdgeUsage.SPOOL_BUSY(path, readOwner(ownerFile), { cause });
  }
  writeOwner(ownerFile);
  return { release: () => lock.close() };
}

/** SQLITE_BUSY: somebody else holds the lock. */
const isBusy = (error: unknown) =>
  typeof error === "object" && error !== null && "errcode" in error && Number(error.errcode) === 5;

/** Only for the message; a full disk must not keep the edge from starting. */
function writeOwner(file: string): void {
  try {
    writeFileSync(file, `process ${process.pid} on ${hostname()}\n`, { mode: 0o600 });
  } catch {
    // The lock itself holds; the message will say "unknown".
  }
}

function readOwner(file: string): string {
  try {
    return readFileSync(file, "utf8").trim() || "unknown";
  } catch {
    return "unknown";
  }
}
