import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { codeOf, messageOf } from "@banksman/kit";
import { AuditEntry, auditHash, brokenAt, CHAIN_START } from "@banksman/wire/ingest";
import { lockDevice } from "./device-lock.ts";
import { MinerUsage } from "./errors.ts";

/** An entry as its writer gives it: its place in the chain comes when it is written. */
export type AuditNote = Omit<AuditEntry, "seq" | "at" | "prev" | "hash">;

/**
 * Appends to the audit file of the orders given on this machine, one JSON line an entry, each with the hash of the one
 * before. On disk when it returns. Throws USAGE_AUDIT_BROKEN when the file's end doesn't follow from itself, and
 * USAGE_FOLDER_UNWRITABLE.
 */
export async function appendAudit(path: string, note: AuditNote, now = Date.now()): Promise<AuditEntry> {
  // Two orders may end at the same moment, and only one line can follow the last.
  using _alone = await holding(dirname(path));
  const { entries, torn } = orSay(path, () => readAudit(path));
  const broken = brokenAt(entries);
  if (broken !== null) throw MinerUsage.AUDIT_BROKEN(path, broken);
  const last = entries.at(-1);
  const entry = {
    seq: (last?.seq ?? 0) + 1,
    at: new Date(now).toISOString(),
    ...note,
    prev: last?.hash ?? CHAIN_START,
  };
  const whole = { ...entry, hash: auditHash(entry) };
  // A line that a crash cut off stays as it is, with its end on a line of its own.
  write(path, `${torn ? "\n" : ""}${JSON.stringify(whole)}\n`);
  return whole;
}

/** All whole lines. What isn't an entry is skipped, since a crash may have cut one off; the chain shows if one is missing. */
export function readAudit(path: string): { entries: AuditEntry[]; torn: boolean } {
  if (!existsSync(path)) return { entries: [], torn: false };
  const text = readFileSync(path, "utf8");
  const entries = text.split("\n").flatMap((line) => {
    const parsed = AuditEntry.safeParse(parse(line));
    return parsed.success ? [parsed.data] : [];
  });
  return { entries, torn: text !== "" && !text.endsWith("\n") };
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

function write(path: string, line: string): void {
  const file = orSay(path, () => openSync(path, "a", 0o600));
  try {
    writeSync(file, line);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** What another user's file is, in words. */
function orSay<T>(path: string, use: () => T): T {
  try {
    return use();
  } catch (cause) {
    throw MinerUsage.FOLDER_UNWRITABLE(path, codeOf(cause) ?? messageOf(cause), { cause });
  }
}

/** Notes what became of an order. Where that fails the order has left all the same, and its outcome is told. */
export async function appendOutcome(path: string, note: AuditNote): Promise<void> {
  await appendAudit(path, note).catch((error: unknown) => {
    process.stderr.write(`the order's outcome could not be noted in ${path} (${codeOf(error) ?? messageOf(error)})\n`);
  });
}

const LOCK_TRIES = 200;
const LOCK_WAIT_MS = 10;

async function holding(folder: string): Promise<Disposable> {
  for (let attempt = 1; ; attempt++) {
    try {
      return lockDevice(folder, "audit");
    } catch (error) {
      if (attempt >= LOCK_TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, LOCK_WAIT_MS));
    }
  }
}
