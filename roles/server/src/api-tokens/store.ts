import { ApiToken, type Scope } from "@banksman/wire/api";
import { sql, type Transaction } from "kysely";
import type { Db } from "../db/connect.ts";
import type { Schema } from "../db/schema.ts";
import type { StoredGrant } from "../identity/reach.ts";
import { REACHED, sitesOfScope, withGrants } from "../identity/reached.ts";

export type NewToken = {
  hash: Buffer;
  hint: string;
  name: string;
  userNo: number;
  permissions: readonly string[];
  scope: Scope;
  expiresAt: Date;
};
/** A token that is good now, with what its owner may do and the sites its own scope reaches; null is all. */
export type LiveToken = {
  token_id: number;
  user_no: number;
  username: string;
  permissions: string[];
  sites: string[] | null;
  container: string | null;
  customer: string | null;
  expires_at: Date;
  grants: StoredGrant[];
};

type Row = Record<string, unknown> & {
  created_at: Date;
  expires_at: Date;
  last_used_at: Date | null;
  revoked_at: Date | null;
};

const toToken = (row: Row): ApiToken =>
  ApiToken.parse({
    ...row,
    created_at: row.created_at.toISOString(),
    expires_at: row.expires_at.toISOString(),
    last_used_at: row.last_used_at?.toISOString() ?? null,
    revoked_at: row.revoked_at?.toISOString() ?? null,
  });

const SITES = sitesOfScope({
  site: sql`s.site_id = t.scope->>'site_id'`,
  region: sql`t.scope->>'region'`,
  customer: sql`t.scope->>'customer_id'`,
});
const LIVE = sql`select t.token_id, u.user_no, u.username, t.permissions, t.expires_at, t.scope->>'container' as container,
    t.scope->>'customer_id' as customer, case t.scope->>'of' when 'all' then null else ${SITES} end as sites,
    ${REACHED} as grants
  from api_tokens t join users u using (user_no)
  where t.revoked_at is null and t.expires_at > now() and u.disabled_at is null`;

export type ApiTokenStore = ReturnType<typeof apiTokenStore>;

/** The only SQL on API tokens. */
export const apiTokenStore = (db: Db) => ({
  list: async (where: { userNo?: number; tokenId?: number }): Promise<ApiToken[]> => {
    const { userNo = null, tokenId = null } = where;
    const { rows } = await sql<Row>`select t.*, u.username from api_tokens t join users u using (user_no)
      where (${userNo}::int is null or t.user_no = ${userNo}) and (${tokenId}::int is null or t.token_id = ${tokenId})
      order by t.token_id desc limit 5000`.execute(db);
    return rows.map(toToken);
  },

  add: async ({ hash, hint, name, userNo, permissions, scope, expiresAt }: NewToken): Promise<number> => {
    const { rows } = await sql<{ token_id: number }>`
      insert into api_tokens (token_hash, hint, name, user_no, permissions, scope, expires_at)
      values (${hash}, ${hint}, ${name}, ${userNo}, ${[...permissions]}, ${JSON.stringify(scope)}, ${expiresAt})
      returning token_id`.execute(db);
    return rows[0]?.token_id ?? 0;
  },

  /** False when there is none of that number, of this person if one is named. */
  revoke: async (tokenId: number, userNo: number | null): Promise<boolean> => {
    const { rows } = await sql`update api_tokens set revoked_at = coalesce(revoked_at, now())
      where token_id = ${tokenId} and (${userNo}::int is null or user_no = ${userNo}) returning 1`.execute(db);
    return rows.length > 0;
  },

  revokeAll: async (tx: Transaction<Schema>, userNo: number): Promise<void> => {
    await sql`update api_tokens set revoked_at = now() where user_no = ${userNo} and revoked_at is null`.execute(tx);
  },

  findByHash: async (hash: Buffer): Promise<LiveToken | null> => {
    const { rows } = await sql<LiveToken>`${LIVE} and t.token_hash = ${hash}`.execute(db);
    return rows[0] ? withGrants(rows[0]) : null;
  },

  findById: async (tokenId: number): Promise<LiveToken | null> => {
    const { rows } = await sql<LiveToken>`${LIVE} and t.token_id = ${tokenId}`.execute(db);
    return rows[0] ? withGrants(rows[0]) : null;
  },

  /** Last use to the minute. */
  touch: async (tokenId: number): Promise<void> => {
    await sql`update api_tokens set last_used_at = now() where token_id = ${tokenId}
      and (last_used_at is null or last_used_at < now() - interval '1 minute')`.execute(db);
  },
});
