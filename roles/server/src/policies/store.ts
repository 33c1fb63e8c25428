import { ApprovalPolicy, Interlock } from "@banksman/wire/api";
import { sql } from "kysely";
import type { Db } from "../db/connect.ts";

type Table = "interlocks" | "approval_policies";

export type PolicyStore = ReturnType<typeof policyStore>;

/** The only SQL on interlocks and approval policies. */
export const policyStore = (db: Db) => {
  const definitions = async (table: Table): Promise<unknown[]> => {
    const { rows } = await sql<{
      definition: unknown;
    }>`select definition from ${sql.table(table)} order by name`.execute(db);
    return rows.map(({ definition }) => definition);
  };
  return {
    /** Both in one reading, which every order takes. */
    all: async (): Promise<{ interlocks: Interlock[]; approvals: ApprovalPolicy[] }> => {
      const { rows } = await sql<{ kind: Table; definition: unknown }>`
        select 'interlocks' as kind, name, definition from interlocks
        union all select 'approval_policies', name, definition from approval_policies order by kind, name`.execute(db);
      const of = (table: Table) => rows.filter(({ kind }) => kind === table).map(({ definition }) => definition);
      return {
        interlocks: of("interlocks").map((definition) => Interlock.parse(definition)),
        approvals: of("approval_policies").map((definition) => ApprovalPolicy.parse(definition)),
      };
    },
    interlocks: async (): Promise<Interlock[]> =>
      (await definitions("interlocks")).map((definition) => Interlock.parse(definition)),
    /** Resolves to what stood there before. */
    save: async (table: Table, definition: { name: string }): Promise<unknown> => {
      const { rows } = await sql<{ before: unknown }>`
        with old as (select definition from ${sql.table(table)} where name = ${definition.name})
        insert into ${sql.table(table)} (name, definition) values (${definition.name}, ${JSON.stringify(definition)})
        on conflict (name) do update set definition = excluded.definition
        returning (select definition from old) as before`.execute(db);
      return rows[0]?.before ?? null;
    },
    /** Resolves to what stood there, or null. */
    remove: async (table: Table, name: string): Promise<unknown> => {
      const { rows } = await sql<{ definition: unknown }>`
        delete from ${sql.table(table)} where name = ${name} returning definition`.execute(db);
      return rows[0]?.definition ?? null;
    },
  };
};
