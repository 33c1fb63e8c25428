import { sql, type Transaction } from "kysely";
import type { Db } from "../db/connect.ts";
import type { Schema } from "../db/schema.ts";

export type StoredSetting = { key: string; value: unknown; updated_at: Date; updated_by: string };

export type SettingStore = ReturnType<typeof settingStore>;

/** The only SQL on settings. */
export const settingStore = (db: Db) => ({
  all: async (): Promise<StoredSetting[]> => (await sql<StoredSetting>`select * from settings`.execute(db)).rows,

  /** Writes what was set and forgets what is to be as it was; `within` is the last thing of the transaction. */
  save: async (
    changes: ReadonlyMap<string, unknown>,
    by: string,
    within: (tx: Transaction<Schema>) => Promise<void>,
  ): Promise<void> => {
    await db.transaction().execute(async (tx) => {
      for (const [key, value] of changes) {
        if (value === null) await sql`delete from settings where key = ${key}`.execute(tx);
        else
          await sql`insert into settings (key, value, updated_by) values (${key}, ${JSON.stringify(value)}, ${by})
            on conflict (key) do update set value = excluded.value, updated_by = excluded.updated_by, updated_at = now()`.execute(
            tx,
          );
      }
      await within(tx);
    });
  },
});
