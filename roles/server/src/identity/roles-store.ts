import { BuiltInRole, Permission, ROLE_PERMISSIONS, type Role } from "@banksman/wire/api";
import { sql } from "kysely";
import type { Db } from "../db/connect.ts";

type Row = { role: string; permissions: string[]; updated_at: Date; updated_by: string | null };

export type RoleStore = ReturnType<typeof roleStore>;

/** The only SQL on roles. */
export const roleStore = (db: Db) => ({
  list: async (): Promise<Role[]> => {
    const { rows } = await sql<Row>`select * from roles order by lower(role)`.execute(db);
    const held = await sql<{ role: string; n: number }>`
      select role, count(distinct user_no)::int as n from grants group by role`.execute(db);
    const people = new Map(held.rows.map(({ role, n }) => [role, n]));
    const builtIn = BuiltInRole.options.map((role) => ({
      role,
      origin: "built-in" as const,
      permissions: [...ROLE_PERMISSIONS[role]],
      updated_at: null,
      updated_by: null,
    }));
    const own = rows.map((row) => ({
      ...row,
      origin: "own" as const,
      permissions: row.permissions.flatMap((word) => Permission.safeParse(word).data ?? []),
      updated_at: row.updated_at.toISOString(),
    }));
    return [...builtIn, ...own].map((role) => ({ ...role, people: people.get(role.role) ?? 0 }));
  },

  /** False when there is a role of that name. */
  create: async (role: string, permissions: readonly string[], by: string): Promise<boolean> => {
    const { rows } =
      await sql`insert into roles (role, permissions, updated_by) values (${role}, ${[...permissions]}, ${by})
      on conflict do nothing returning 1`.execute(db);
    return rows.length > 0;
  },

  update: async (role: string, permissions: readonly string[], by: string): Promise<void> => {
    await sql`update roles set permissions = ${[...permissions]}, updated_by = ${by}, updated_at = now()
      where role = ${role}`.execute(db);
  },

  /** False while somebody holds it. */
  remove: async (role: string): Promise<boolean> => {
    const { rows } = await sql`delete from roles where role = ${role}
      and not exists (select from grants g where g.role = roles.role) returning 1`.execute(db);
    return rows.length > 0;
  },
});
