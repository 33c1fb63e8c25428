import { createHash, randomBytes } from "node:crypto";

/** A name and a password. */
export type Credentials = { username: string; password: string };

/** What a 401 asks for: RFC 7617's basic or RFC 7616's digest. */
export type Challenge =
  | { scheme: "basic" }
  | {
      scheme: "digest";
      realm: string;
      nonce: string;
      algorithm: string | null;
      /** Whether the server knows `qop=auth`; without it the older RFC 2069 is meant. */
      auth: boolean;
      opaque: string | null;
      userhash: boolean;
      /** The server knew the password and only wants a newer nonce. */
      stale: boolean;
    };

/** By preference. Miners' servers say MD5, or nothing, which means MD5. */
const HASHES = new Map([
  ["SHA-512-256", "sha512-256"],
  ["SHA-256", "sha256"],
  ["MD5", "md5"],
]);
const ORDER = [...HASHES.keys()];

/**
 * The best challenge that a `WWW-Authenticate` header offers and we can answer; null when there is none. Basic shows
 * the password to everybody on the way, so that it is taken only where nothing else is offered.
 */
export function challengeIn(header: string | undefined): Challenge | null {
  if (header === undefined) return null;
  const digests: (Challenge & { scheme: "digest" })[] = [];
  let basic = false;
  for (const { scheme, params } of challengesOf(header)) {
    if (scheme === "basic") basic = true;
    const digest = scheme === "digest" ? digestOf(params) : null;
    if (digest) digests.push(digest);
  }
  digests.sort((a, b) => ORDER.indexOf(bareAlgorithm(a)) - ORDER.indexOf(bareAlgorithm(b)));
  return digests[0] ?? (basic ? { scheme: "basic" } : null);
}

const bareAlgorithm = ({ algorithm }: { algorithm: string | null }): string =>
  (algorithm ?? "MD5").toUpperCase().replace(/-SESS$/, "");

function digestOf(params: Map<string, string>): (Challenge & { scheme: "digest" }) | null {
  const [realm, nonce] = [params.get("realm"), params.get("nonce")];
  const algorithm = params.get("algorithm") ?? null;
  const qop = params.get("qop");
  const auth = qop?.split(",").some((one) => one.trim().toLowerCase() === "auth") ?? false;
  if (realm === undefined || nonce === undefined || !HASHES.has(bareAlgorithm({ algorithm }))) return null;
  if (qop !== undefined && !auth) return null;
  return {
    scheme: "digest",
    realm,
    nonce,
    algorithm,
    auth,
    opaque: params.get("opaque") ?? null,
    userhash: params.get("userhash")?.toLowerCase() === "true",
    stale: params.get("stale")?.toLowerCase() === "true",
  };
}

/** A header may hold several challenges, comma-separated as their parameters are. */
function challengesOf(header: string): { scheme: string; params: Map<string, string> }[] {
  const found: { scheme: string; params: Map<string, string> }[] = [];
  const token = /\b(basic|digest)\b(?=\s|,|$)(?!\s*=)|([a-z][\w-]*)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/gi;
  for (const [, scheme, name, quoted, bare] of header.matchAll(token)) {
    if (scheme !== undefined) found.push({ scheme: scheme.toLowerCase(), params: new Map() });
    else if (name !== undefined)
      found.at(-1)?.params.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, "$1") ?? bare ?? "");
  }
  return found;
}

/** What one request is signed with; `count` rises with each use of a nonce, `cnonce` is our own random text. */
export type Signing = { method: string; uri: string; count: number; cnonce?: string };

/** The `Authorization` header that answers a challenge. */
export function authorization(challenge: Challenge, { username, password }: Credentials, signing: Signing): string {
  if (challenge.scheme === "basic") return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
  const { realm, nonce, algorithm, auth, opaque, userhash } = challenge;
  const { method, uri, cnonce = randomBytes(12).toString("base64url") } = signing;
  const hash = (text: string) =>
    createHash(HASHES.get(bareAlgorithm(challenge)) ?? "md5")
      .update(text)
      .digest("hex");
  const nc = signing.count.toString(16).padStart(8, "0");
  const plain = hash(`${username}:${realm}:${password}`);
  const secret = /-sess$/i.test(algorithm ?? "") ? hash(`${plain}:${nonce}:${cnonce}`) : plain;
  const middle = auth ? `${nonce}:${nc}:${cnonce}:auth` : nonce;
  const parts = [
    `username=${quote(userhash ? hash(`${username}:${realm}`) : username)}`,
    `realm=${quote(realm)}`,
    `nonce=${quote(nonce)}`,
    `uri=${quote(uri)}`,
    ...(algorithm === null ? [] : [`algorithm=${algorithm}`]),
    ...(auth ? ["qop=auth", `nc=${nc}`, `cnonce=${quote(cnonce)}`] : []),
    `response="${hash(`${secret}:${middle}:${hash(`${method}:${uri}`)}`)}"`,
    ...(opaque === null ? [] : [`opaque=${quote(opaque)}`]),
    ...(userhash ? ["userhash=true"] : []),
  ];
  return `Digest ${parts.join(", ")}`;
}

const quote = (text: string) => `"${text.replace(/["\\]/g, "\\$&")}"`;
