import type { Compat } from "../share/status.ts";
import { checkColumns, type TableLimits } from "./mysql-schema.ts";
import type { PostgresSession } from "./postgres-session.ts";

const sum = (column: string) => `${column} bigint NOT NULL DEFAULT 0`;
const reasons = (column: string) => `${column} varchar(255) NOT NULL DEFAULT ''`;

/** S3's table as PostgreSQL writes it, where it is absent. Times are without zone and mean UTC, as in MySQL. */
const postgresTable = (compat: Compat): readonly string[] => [
  `CREATE TABLE IF NOT EXISTS mining_workers (
    worker_id bigint NOT NULL,
    puid integer NOT NULL,
    group_id integer NOT NULL,
    worker_name varchar(${compat === "g4" ? 50 : 20}),
    ${sum("accept_1m")}, ${sum("accept_5m")}, ${sum("accept_15m")},
    ${compat === "g4" ? `${sum("stale_15m")},` : ""} ${sum("reject_15m")},
    ${compat === "g4" ? `${reasons("reject_detail_15m")},` : ""}
    ${sum("accept_1h")}, ${compat === "g4" ? `${sum("stale_1h")},` : ""} ${sum("reject_1h")},
    ${compat === "g4" ? `${reasons("reject_detail_1h")},` : ""}
    accept_count integer NOT NULL DEFAULT 0,
    last_share_ip varchar(45) NOT NULL DEFAULT '0.0.0.0',
    last_share_time timestamp(0) NOT NULL DEFAULT '1970-01-01 00:00:01',
    miner_agent varchar(30),
    created_at timestamp(0),
    updated_at timestamp(0),
    CONSTRAINT puid_worker_id UNIQUE (puid, worker_id)
  )`,
  "CREATE INDEX IF NOT EXISTS puid_group_id ON mining_workers (puid, group_id)",
];

/** Creates S3's table where it is absent, one program at a time: two at once fail each other, "if not exists" or not. */
export async function createTable(session: PostgresSession, compat: Compat): Promise<void> {
  await session.query("SELECT pg_advisory_lock(hashtext('mining_workers'))");
  try {
    for (const statement of postgresTable(compat)) await session.query(statement);
  } finally {
    await session.query("SELECT pg_advisory_unlock(hashtext('mining_workers'))").catch(() => undefined);
  }
}

/** Reads what the columns hold; throws POOL_STATS_TABLE_LACKS where some are missing. */
export async function readPostgresLimits(session: PostgresSession, compat: Compat): Promise<TableLimits> {
  const found = await session.query(
    "SELECT column_name AS name, character_maximum_length AS width FROM information_schema.columns " +
      "WHERE table_schema = ANY(current_schemas(false)) AND table_name = 'mining_workers'",
  );
  // A text without a limit has no width.
  const widths = new Map(found.map((row) => [String(row.name), row.width === null ? 65_535 : Number(row.width)]));
  checkColumns(new Set(widths.keys()), compat);
  const width = (column: string) => widths.get(column) ?? 0;
  return {
    ipWidth: width("last_share_ip"),
    nameWidth: width("worker_name"),
    agentWidth: width("miner_agent"),
    reasonsWidth: Math.min(width("reject_detail_15m"), width("reject_detail_1h")),
    packetBytes: Number.POSITIVE_INFINITY,
  };
}
