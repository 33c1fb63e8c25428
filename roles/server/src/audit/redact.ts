import { createHash } from "node:crypto";
import { canonicalJson } from "@banksman/wire/model";
import { z } from "zod";

/** What stands where a secret stood. */
export const HIDDEN = "(hidden)";

/** Names of members that hold secrets, in whatever spelling. */
const SECRET_NAME =
  /pass(word|wd|phrase|code)?$|password|secret|token|api_?key|private_?key|collector_?key|^key$|credential|authorization|cookie|otp|totp|recovery|^signature$/i;
/** Secrets that stand within a text: a collector key, a bearer token, the password of an address, a query's key. */
const SECRET_TEXT: readonly [RegExp, string][] = [
  [/\b(hsc|bmt)_[\w-]{8,}/g, `$1_${HIDDEN}`],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{8,}/gi, `$1 ${HIDDEN}`],
  [/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/?#@]+@/gi, `$1${HIDDEN}@`],
  [/([?&][\w-]*(?:key|token|secret|sign|signature|password|access_token)=)[^&\s#]+/gi, `$1${HIDDEN}`],
];
/** A value whose JSON is longer is kept as its hash: what it was can be proven, by who has it. */
const MAX_VALUE_BYTES = 32_768;

type Json = z.core.util.JSONType;

/** How much of a member is secret: all of it, or of an address what stands behind the host. */
type Secrets = ReadonlyMap<string, "whole" | "path">;

/** An address without what stands behind its host. */
function hostAlone(value: Json): Json {
  if (typeof value !== "string" || !URL.canParse(value)) return HIDDEN;
  const { protocol, host, href } = new URL(value);
  const origin = `${protocol}//${host}`;
  return href.length > origin.length + 1 ? `${origin}/${HIDDEN}` : origin;
}

function scrub(text: string): string {
  // PostgreSQL's JSON can't hold a NUL, and RFC 8785 no half of a surrogate pair.
  let clean = text.replaceAll("\u0000", "\ufffd").toWellFormed();
  for (const [pattern, replacement] of SECRET_TEXT) clean = clean.replace(pattern, replacement);
  return clean;
}

/** What JSON.parse gives, without its secrets. Built anew by type, since a schema's check costs ten times as much. */
function hide(value: unknown, secrets: Secrets): Json {
  if (typeof value === "string") return scrub(value);
  if (typeof value === "number" || typeof value === "boolean") return value;
  if (Array.isArray(value)) return value.map((item) => hide(item, secrets));
  if (typeof value !== "object" || value === null) return null;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      const how = secrets.get(name) ?? (SECRET_NAME.test(name) ? "whole" : null);
      const shown = hide(member, secrets);
      if (how === null || member === null || typeof member === "boolean") return [scrub(name), shown];
      return [scrub(name), how === "path" ? hostAlone(shown) : HIDDEN];
    }),
  );
}

/**
 * What of a value may stand in the audit trail: as JSON, without secrets, which are known by their names or by their
 * form. `secrets` names further ones. A long value becomes its hash and size.
 */
export function plain(value: unknown, secrets: Secrets = new Map()): Json {
  if (value === undefined || value === null) return null;
  if (typeof value === "string" && value.length < MAX_VALUE_BYTES / 4) return scrub(value);
  const hidden = hide(JSON.parse(JSON.stringify(value)), secrets);
  const text = canonicalJson(hidden);
  const bytes = Buffer.byteLength(text);
  if (bytes <= MAX_VALUE_BYTES) return hidden;
  return { too_long: true, bytes, sha256: createHash("sha256").update(text).digest("hex") };
}

/**
 * Members that a schema marks as `writeOnly`, the word of JSON Schema for what is never told back, and addresses that it
 * marks as `x-secret-path`.
 */
export function secretNames(schema: z.ZodType | undefined): Secrets {
  const names = new Map<string, "whole" | "path">();
  if (schema) collect(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }), null, names);
  return names;
}

function collect(part: unknown, name: string | null, names: Map<string, "whole" | "path">): void {
  if (typeof part !== "object" || part === null) return;
  if (name !== null && "writeOnly" in part && part.writeOnly === true) names.set(name, "whole");
  if (name !== null && "x-secret-path" in part) names.set(name, "path");
  for (const [key, member] of Object.entries(part)) {
    if (key !== "properties" || typeof member !== "object" || member === null) collect(member, name, names);
    else for (const [property, schema] of Object.entries(member)) collect(schema, property, names);
  }
}

/** Leaves of a body the members that its schema knows: nobody can tell what an unknown one holds. */
export function knownMembers(schema: z.ZodType | undefined): (body: unknown) => unknown {
  if (!schema) return () => null;
  const { properties } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  if (properties === undefined) return (body) => body;
  return (body) =>
    typeof body === "object" && body !== null && !Array.isArray(body)
      ? Object.fromEntries(Object.entries(body).filter(([name]) => name in properties))
      : null;
}
