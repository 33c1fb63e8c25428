import { randomUUID } from "node:crypto";
import type { Clock, Log } from "@banksman/kit";
import { errors, exportJWK, generateKeyPair, importJWK, type JWK, jwtVerify, SignJWT } from "jose";
import { z } from "zod";
import type { SigningKeyStore, StoredKey } from "./signing-key-store.ts";

const ALGORITHM = "EdDSA";
const TYPE = "at+jwt";
const AUDIENCE = "banksman";
export const ACCESS_TOKEN_S = 600;
const ROTATE_AFTER_MS = 30 * 86_400_000;
/** Long after the last token of an older key has run out, with room for clocks that differ. */
const KEEP_OLD_MS = 3_600_000;

type Vault = { seal: (text: string) => Buffer; open: (sealed: Buffer) => string };
type Parts = { store: SigningKeyStore; vault: Vault; issuer: string; clock: Clock; log: Log };

const Claims = z.object({ sub: z.string().regex(/^\d+$/), sid: z.uuid() });

/** Whose access token it is, and of which session. */
export type TokenSubject = { userNo: number; sessionId: string };

export type SigningKeys = ReturnType<typeof signingKeys>;

/**
 * Signs and checks access tokens: EdDSA, ten minutes. Keys lie in the database, private halves sealed, so that several
 * servers check each other's tokens. A new key follows each month; older ones stay in the published set for an hour.
 */
export function signingKeys({ store, vault, issuer, clock, log }: Parts) {
  let known: StoredKey[] = [];
  let readAt = Number.NEGATIVE_INFINITY;

  const read = async (): Promise<StoredKey[]> => {
    known = await store.all();
    readAt = clock.now();
    return known;
  };
  const openPrivate = (key: StoredKey): JWK | null => {
    try {
      return JSON.parse(vault.open(key.private_key));
    } catch {
      // Sealed by a server with another secret key: its public half serves, it can't sign here.
      return null;
    }
  };
  const make = async (): Promise<void> => {
    const { publicKey, privateKey } = await generateKeyPair(ALGORITHM, { crv: "Ed25519", extractable: true });
    const kid = randomUUID();
    const private_key = vault.seal(JSON.stringify(await exportJWK(privateKey)));
    await store.add({ kid, public_jwk: await exportJWK(publicKey), private_key });
    log.info(`a new key signs access tokens: ${kid}`);
    await read();
  };
  const current = async (): Promise<{ kid: string; jwk: JWK }> => {
    if (clock.now() - readAt > KEEP_OLD_MS / 2) await read();
    for (const key of known) {
      const jwk = openPrivate(key);
      if (jwk) return { kid: key.kid, jwk };
    }
    await make();
    return current();
  };
  /** Keys never change under their id, so each is made ready once. */
  const ready = new Map<string, ReturnType<typeof importJWK>>();
  const readyKey = (use: string, kid: string, jwk: JWK) => {
    const name = `${use} ${kid}`;
    const key = ready.get(name) ?? importJWK(jwk, ALGORITHM);
    ready.set(name, key);
    return key;
  };
  const publicKeyOf = async (kid: string | undefined) => {
    const find = () => known.find((key) => key.kid === kid)?.public_jwk;
    // Another server may have made it just now; one look costs no more than looking a session up.
    if (!find()) await read();
    const jwk = find();
    if (!jwk || kid === undefined) throw new errors.JWKSNoMatchingKey();
    return readyKey("check", kid, jwk);
  };

  return {
    sign: async ({ userNo, sessionId }: TokenSubject): Promise<{ token: string; expiresAt: Date }> => {
      const { kid, jwk } = await current();
      const now = Math.floor(clock.now() / 1_000);
      const token = await new SignJWT({ sid: sessionId })
        .setProtectedHeader({ alg: ALGORITHM, kid, typ: TYPE })
        .setSubject(String(userNo))
        .setIssuer(issuer)
        .setAudience(AUDIENCE)
        .setIssuedAt(now)
        .setExpirationTime(now + ACCESS_TOKEN_S)
        .sign(await readyKey("sign", kid, jwk));
      return { token, expiresAt: new Date((now + ACCESS_TOKEN_S) * 1_000) };
    },

    /** Null for a token that is not ours, was changed, or has run out. */
    verify: async (token: string): Promise<TokenSubject | null> => {
      try {
        const { payload } = await jwtVerify(token, ({ kid }) => publicKeyOf(kid), {
          algorithms: [ALGORITHM],
          typ: TYPE,
          issuer,
          audience: AUDIENCE,
          currentDate: new Date(clock.now()),
        });
        const claims = Claims.safeParse(payload);
        return claims.success ? { userNo: Number(claims.data.sub), sessionId: claims.data.sid } : null;
      } catch (error) {
        if (error instanceof errors.JOSEError) return null;
        throw error;
      }
    },

    /** The public halves, as RFC 7517 has them. */
    published: async (): Promise<{ keys: JWK[] }> => ({
      keys: (await read()).map(({ kid, public_jwk }) => ({ ...public_jwk, kid, alg: ALGORITHM, use: "sig" })),
    }),

    list: async (): Promise<{ kid: string; created_at: string; signs: boolean }[]> => {
      const { kid: signing } = await current();
      return (await read()).map(({ kid, created_at }) => ({
        kid,
        created_at: created_at.toISOString(),
        signs: kid === signing,
      }));
    },

    /** Signs with a new key from now on; tokens of the one before stay good until they run out. */
    rotate: make,

    upkeep: async (): Promise<{ forgotten: number }> => {
      const newest = (await read())[0]?.created_at.getTime() ?? 0;
      if (clock.now() - newest > ROTATE_AFTER_MS) await make();
      return { forgotten: await store.forget(new Date(clock.now() - KEEP_OLD_MS)) };
    },
  };
}
