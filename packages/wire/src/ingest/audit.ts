import { createHash } from "node:crypto";
import { canonicalJson } from "../model/canonical-json.ts";
import type { AuditEntry } from "./audit-entry.ts";

/** The `prev` of a chain's first entry. */
export const CHAIN_START = "0".repeat(64);

/** The hash that an entry must carry. */
export function auditHash(entry: Omit<AuditEntry, "hash">): string {
  return createHash("sha256")
    .update(canonicalJson({ ...entry, hash: undefined }))
    .digest("hex");
}

/** Where a chain breaks: the first line, from 1, that doesn't follow from the one before; null for a whole one. */
export function brokenAt(
  entries: readonly AuditEntry[],
  after: { seq: number; hash: string } | null = null,
): number | null {
  let prev = after?.hash ?? CHAIN_START;
  let seq = after?.seq ?? 0;
  for (const [index, entry] of entries.entries()) {
    if (entry.seq !== ++seq || entry.prev !== prev || entry.hash !== auditHash(entry)) return index + 1;
    prev = entry.hash;
  }
  return null;
}
