import { z } from "zod";
import { OrderOutcome, OrderVerified } from "../model/order.ts";

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
