import type { JWK } from "jose";
import { sql } from "kysely";
import type { Db } from "../db/connect.ts";

/** A key that signs access tokens; its private half is sealed. */
export type StoredKey = { kid: string; public_jwk: JWK; private_key: Buffer; created_at: Date };

export type SigningKeyStore = ReturnType<typeof signingKeyStore>;

/** The only SQL on signing keys. */
export const signingKeyStore = (db: Db) => ({
  /** The newest first. */
  all: async (): Promise<StoredKey[]> =>
    (await sql<StoredKey>`select * from signing_keys order by created_at desc, kid`.execute(db)).rows,

  add: async (key: Omit<StoredKey, "created_at">): Promise<void> => {
    await sql`insert into signing_keys (kid, public_jwk, private_key)
      values (${key.kid}, ${JSON.stringify(key.public_jwk)}, ${key.private_key})`.execute(db);
  },

  /** Drops those that were followed by a newer one before `before`: no token of theirs is still good. */
  forget: async (before: Date): Promise<number> => {
    const { numAffectedRows } = await sql`delete from signing_keys k where exists (
      select from signing_keys newer where newer.created_at > k.created_at and newer.created_at < ${before})`.execute(
      db,
    );
    return Number(numAffectedRows ?? 0);
  },
});
