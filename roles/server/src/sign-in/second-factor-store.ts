import type { Passkey } from "@banksman/wire/api";
import { sql, type Transaction } from "kysely";
import type { Db } from "../db/connect.ts";
import type { Schema } from "../db/schema.ts";

export type StoredPasskey = {
  passkey_id: string;
  user_no: number;
  name: string;
  public_key: Buffer;
  counter: number;
  transports: string[];
  created_at: Date;
  used_at: Date | null;
};
export type Ticket = { user_no: number; username: string; challenge: string | null };

const MOST_TRIES = 5;

export type SecondFactorStore = ReturnType<typeof secondFactorStore>;

/** The only SQL on second factors and on sign-ins that wait for one. */
export const secondFactorStore = (db: Db) => ({
  totp: async (userNo: number): Promise<{ secret: Buffer; isConfirmed: boolean } | null> => {
    const { rows } = await sql<{ secret: Buffer; confirmed_at: Date | null }>`
      select secret, confirmed_at from totp where user_no = ${userNo}`.execute(db);
    return rows[0] ? { secret: rows[0].secret, isConfirmed: rows[0].confirmed_at !== null } : null;
  },

  /** Keeps a secret that no code was shown for yet; one that counts already stays until the new one is confirmed. */
  beginTotp: async (userNo: number, secret: Buffer): Promise<boolean> => {
    const { rows } = await sql`insert into totp (user_no, secret) values (${userNo}, ${secret})
      on conflict (user_no) do update set secret = excluded.secret where totp.confirmed_at is null returning 1`.execute(
      db,
    );
    return rows.length > 0;
  },

  confirmTotp: async (userNo: number): Promise<void> => {
    await sql`update totp set confirmed_at = coalesce(confirmed_at, now()) where user_no = ${userNo}`.execute(db);
  },

  /** Takes a code's time step; false when it, or a later one, was used before: a code is good once. */
  spendStep: async (userNo: number, step: number): Promise<boolean> => {
    const { rows } = await sql`update totp set last_step = ${step} where user_no = ${userNo} and last_step < ${step}
      returning 1`.execute(db);
    return rows.length > 0;
  },

  removeTotp: async (userNo: number): Promise<void> => {
    await sql`delete from totp where user_no = ${userNo}`.execute(db);
  },

  passkeys: async (userNo: number): Promise<StoredPasskey[]> => {
    const { rows } = await sql<StoredPasskey>`select *, counter::float8 as counter from passkeys
      where user_no = ${userNo} order by created_at`.execute(db);
    return rows;
  },

  /** False when it is somebody's already. */
  addPasskey: async (passkey: Omit<StoredPasskey, "created_at" | "used_at">): Promise<boolean> => {
    const { passkey_id, user_no, name, public_key, counter, transports } = passkey;
    const { rows } = await sql`insert into passkeys (passkey_id, user_no, name, public_key, counter, transports)
      values (${passkey_id}, ${user_no}, ${name}, ${public_key}, ${counter}, ${transports}) on conflict do nothing returning 1`.execute(
      db,
    );
    return rows.length > 0;
  },

  usePasskey: async (passkeyId: string, counter: number): Promise<void> => {
    await sql`update passkeys set counter = ${counter}, used_at = now() where passkey_id = ${passkeyId}`.execute(db);
  },

  removePasskey: async (userNo: number, passkeyId: string): Promise<boolean> => {
    const { rows } =
      await sql`delete from passkeys where user_no = ${userNo} and passkey_id = ${passkeyId} returning 1`.execute(db);
    return rows.length > 0;
  },

  codesLeft: async (userNo: number): Promise<number> => {
    const { rows } = await sql<{
      n: number;
    }>`select count(*)::int as n from recovery_codes where user_no = ${userNo}`.execute(db);
    return rows[0]?.n ?? 0;
  },

  setCodes: (userNo: number, hashes: readonly Buffer[]): Promise<void> =>
    db.transaction().execute(async (tx) => {
      await sql`delete from recovery_codes where user_no = ${userNo}`.execute(tx);
      for (const hash of hashes)
        await sql`insert into recovery_codes (user_no, code_hash) values (${userNo}, ${hash})`.execute(tx);
    }),

  spendCode: async (userNo: number, hash: Buffer): Promise<boolean> => {
    const { rows } =
      await sql`delete from recovery_codes where user_no = ${userNo} and code_hash = ${hash} returning 1`.execute(db);
    return rows.length > 0;
  },

  /** Forgets every second factor of a person. */
  removeAll: async (tx: Transaction<Schema> | Db, userNo: number): Promise<void> => {
    await sql`delete from totp where user_no = ${userNo}`.execute(tx);
    await sql`delete from passkeys where user_no = ${userNo}`.execute(tx);
    await sql`delete from recovery_codes where user_no = ${userNo}`.execute(tx);
  },

  openTicket: async (hash: Buffer, userNo: number, challenge: string | null, expiresAt: Date): Promise<void> => {
    await sql`insert into sign_in_tickets (ticket_hash, user_no, challenge, expires_at)
      values (${hash}, ${userNo}, ${challenge}, ${expiresAt})`.execute(db);
  },

  /** Ends what a password opened that is none any more. */
  endTickets: async (tx: Transaction<Schema>, userNo: number): Promise<void> => {
    await sql`delete from sign_in_tickets where user_no = ${userNo}`.execute(tx);
  },

  /** One try with a ticket; null when it is unknown, over, or was tried too often. */
  tryTicket: async (hash: Buffer): Promise<Ticket | null> => {
    const { rows } = await sql<Ticket>`update sign_in_tickets t set tries = tries + 1 from users u
      where t.ticket_hash = ${hash} and t.expires_at > now() and t.tries < ${MOST_TRIES}
        and u.user_no = t.user_no and u.disabled_at is null
      returning t.user_no, u.username, t.challenge`.execute(db);
    return rows[0] ?? null;
  },

  /** Takes a ticket away; false when somebody else just did. */
  spendTicket: async (hash: Buffer): Promise<boolean> => {
    const { rows } = await sql`delete from sign_in_tickets where ticket_hash = ${hash} returning 1`.execute(db);
    return rows.length > 0;
  },
});

export const toPasskey = ({ passkey_id, name, created_at, used_at }: StoredPasskey): Passkey => ({
  passkey_id,
  name,
  created_at: created_at.toISOString(),
  used_at: used_at?.toISOString() ?? null,
});
