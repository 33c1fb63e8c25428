import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { keepPrivate } from "../spool-schema.ts";
import { MinerUsage } from "./errors.ts";

/**
 * Holds one device for one order, against every other process of this machine: two orders at once to a device would
 * each read the other's work back. SQLite's file lock is the kernel's, so it vanishes with the process however it ends.
 * Throws USAGE_DEVICE_BUSY when somebody else holds it.
 */
export function lockDevice(folder: string, device: string): Disposable {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `${device.replaceAll(/[^\w.-]/g, "_")}.lock`);
  keepPrivate(path);
  const lock = new DatabaseSync(path);
  try {
    lock.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
  } catch (cause) {
    lock.close();
    if (!isBusy(cause)) throw cause;
    throw MinerUsage.DEVICE_BUSY(device, { cause });
  }
  return { [Symbol.dispose]: () => lock.close() };
}

/** SQLITE_BUSY: somebody else holds the lock. */
const isBusy = (error: unknown) =>
  typeof error === "object" && error !== null && "errcode" in error && Number(error.errcode) === 5;
