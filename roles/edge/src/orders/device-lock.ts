import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type Clock, codeOf, messageOf } from "@banksman/kit";
import { keepPrivate } from "../spool-schema.ts";
import { MinerUsage } from "./errors.ts";

/**
 * Holds one device for one order, against every other process of this machine: two orders at once to a device would
 * each read the other's work back. SQLite's file lock is the kernel's, so it vanishes with the process however it ends.
 * Throws USAGE_DEVICE_BUSY when somebody else holds it, USAGE_FOLDER_UNWRITABLE.
 */
export function lockDevice(folder: string, device: string): Disposable {
  const lock = opened(folder, `${device.replaceAll(/[^\w.-]/g, "_")}.lock`);
  try {
    lock.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
  } catch (cause) {
    lock.close();
    if (!isBusy(cause)) throw MinerUsage.FOLDER_UNWRITABLE(folder, messageOf(cause), { cause });
    throw MinerUsage.DEVICE_BUSY(device, { cause });
  }
  return { [Symbol.dispose]: () => lock.close() };
}

function opened(folder: string, name: string): DatabaseSync {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const path = join(folder, name);
    keepPrivate(path);
    return new DatabaseSync(path);
  } catch (cause) {
    throw MinerUsage.FOLDER_UNWRITABLE(folder, codeOf(cause) ?? messageOf(cause), { cause });
  }
}

const BUSY_WAIT_MS = 250;

/** The same, waiting for its turn until `until`, in ms of the wall clock; null if it never comes. */
export async function holdDevice(
  folder: string,
  device: string,
  { until, clock, signal }: { until: number; clock: Clock; signal: AbortSignal },
): Promise<Disposable | null> {
  for (;;) {
    try {
      return lockDevice(folder, device);
    } catch (error) {
      if (codeOf(error) !== "USAGE_DEVICE_BUSY") throw error;
      if (clock.now() >= until) return null;
      await clock.sleep(BUSY_WAIT_MS, signal);
    }
  }
}

/** SQLITE_BUSY: somebody else holds the lock. */
const isBusy = (error: unknown) =>
  typeof error === "object" && error !== null && "errcode" in error && Number(error.errcode) === 5;
