import type { Log } from "@banksman/kit";
import type pg from "pg";
import { ServerErrors } from "../errors.ts";
import { initialSchema } from "./migrations/001-initial.ts";
import { poolHistory } from "./migrations/002-pool-history.ts";
import { market } from "./migrations/003-market.ts";
import { alerts } from "./migrations/004-alerts.ts";
import { rules } from "./migrations/005-rules.ts";
import { poolAccounts } from "./migrations/006-pool-accounts.ts";
import { evaluation } from "./migrations/007-evaluation.ts";

/** Forward only, in order; a migration that was released is never edited. */
const MIGRATIONS: readonly { version: number; name: string; sql: string }[] = [
  { version: 1, name: "initial", sql: initialSchema },
  { version: 2, name: "pool history", sql: poolHistory },
  { version: 3, name: "market", sql: market },
  { version: 4, name: "alerts", sql: alerts },
  { version: 5, name: "rules", sql: rules },
  { version: 6, name: "pool accounts", sql: poolAccounts },
  { version: 7, name: "evaluation", sql: evaluation },
];

/** "bank" in ASCII: any number does, as long as nothing else on this database uses it. */
const LOCK_KEY = 0x62616e6b;

/** Brings the schema up to date, one server at a time. Throws SERVER_SCHEMA_NEWER when the database knows more. */
export async function migrate(pool: pg.Pool, log: Log): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query("select pg_advisory_lock($1)", [LOCK_KEY]);
    await client.query(
      "create table if not exists schema_versions (version int primary key, name text not null, applied_at timestamptz not null default now())",
    );
    const { rows } = await client.query<{ version: number }>(
      "select coalesce(max(version), 0) as version from schema_versions",
    );
    const found = rows[0]?.version ?? 0;
    const known = MIGRATIONS.at(-1)?.version ?? 0;
    if (found > known) throw ServerErrors.SCHEMA_NEWER(found, known);
    for (const { version, name, sql } of MIGRATIONS.filter((migration) => migration.version > found)) {
      log.info({ version, name }, "migrating the database");
      await client.query("begin");
      try {
        await client.query(sql);
        await client.query("insert into schema_versions (version, name) values ($1, $2)", [version, name]);
        await client.query("commit");
      } catch (error) {
        await client.query("rollback");
        throw error;
      }
    }
  } finally {
    await client.query("select pg_advisory_unlock($1)", [LOCK_KEY]).catch(() => undefined);
    client.release();
  }
}
