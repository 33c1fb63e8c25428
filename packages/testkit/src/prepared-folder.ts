import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const KEPT = join(import.meta.dirname, "..", "..", "..", "node_modules", ".cache", "prepared");

/**
 * Makes `to`, a folder that is costly to make and the same each time, such as an empty database: the first test that wants
 * it makes it, all others copy it. `name` must tell all that its content depends on; `make` makes the folder it is given.
 */
export async function preparedFolder(name: string, make: (folder: string) => Promise<void>, to: string): Promise<void> {
  const kept = join(KEPT, name);
  if (!existsSync(kept)) {
    const fresh = `${kept}.${randomUUID()}`;
    await mkdir(dirname(fresh), { recursive: true });
    await make(fresh);
    // Two tests may have made it at once: the first one's stays.
    await rename(fresh, kept).catch(() => rm(fresh, { recursive: true, force: true }));
  }
  await promisify(execFile)("cp", ["-a", "--sparse=always", kept, to]);
}
