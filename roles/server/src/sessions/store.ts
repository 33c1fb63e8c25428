import { sql, type Transaction } from "kysely";
import type { Db } from "../db/connect.ts";
import type { Schema } from "../db/schema.ts";
import type { StoredGrant } from "../identity/reach.ts";
import { REACHED, withGrants } from "../identity/reached.ts";

/** How somebody proved who they are. */
export type SignInMethod = "password" | "totp" | "passkey" | "recovery code" | "provider";

export type NewSession = {
  session_id: string;
  user_no: number;
  method: string;
  idle_until: Date;
  ends_at: Date;
  address: string | null;
  user_agent: string | null;
};
export type LiveSession = {
  session_id: string;
  user_no: number;
  username: string;
  grants: StoredGrant[];
  created_at: Date;
  idle_until: Date;
  seen_at: Date;
};
export type ListedSession = {
  session_id: string;
  username: string;
  method: string;
  created_at: Date;
  seen_at: Date;
  ends_at: Date;
  address: string | null;
  user_agent: string | null;
};
/** What became of a refresh token that was shown. */
export type Taken = { session_id: string; user_no: number; used_at: Date | null };

const LIVE = sql`s.idle_until > now() and s.ends_at > now() and u.disabled_at is null`;

export type SessionStore = ReturnType<typeof sessionStore>;

/** The only SQL on sessions and refresh tokens. */
export const sessionStore = (db: Db) => ({
  transaction: <T>(run: (tx: Transaction<Schema>) => Promise<T>): Promise<T> => db.transaction().execute(run),

  open: async (tx: Transaction<Schema>, session: NewSession): Promise<void> => {
    const { session_id, user_no, method, idle_until, ends_at, address, user_agent } = session;
    await sql`insert into sessions (session_id, user_no, method, idle_until, ends_at, address, user_agent)
      values (${session_id}, ${user_no}, ${method}, ${idle_until}, ${ends_at}, ${address}, ${user_agent})`.execute(tx);
    await sql`update users set last_signed_in_at = now() where user_no = ${user_no}`.execute(tx);
  },

  addRefreshToken: async (tx: Transaction<Schema>, sessionId: string, hash: Buffer): Promise<void> => {
    await sql`insert into refresh_tokens (token_hash, session_id) values (${hash}, ${sessionId})`.execute(tx);
  },

  /** Takes a refresh token, its row locked so that of two uses one is the first; null when it is unknown or over. */
  take: async (tx: Transaction<Schema>, hash: Buffer): Promise<Taken | null> => {
    const { rows } = await sql<Taken>`select t.session_id, s.user_no, t.used_at
      from refresh_tokens t join sessions s using (session_id) join users u using (user_no)
      where t.token_hash = ${hash} and ${LIVE} for update of t, s`.execute(tx);
    await sql`update refresh_tokens set used_at = coalesce(used_at, now()) where token_hash = ${hash}`.execute(tx);
    return rows[0] ?? null;
  },

  extend: async (tx: Transaction<Schema>, sessionId: string, idleUntil: Date): Promise<void> => {
    await sql`update sessions set idle_until = least(${idleUntil}, ends_at), seen_at = now()
      where session_id = ${sessionId}`.execute(tx);
  },

  find: async (sessionId: string): Promise<LiveSession | null> => {
    const { rows } = await sql<LiveSession>`
      select s.session_id, s.user_no, u.username, s.created_at, s.idle_until, s.seen_at, ${REACHED} as grants
      from sessions s join users u using (user_no) where s.session_id = ${sessionId} and ${LIVE}`.execute(db);
    return rows[0] ? withGrants(rows[0]) : null;
  },

  touch: async (sessionId: string): Promise<void> => {
    await sql`update sessions set seen_at = now()
      where session_id = ${sessionId} and seen_at < now() - interval '1 minute'`.execute(db);
  },

  list: async (userNo: number | null): Promise<ListedSession[]> => {
    const { rows } = await sql<ListedSession>`
      select s.session_id, u.username, s.method, s.created_at, s.seen_at, least(s.ends_at, s.idle_until) as ends_at,
        s.address, s.user_agent
      from sessions s join users u using (user_no)
      where ${LIVE} and (${userNo}::int is null or s.user_no = ${userNo}) order by s.seen_at desc limit 5000`.execute(
      db,
    );
    return rows;
  },

  /** Ends one session, of this person if one is named; gives whose it was. */
  end: async (sessionId: string, userNo: number | null): Promise<string | null> => {
    const { rows } = await sql<{ username: string }>`delete from sessions s using users u
      where s.session_id = ${sessionId} and u.user_no = s.user_no and (${userNo}::int is null or s.user_no = ${userNo})
      returning u.username`.execute(db);
    return rows[0]?.username ?? null;
  },

  /** Ends the sessions of a person, but for one that may stay; gives how many. */
  endAll: async (userNo: number, keep: string | null): Promise<number> => {
    const { numAffectedRows } = await sql`delete from sessions
      where user_no = ${userNo} and session_id is distinct from ${keep}::uuid`.execute(db);
    return Number(numAffectedRows ?? 0);
  },

  forget: async (): Promise<number> => {
    const { numAffectedRows } = await sql`delete from sessions where idle_until < now() or ends_at < now()`.execute(db);
    return Number(numAffectedRows ?? 0);
  },

  /** Who was here since: one row a session. */
  online: async (since: Date): Promise<{ session_id: string; user_no: number }[]> => {
    const { rows } = await sql<{ session_id: string; user_no: number }>`select s.session_id, s.user_no
      from sessions s join users u using (user_no) where ${LIVE} and s.seen_at >= ${since}`.execute(db);
    return rows;
  },
});
