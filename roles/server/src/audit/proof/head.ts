import { createHash, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { canonicalJson } from "@banksman/wire/model";
import { z } from "zod";

const Hash = z.string().regex(/^[0-9a-f]{64}$/);

/** Bytes of each row's hash that a head carries: they find the row that differs, while `root` proves that one does. */
const MARK_BYTES = 8;

/**
 * What is signed about the first `size` rows: the root of the Merkle tree over their hashes (RFC 9162), the last row's
 * own hash, and the beginnings of the hashes of all rows since the head before, which ended at row `after`.
 */
export const AuditHead = z.strictObject({
  format: z.literal("banksman-audit-head/1"),
  size: z.int().min(1),
  after: z.int().min(0),
  root: Hash,
  last: Hash,
  at: z.iso.datetime(),
  key_id: z.string(),
  marks: z.base64(),
});
export type AuditHead = z.infer<typeof AuditHead>;

export const SignedHead = z.strictObject({ head: AuditHead, signature: z.base64() });
export type SignedHead = z.infer<typeof SignedHead>;

export const PublicKey = z.strictObject({ key_id: z.string(), public_key: z.base64() });
export type PublicKey = z.infer<typeof PublicKey>;

/** A key's name: the beginning of the SHA-256 of its public half (SPKI, DER). */
export const keyIdOf = (publicKey: Uint8Array): string =>
  createHash("sha256").update(publicKey).digest("hex").slice(0, 32);

export const markOf = (hash: string): string => hash.slice(0, MARK_BYTES * 2);

export const packMarks = (hashes: readonly string[]): string =>
  Buffer.from(hashes.map(markOf).join(""), "hex").toString("base64");

export function unpackMarks(packed: string): string[] {
  const hex = Buffer.from(packed, "base64").toString("hex");
  return hex.match(new RegExp(`.{${MARK_BYTES * 2}}`, "g")) ?? [];
}

/** Ed25519 over the head's canonical form. */
export const signHead = (head: AuditHead, privateKey: KeyObject): SignedHead => ({
  head,
  signature: sign(null, Buffer.from(canonicalJson(head)), privateKey).toString("base64"),
});

/** Whether a head was signed by the owner of a public key, which must be the one that it names. */
export function isSignedBy({ head, signature }: SignedHead, { key_id, public_key }: PublicKey): boolean {
  const der = Buffer.from(public_key, "base64");
  if (head.key_id !== key_id || keyIdOf(der) !== key_id) return false;
  const key = createPublicKey({ key: der, format: "der", type: "spki" });
  return verify(null, Buffer.from(canonicalJson(head)), key, Buffer.from(signature, "base64"));
}
