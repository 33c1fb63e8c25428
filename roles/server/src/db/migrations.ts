import { codeOf, type Log, messageOf } from "@banksman/kit";
import type pg from "pg";
import { ServerErrors } from "../errors.ts";
import { initialSchema } from "./migrations/001-initial.ts";
import { poolHistory } from "./migrations/002-pool-history.ts";
import { market } from "./migrations/003-market.ts";
import { alerts } from "./migrations/004-alerts.ts";
import { rules } from "./migrations/005-rules.ts";
import { poolAccounts } from "./migrations/006-pool-accounts.ts";
import { evaluation } from "./migrations/007-evaluation.ts";
import { audit } from "./migrations/008-audit.ts";
import { grants } from "./migrations/009-grants.ts";
import { webhooks } from "./migrations/010-webhooks.ts";
import { settings } from "./migrations/011-settings.ts";
import { commands } from "./migrations/012-commands.ts";
import { automations } from "./migrations/013-automations.ts";
import { identity } from "./migrations/014-identity.ts";
import { sealedHash } from "./migrations/015-sealed-hash.ts";
import { authors } from "./migrations/016-authors.ts";
import { cooling } from "./migrations/017-cooling.ts";
import { auditDone } from "./migrations/018-audit-done.ts";
import { coolingOrders } from "./migrations/019-cooling-orders.ts";
import { jobs } from "./migrations/020-jobs.ts";
import { reports } from "./migrations/021-reports.ts";
import { reportSchedules } from "./migrations/022-report-schedules.ts";
import { video } from "./migrations/023-video.ts";
import { customers } from "./migrations/030-customers.ts";
import { reportScheduleChanges } from "./migrations/031-report-schedule-changes.ts";
import { coolingMiners } from "./migrations/032-cooling-miners.ts";
import { customerNames } from "./migrations/033-customer-names.ts";
import { jobEnds } from "./migrations/034-job-ends.ts";
import { pausedNotes } from "./migrations/035-paused-notes.ts";
import { liftBound, patient } from "./patient.ts";

/** Forward only, in order; a migration that was released is never edited. */
const MIGRATIONS: readonly { version: number; name: string; sql: string }[] = [
  { version: 1, name: "initial", sql: initialSchema },
  { version: 2, name: "pool history", sql: poolHistory },
  { version: 3, name: "market", sql: market },
  { version: 4, name: "alerts", sql: alerts },
  { version: 5, name: "rules", sql: rules },
  { version: 6, name: "pool accounts", sql: poolAccounts },
  { version: 7, name: "evaluation", sql: evaluation },
  { version: 8, name: "audit", sql: audit },
  { version: 9, name: "grants", sql: grants },
  { version: 10, name: "webhooks", sql: webhooks },
  { version: 11, name: "settings", sql: settings },
  { version: 12, name: "commands", sql: commands },
  { version: 13, name: "automations", sql: automations },
  { version: 14, name: "identity", sql: identity },
  { version: 15, name: "sealed hash", sql: sealedHash },
  { version: 16, name: "authors", sql: authors },
  { version: 17, name: "cooling", sql: cooling },
  { version: 18, name: "audit done", sql: auditDone },
  { version: 19, name: "cooling orders", sql: coolingOrders },
  { version: 20, name: "jobs", sql: jobs },
  { version: 21, name: "reports", sql: reports },
  { version: 22, name: "report schedules", sql: reportSchedules },
  { version: 23, name: "video", sql: video },
  { version: 30, name: "customers", sql: customers },
  { version: 31, name: "report schedule changes", sql: reportScheduleChanges },
  { version: 32, name: "cooling miners", sql: coolingMiners },
  { version: 33, name: "customer names", sql: customerNames },
  { version: 34, name: "job ends", sql: jobEnds },
  { version: 35, name: "paused notes", sql: pausedNotes },
];

/** PostgreSQL's insufficient_privilege. */
const NO_RIGHT = "42501";

/** "bank" in ASCII: any number does, as long as nothing else on this database uses it. */
const LOCK_KEY = 0x62616e6b;

/** Brings the schema up to date, one server at a time. Throws SERVER_SCHEMA_NEWER when the database knows more. */
export async function migrate(pool: pg.Pool, log: Log): Promise<void> {
  const client = await pool.connect();
  try {
    await liftBound(client);
    await client.query(patient("select pg_advisory_lock($1)", [LOCK_KEY]));
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
      await client.query(patient(sql));
      await client.query("insert into schema_versions (version, name) values ($1, $2)", [version, name]);
      await client.query("commit");
    }
  } catch (error) {
    if (codeOf(error) === NO_RIGHT) throw ServerErrors.OWNER_NEEDED(messageOf(error), { cause: error });
    throw error;
  } finally {
    // The lock is the connection's and goes with it, as does what a migration that failed had done, and its long patience.
    client.release(true);
  }
}
