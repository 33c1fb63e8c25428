import { z } from "zod";
import { defineRoute, reply } from "./route.ts";

const Hash = z.string().regex(/^[0-9a-f]{64}$/);
const text = (max: number) => z.string().max(max);

/** Who acted. A `cli` is the operating-system user who ran a command beside the server. */
export const AuditActor = z.strictObject({
  kind: z.enum(["person", "collector", "reader", "nobody", "automation", "system", "cli"]),
  name: text(200).nullable(),
});
export type AuditActor = z.infer<typeof AuditActor>;

/** From where: the address the request came from, which session or token, and the client's own words. */
export const AuditFrom = z.strictObject({
  address: text(100).nullable(),
  session: text(64).nullable(),
  client: text(300).nullable(),
});
export type AuditFrom = z.infer<typeof AuditFrom>;

/** `unknown`: the server ended in the middle of it, and nobody can tell how far it came. */
export const AuditResult = z.enum(["done", "refused", "failed", "unknown"]);
export type AuditResult = z.infer<typeof AuditResult>;

/** One thing that somebody did or was refused. */
export const AuditEvent = z.strictObject({
  actor: AuditActor,
  from: AuditFrom.nullable(),
  /** Such as `sites.create`. */
  action: text(200),
  site: text(100).nullable(),
  /** What it was done to, by its id. */
  target: text(500).nullable(),
  before: z.json().nullable(),
  after: z.json().nullable(),
  reason: text(2_000).nullable(),
  result: AuditResult,
  /** A problem's code where it was not done. */
  code: text(100).nullable(),
  /** Refusals of the same kind within a minute stand in one row. */
  times: z.int().min(1),
});
export type AuditEvent = z.infer<typeof AuditEvent>;

/**
 * An event in its place: `seq` counts from 1, and `prev` is the hash of the row before. The row's own hash is SHA-256 over
 * the canonical form (RFC 8785) of all this.
 */
export const AuditRow = AuditEvent.extend({ seq: z.int().min(1), at: z.iso.datetime(), prev: Hash });
export type AuditRow = z.infer<typeof AuditRow>;

export const ListedAuditRow = AuditRow.extend({ hash: Hash });
export type ListedAuditRow = z.infer<typeof ListedAuditRow>;

/** What the page of the audit trail and its exports are narrowed by; all given words must fit. */
export const AuditFilter = z.object({
  /** Text anywhere in the row. */
  q: text(200).optional(),
  actor: text(200).optional(),
  /** An action, or its beginning: `sites` has all that is done to sites. */
  action: text(200).optional(),
  site_id: text(100).optional(),
  result: AuditResult.optional(),
  from: z.iso.datetime({ offset: true }).optional(),
  to: z.iso.datetime({ offset: true }).optional(),
});
export type AuditFilter = z.infer<typeof AuditFilter>;

export const ListAudit = defineRoute({
  method: "GET",
  path: "/audit",
  summary: "The audit trail, newest first",
  needs: "audit.read",
  at: "anywhere",
  query: AuditFilter.extend({
    /** Rows before this one: the last one of the page before. */
    before_seq: z.coerce.number().int().min(1).optional(),
    limit: z.coerce.number().int().min(1).max(500).default(100),
  }),
  reply: reply(z.object({ rows: z.array(ListedAuditRow), has_more: z.boolean() })),
});

export const GetAuditRow = defineRoute({
  method: "GET",
  path: "/audit/:seq",
  summary: "One row of the audit trail",
  needs: "audit.read",
  at: "anywhere",
  params: z.object({ seq: z.coerce.number().int().min(1) }),
  reply: reply(ListedAuditRow),
});

/** What is known of the trail as a whole. */
export const AuditSeal = z.object({
  rows: z.int(),
  /** The newest signed head; null before the first. */
  head: z.object({ size: z.int(), root: Hash, at: z.iso.datetime(), key_id: z.string() }).nullable(),
  /** Whether the server's role in the database has no right to change or remove rows. */
  is_protected: z.boolean(),
  /** Why nothing is signed now; null when all is well. */
  trouble: z.string().nullable(),
  anchors: z.array(
    z.object({
      anchor: z.string(),
      /** Rows of the newest head that is there; 0 before the first. */
      size: z.int(),
      anchored_at: z.iso.datetime().nullable(),
      error: z.string().nullable(),
    }),
  ),
});
export type AuditSeal = z.infer<typeof AuditSeal>;

export const GetAuditSeal = defineRoute({
  method: "GET",
  path: "/audit/seal",
  summary: "How far the audit trail is signed, by which key, and where its heads are kept outside the database",
  needs: "audit.read",
  at: "anywhere",
  reply: reply(AuditSeal),
});

export const GetAuditCsv = defineRoute({
  method: "GET",
  path: "/audit/csv",
  summary: "The rows that a filter finds, newest first, as CSV",
  needs: "audit.read",
  at: "anywhere",
  action: "audit.export",
  audited: true,
  media: "text/csv",
  query: AuditFilter,
  reply: z.string(),
});

export const GetAuditBundle = defineRoute({
  method: "GET",
  path: "/audit/bundle",
  summary: "The whole trail with its signed heads and public keys, for banksman audit verify --bundle",
  needs: "audit.read",
  action: "audit.export-bundle",
  audited: true,
  media: "application/jsonl",
  reply: z.string(),
});

const Signed = z.object({ head: z.record(z.string(), z.unknown()), signature: z.base64() });

export const GetAuditProof = defineRoute({
  method: "GET",
  path: "/audit/:seq/proof",
  summary: "That a row is in the newest signed head: its inclusion proof (RFC 9162), whose leaf is the row's hash",
  needs: "audit.read",
  at: "anywhere",
  params: z.object({ seq: z.coerce.number().int().min(1) }),
  reply: reply(z.object({ row: ListedAuditRow, signed: Signed, proof: z.array(Hash) })),
});

export const GetAuditConsistency = defineRoute({
  method: "GET",
  path: "/audit/consistency",
  summary: "That the trail as it was at a size is the beginning of the newest signed one (RFC 9162)",
  needs: "audit.read",
  query: z.object({ size: z.coerce.number().int().min(1) }),
  reply: reply(z.object({ signed: Signed, proof: z.array(Hash) })),
});
