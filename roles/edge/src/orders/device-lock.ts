import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type Clock, codeOf } from "@banksman/kit";
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
