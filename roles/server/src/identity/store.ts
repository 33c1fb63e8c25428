import { type Grant, Scope, type User } from "@banksman/wire/api";
import { sql, type Transaction } from "kysely";
import { z } from "zod";
import type { Db } from "../db/connect.ts";
import type { Schema } from "../db/schema.ts";
import { type StoredGrant, widestRole } from "./reach.ts";
import { REACHED, sitesOfScope, withGrants } from "./reached.ts";

export type StoredUser = {
  user_no: number;
  username: string;
  password_hash: string | null;
  disabled_at: Date | null;
  grants: StoredGrant[];
};

type UserRow = {
  username: string;
  disabled_at: Date | null;
  created_at: Date;
  last_signed_in_at: Date | null;
  has_password: boolean;
  has_second_factor: boolean;
  grants: unknown;
};
/** A grant as a row of `wanted`. */
type Wanted = Record<"role" | "scope", string> &
  Record<"region" | "site_id" | "container" | "customer_id", string | null>;

const StoredScope = z.object({
  role: z.string(),
  scope: z.enum(["all", "region", "site", "container", "customer"]),
  region: z.string().nullable(),
  site_id: z.string().nullable(),
  container: z.string().nullable(),
  customer_id: z.string().nullable(),
});

const toGrant = ({ role, scope, ...names }: z.infer<typeof StoredScope>): Grant => ({
  role,
  scope: Scope.parse({ of: scope, ...names }),
});

const toUser = (row: UserRow): User => {
  const grants = z.array(StoredScope).parse(row.grants).map(toGrant);
  return {
    username: row.username,
    role: widestRole(grants.map(({ role, scope }) => ({ role, sites: scope.of === "all" ? null : [] }))),
    grants,
    disabled: row.disabled_at !== null,
    has_password: row.has_password,
    has_second_factor: row.has_second_factor,
    created_at: row.created_at.toISOString(),
    last_signed_in_at: row.last_signed_in_at?.toISOString() ?? null,
  };
};

const sameName = (username: string) => sql<boolean>`lower(username) = lower(${username})`;

/** The grants of user `u` as they were given. */
const GIVEN = sql`coalesce((select json_agg(json_build_object('role', g.role, 'scope', g.scope, 'region', g.region,
    'site_id', s.site_id, 'container', g.container, 'customer_id', g.customer_id) order by g.grant_id)
  from grants g left join sites s using (site_no) where g.user_no = u.user_no), '[]')`;

/** SQL: grants that are wished for, as rows. */
const wanted = (grants: readonly Grant[]) => sql`jsonb_to_recordset(${JSON.stringify(grants.map(toColumns))}::jsonb)
  as w (role text, scope text, region text, site_id text, container text, customer_id text)`;
const WANTED_SITES = sitesOfScope({
  site: sql`s.site_id = w.site_id`,
  region: sql`w.region`,
  customer: sql`w.customer_id`,
});

export type IdentityStore = ReturnType<typeof identityStore>;

/** The only SQL on accounts, their grants and sessions. */
export const identityStore = (db: Db) => ({
  userCount: async (): Promise<number> => {
    const row = await db
      .selectFrom("users")
      .select((eb) => eb.fn.countAll<number>().as("n"))
      .executeTakeFirstOrThrow();
    return row.n;
  },

  find: async (username: string): Promise<StoredUser | null> => {
    const { rows } =
      await sql<StoredUser>`select u.user_no, u.username, u.password_hash, u.disabled_at, ${REACHED} as grants
      from users u where ${sameName(username)}`.execute(db);
    return rows[0] ? withGrants(rows[0]) : null;
  },

  list: async (username: string | null = null): Promise<User[]> => {
    const { rows } = await sql<UserRow>`select username, disabled_at, created_at, last_signed_in_at, ${GIVEN} as grants,
        password_hash is not null as has_password,
        exists (select from totp t where t.user_no = u.user_no and t.confirmed_at is not null)
          or exists (select from passkeys p where p.user_no = u.user_no) as has_second_factor
     
      from users u where ${username}::text is null or ${sameName(username ?? "")} order by lower(username)`.execute(db);
    return rows.map(toUser);
  },

  transaction: <T>(run: (tx: Transaction<Schema>) => Promise<T>): Promise<T> => db.transaction().execute(run),

  /** Null when the name is taken. */
  create: async (
    tx: Transaction<Schema>,
    user: { username: string; password_hash: string | null },
  ): Promise<number | null> => {
    const row = await tx
      .insertInto("users")
      .values(user)
      .onConflict((conflict) => conflict.expression(sql`lower(username)`).doNothing())
      .returning("user_no")
      .executeTakeFirst();
    return row?.user_no ?? null;
  },

  update: async (
    tx: Transaction<Schema>,
    userNo: number,
    change: { password_hash?: string; disabled_at?: Date | null },
  ): Promise<void> => {
    if (Object.keys(change).length > 0)
      await tx.updateTable("users").set(change).where("user_no", "=", userNo).execute();
  },

  /** What these grants would reach; null where one names a role, a site or a customer that there is not. */
  resolve: async (grants: readonly Grant[]): Promise<StoredGrant[] | null> => {
    const { rows } = await sql<{ grants: unknown; unknown: number }>`
      select coalesce(json_agg(json_build_object('role', w.role, 'permissions', r.permissions, 'container', w.container,
          'customer', w.customer_id, 'region', w.region,
          'sites', case w.scope when 'all' then null else ${WANTED_SITES} end)), '[]') as grants,
        (count(*) filter (where (r.role is null and w.role not in ('admin', 'operator', 'viewer'))
          or (w.site_id is not null and not exists (select from sites s where s.site_id = w.site_id))
          or (w.customer_id is not null and not exists (select from customers c
            where c.customer_id = w.customer_id and c.removed_at is null))))::int as unknown
      from ${wanted(grants)} left join roles r using (role)`.execute(db);
    return rows[0] && rows[0].unknown === 0 ? withGrants(rows[0]).grants : null;
  },

  /** Grants for a customer who was removed, as a sign-in provider's groups may name one still, are left out. */
  setGrants: async (tx: Transaction<Schema>, userNo: number, grants: readonly Grant[]): Promise<void> => {
    await sql`delete from grants where user_no = ${userNo}`.execute(tx);
    await sql`insert into grants (user_no, role, scope, region, site_no, container, customer_id)
      select distinct ${userNo}::int, w.role, w.scope, w.region, s.site_no, w.container, w.customer_id
      from ${wanted(grants)} left join sites s using (site_id)
      where w.customer_id is null or exists (select from customers c
        where c.customer_id = w.customer_id and c.removed_at is null)`.execute(tx);
  },

  /** People who are admin everywhere and may sign in, locked so that of two changes at once one sees the other. */
  activeAdmins: async (tx: Transaction<Schema>): Promise<number[]> => {
    const { rows } = await sql<{ user_no: number }>`select user_no from users u where disabled_at is null
      and exists (select from grants g where g.user_no = u.user_no and g.role = 'admin' and g.scope = 'all') for update`.execute(
      tx,
    );
    return rows.map(({ user_no }) => user_no);
  },
});

const NO_NAMES = { region: null, site_id: null, container: null, customer_id: null };

function toColumns({ role, scope }: Grant): Wanted {
  const { of, ...names } = scope;
  return { ...NO_NAMES, ...names, role, scope: of };
}
