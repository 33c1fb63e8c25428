import { createHash } from "node:crypto";
import type { AuditEvent, AuditRow } from "@banksman/wire/api";
import { canonicalJson } from "@banksman/wire/model";

/** The hash "before" the first row. */
export const CHAIN_START = "0".repeat(64);

/** An event with the time at which it was recorded, in milliseconds. */
export type TimedEvent = { event: AuditEvent; atMs: number };
/** The end of a chain: its last row's place and hash. */
export type Tail = { seq: number; hash: string };
/** A row as it is kept: the very text that was hashed, and the hash. */
export type Linked = { seq: number; text: string; hash: string };

export const EMPTY_TAIL: Tail = { seq: 0, hash: CHAIN_START };

/** SHA-256 of a row's canonical text, in hex. */
export const rowHash = (text: string): string => createHash("sha256").update(text).digest("hex");

/** Puts events behind the end of a chain, in their order. */
export function link(tail: Tail, events: readonly TimedEvent[]): Linked[] {
  const linked: Linked[] = [];
  let { seq, hash: prev } = tail;
  for (const { event, atMs } of events) {
    seq++;
    const row: AuditRow = { ...event, seq, at: new Date(atMs).toISOString(), prev };
    const text = canonicalJson(row);
    prev = rowHash(text);
    linked.push({ seq, text, hash: prev });
  }
  return linked;
}
