import { createHash } from "node:crypto";
import { z } from "zod";
import { OrderOutcome, OrderVerified } from "../model/order.ts";

/** The `prev` of a chain's first entry. */
export const CHAIN_START = "0".repeat(64);

const text = (max: number) => z.string().max(max);
const Hash = z.string().regex(/^[0-9a-f]{64}$/);

/**
 * One line of the audit file that an edge's machine keeps of orders given there: each order leaves two, `ordered` before
 * anything is sent and `result` after. `hash` is SHA-256 over the entry without it, in the canonical form of RFC 8785,
 * and `prev` the hash of the line before, so that a changed or missing line shows.
 */
export const AuditEntry = z.strictObject({
  /** Counts from 1. */
  seq: z.int().min(1),
  at: z.iso.datetime(),
  /** Ties the two lines of one order together. */
  order_id: text(64),
  event: z.enum(["ordered", "result"]),
  /** Who gave it: the user of the machine. */
  actor: text(128),
  /** The device's address, with its port. */
  device: text(64),
  /** What was ordered, without passwords. */
  order: z.record(z.string(), z.unknown()),
  /** Only in a `result`. */
  outcome: OrderOutcome.optional(),
  verified: OrderVerified.optional(),
  reason: text(1_000).nullable().optional(),
  driver: text(64).nullable().optional(),
  prev: Hash,
  hash: Hash,
});
export type AuditEntry = z.infer<typeof AuditEntry>;

/**
 * JSON in the one form of RFC 8785: members by the UTF-16 code units of their names, no white space, numbers and strings
 * as ECMAScript writes them. What JSON can't hold is left out, as JSON.stringify does.
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`).join(",")}}`;
}

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
