import { type Log, messageOf } from "@banksman/kit";
import pg from "pg";
import { ServerErrors } from "../errors.ts";
import { outliveBreaks } from "./connect.ts";
import { inTransaction } from "./in-transaction.ts";
import { migrate } from "./migrations.ts";

/** What the application may do with the tables that prove what was done: read them, and add to them. */
const GUARDED: Record<string, string> = {
  audit: "select, insert",
  audit_heads: "select, insert",
  edge_audit: "select, insert",
  audit_keys: "select, insert, update (private_key)",
  schema_versions: "select",
};

/** Gives the application's role every table but the guarded ones, which stay their owner's. */
async function handOver(client: pg.PoolClient, app: string): Promise<void> {
  const role = client.escapeIdentifier(app);
  const { rows } = await client.query<{ name: string }>(
    `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
       and pg_get_userbyid(relowner) = current_user and relname <> all($1)`,
    [Object.keys(GUARDED)],
  );
  for (const { name } of rows) await client.query(`alter table ${client.escapeIdentifier(name)} owner to ${role}`);
  for (const [table, rights] of Object.entries(GUARDED)) {
    await client.query(`revoke all on ${table} from ${role}, public`);
    await client.query(`grant ${rights} on ${table} to ${role}`);
  }
}

/**
 * Migrates as the role that owns the tables, and leaves the role of `appPool` no right to change or remove what is in the
 * audit trail. Throws SERVER_DATABASE_UNREACHABLE and SERVER_OWNER_IS_APP.
 */
export async function migrateAsOwner(ownerUrl: string, appPool: pg.Pool, log: Log): Promise<void> {
  const { rows } = await appPool.query<{ app: string }>("select current_user as app");
  const app = rows[0]?.app ?? "";
  const pool = new pg.Pool({ connectionString: ownerUrl, max: 1, application_name: "banksman-owner" });
  outliveBreaks(pool, (error) => log.warn({ err: error }, "a database connection broke"));
  try {
    const { rows: owners } = await pool
      .query<{ owner: string }>("select current_user as owner")
      .catch((error: unknown) => {
        throw ServerErrors.DATABASE_UNREACHABLE("DATABASE_OWNER_URL", messageOf(error), { cause: error });
      });
    if (owners[0]?.owner === app) throw ServerErrors.OWNER_IS_APP(app);
    await migrate(pool, log);
    await inTransaction(pool, (client) => handOver(client, app));
  } finally {
    await pool.end();
  }
}
