import { readdir, rm, rmdir, stat, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";

export type DiskFile = { path: string; bytes: number; modifiedMs: number };

/** Every file below the folder, oldest first; a folder that isn't there has none. */
export async function filesBelow(folder: string): Promise<DiskFile[]> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files: DiskFile[] = [];
  for (const entry of names) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    // A file may go between listing and looking.
    const found = await stat(path).catch(() => null);
    if (found) files.push({ path, bytes: found.size, modifiedMs: found.mtimeMs });
  }
  return files.sort((a, b) => a.modifiedMs - b.modifiedMs);
}

/** Bytes that this user may still write where the folder is. */
export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

const isData = (path: string) => /\.(parquet|journal\.zst)$/.test(path);

/**
 * Drops whole files that are older than `days`, and the oldest ones while all together exceed `maxBytes`. Answers the
 * paths that went; manifest and gap ledger always stay.
 */
export async function dropOld(
  folder: string,
  limits: { days?: number | undefined; maxBytes?: number | undefined },
  nowMs: number,
): Promise<string[]> {
  const files = (await filesBelow(folder)).filter((file) => isData(file.path));
  let total = files.reduce((sum, file) => sum + file.bytes, 0);
  const dropped: string[] = [];
  for (const file of files) {
    const isOld = limits.days !== undefined && file.modifiedMs < nowMs - limits.days * 86_400_000;
    const isMuch = limits.maxBytes !== undefined && total > limits.maxBytes;
    if (!isOld && !isMuch) continue;
    await rm(file.path, { force: true });
    total -= file.bytes;
    dropped.push(file.path);
    // Only an empty folder goes; one with files refuses.
    await rmdir(dirname(file.path)).catch(() => undefined);
  }
  return dropped;
}
