import type { Role, User } from "@banksman/wire/api";
import { sql } from "kysely";
import type { Db } from "../db/connect.ts";

export type StoredUser = {
  user_no: number;
  username: string;
  password_hash: string;
  role: Role;
  disabled_at: Date | null;
};
export type StoredSession = { user_no: number; username: string; role: Role; expires_at: Date };

const USER_COLUMNS = ["username", "role", "disabled_at", "created_at", "last_signed_in_at"] as const;
type UserRow = {
  username: string;
  role: Role;
  disabled_at: Date | null;
  created_at: Date;
  last_signed_in_at: Date | null;
};

const toUser = (row: UserRow): User => ({
  username: row.username,
  role: row.role,
  disabled: row.disabled_at !== null,
  created_at: row.created_at.toISOString(),
  last_signed_in_at: row.last_signed_in_at?.toISOString() ?? null,
});

const sameName = (username: string) => sql<boolean>`lower(username) = lower(${username})`;

export type IdentityStore = ReturnType<typeof identityStore>;

/** The only SQL on accounts and sessions. */
export const identityStore = (db: Db) => ({
  userCount: async (): Promise<number> => {
    const row = await db
      .selectFrom("users")
      .select((eb) => eb.fn.countAll<number>().as("n"))
      .executeTakeFirstOrThrow();
    return row.n;
  },

  find: (username: string): Promise<StoredUser | undefined> =>
    db
      .selectFrom("users")
      .select(["user_no", "username", "password_hash", "role", "disabled_at"])
      .where(sameName(username))
      .executeTakeFirst(),

  list: async (): Promise<User[]> => {
    const rows = await db.selectFrom("users").select(USER_COLUMNS).orderBy("username").execute();
    return rows.map(toUser);
  },

  /** Null when the name is taken. */
  create: async (user: { username: string; password_hash: string; role: Role }): Promise<User | null> => {
    const row = await db
      .insertInto("users")
      .values(user)
      .onConflict((conflict) => conflict.expression(sql`lower(username)`).doNothing())
      .returning(USER_COLUMNS)
      .executeTakeFirst();
    return row ? toUser(row) : null;
  },

  update: async (
    username: string,
    change: { role?: Role; password_hash?: string; disabled_at?: Date | null },
  ): Promise<User | null> => {
    const row = await db
      .updateTable("users")
      .set(change)
      .where(sameName(username))
      .returning(USER_COLUMNS)
      .executeTakeFirst();
    return row ? toUser(row) : null;
  },

  activeAdmins: async (): Promise<number> => {
    const row = await db
      .selectFrom("users")
      .select((eb) => eb.fn.countAll<number>().as("n"))
      .where("role", "=", "admin")
      .where("disabled_at", "is", null)
      .executeTakeFirstOrThrow();
    return row.n;
  },

  openSession: async (session: {
    token_hash: Buffer;
    user_no: number;
    expires_at: Date;
    address: string | null;
    user_agent: string | null;
  }): Promise<void> => {
    await db.insertInto("sessions").values(session).execute();
    await db
      .updateTable("users")
      .set({ last_signed_in_at: new Date() })
      .where("user_no", "=", session.user_no)
      .execute();
    await db.deleteFrom("sessions").where("expires_at", "<", new Date()).execute();
  },

  findSession: (tokenHash: Buffer): Promise<StoredSession | undefined> =>
    db
      .selectFrom("sessions as s")
      .innerJoin("users as u", "u.user_no", "s.user_no")
      .select(["u.user_no", "u.username", "u.role", "s.expires_at"])
      .where("s.token_hash", "=", tokenHash)
      .where("s.expires_at", ">", new Date())
      .where("u.disabled_at", "is", null)
      .executeTakeFirst(),

  extendSession: async (tokenHash: Buffer, expiresAt: Date): Promise<void> => {
    await db.updateTable("sessions").set({ expires_at: expiresAt }).where("token_hash", "=", tokenHash).execute();
  },

  closeSession: async (tokenHash: Buffer): Promise<void> => {
    await db.deleteFrom("sessions").where("token_hash", "=", tokenHash).execute();
  },

  /** Ends the sessions of a person, but for one that may stay. */
  closeSessions: async (username: string, keep?: Buffer): Promise<void> => {
    const users = db.selectFrom("users").select("user_no").where(sameName(username));
    const query = db.deleteFrom("sessions").where("user_no", "in", users);
    await (keep ? query.where("token_hash", "<>", keep) : query).execute();
  },
});
