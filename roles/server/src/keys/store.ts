import { sql } from "kysely";
import type { Db } from "../db/connect.ts";

/** Every column whose values a vault sealed, and the one that tells its rows apart. */
export const SEALED_COLUMNS = [
  { table: "channels", key: "name", column: "secrets" },
  { table: "pool_accounts", key: "account_no", column: "api_key" },
  { table: "signing_keys", key: "kid", column: "private_key" },
  { table: "totp", key: "user_no", column: "secret" },
  { table: "sign_in_providers", key: "provider", column: "client_secret" },
  { table: "webhooks", key: "webhook_id", column: "secret" },
  { table: "webhooks", key: "webhook_id", column: "old_secret" },
  { table: "orders", key: "order_id", column: "sealed" },
  { table: "cameras", key: "camera_id", column: "sealed" },
  { table: "audit_keys", key: "key_id", column: "private_key" },
] as const;
type Sealed = (typeof SEALED_COLUMNS)[number];

export type SealedStore = ReturnType<typeof sealedStore>;

/** The only SQL that looks at sealed values for their own sake. */
export const sealedStore = (db: Db) => ({
  all: async ({ table, column }: Sealed): Promise<Buffer[]> => {
    const { rows } = await sql<{ sealed: Buffer }>`
      select ${sql.ref(column)} as sealed from ${sql.table(table)} where ${sql.ref(column)} is not null`.execute(db);
    return rows.map(({ sealed }) => sealed);
  },

  /** Replaces each value by what `reseal` makes of it, or leaves it where that is null; all of a table or none. */
  replace: ({ table, key, column }: Sealed, reseal: (sealed: Buffer) => Buffer | null): Promise<number> =>
    db.transaction().execute(async (tx) => {
      const { rows } = await sql<{ id: string | number; sealed: Buffer }>`
        select ${sql.ref(key)} as id, ${sql.ref(column)} as sealed from ${sql.table(table)}
        where ${sql.ref(column)} is not null for update`.execute(tx);
      let replaced = 0;
      for (const { id, sealed } of rows) {
        const fresh = reseal(sealed);
        if (!fresh) continue;
        await sql`update ${sql.table(table)} set ${sql.ref(column)} = ${fresh} where ${sql.ref(key)} = ${id}`.execute(
          tx,
        );
        replaced += 1;
      }
      return replaced;
    }),
});
