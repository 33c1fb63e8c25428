import { defineErrors } from "@banksman/kit";
import type { Compat } from "../share/status.ts";
import type { MysqlSession } from "./mysql-session.ts";

export const SchemaErrors = defineErrors("POOL_STATS", {
  TABLE_LACKS: {
    text: (table: string, columns: string, fix: string) => `table ${table} lacks ${columns}. ${fix}`,
    retry: false,
  },
});

/** What the tables can hold, as read from the database. */
export type TableLimits = {
  ipWidth: number;
  nameWidth: number;
  agentWidth: number;
  reasonsWidth: number;
  /** Bytes one statement may have. */
  packetBytes: number;
};

const G4_COLUMNS = ["stale_15m", "reject_detail_15m", "stale_1h", "reject_detail_1h"];
const COLUMNS = [
  "worker_id",
  "puid",
  "group_id",
  "worker_name",
  "accept_1m",
  "accept_5m",
  "accept_15m",
  "reject_15m",
  "accept_1h",
  "reject_1h",
  "accept_count",
  "last_share_ip",
  "last_share_time",
  "miner_agent",
  "created_at",
  "updated_at",
];

/** Creates S3's two tables where they are absent, and checks that the columns fit. Throws POOL_STATS_TABLE_LACKS. */
export async function prepareTables(session: MysqlSession, compat: Compat): Promise<TableLimits> {
  for (const table of ["mining_workers", "mining_workers_tmp"]) await session.query(tableSql(table, compat));
  const found = await session.query(
    "SELECT column_name AS name, character_maximum_length AS width FROM information_schema.columns " +
      "WHERE table_schema = DATABASE() AND table_name = 'mining_workers'",
  );
  const widths = new Map(found.map((row) => [String(row.name).toLowerCase(), Number(row.width ?? 0)]));
  checkColumns(new Set(widths.keys()), compat);
  const [packet] = await session.query("SELECT @@max_allowed_packet AS bytes");
  const width = (column: string) => widths.get(column) ?? 0;
  return {
    ipWidth: width("last_share_ip"),
    nameWidth: width("worker_name"),
    agentWidth: width("miner_agent"),
    reasonsWidth: Math.min(width("reject_detail_15m"), width("reject_detail_1h")),
    packetBytes: Number(packet?.bytes ?? 1_048_576),
  };
}

/** Throws POOL_STATS_TABLE_LACKS where the table lacks columns that these figures need. */
export function checkColumns(there: ReadonlySet<string>, compat: Compat): void {
  const wanted = compat === "g4" ? [...COLUMNS, ...G4_COLUMNS] : COLUMNS;
  const lacking = wanted.filter((column) => !there.has(column));
  if (lacking.length > 0) throw SchemaErrors.TABLE_LACKS("mining_workers", lacking.join(", "), fixFor(lacking));
}

const fixFor = (lacking: readonly string[]) =>
  lacking.every((column) => G4_COLUMNS.includes(column))
    ? 'This is the table of S3: set compat = "g2", or add the columns for "g4".'
    : "Create it as S3 says, or give this account an empty database: the table is then created.";

/** S3's table; g4 has the later columns too, in the places where btcpool has them. */
const tableSql = (table: string, compat: Compat) => `CREATE TABLE IF NOT EXISTS \`${table}\` (
  \`worker_id\` bigint(20) NOT NULL,
  \`puid\` int(11) NOT NULL,
  \`group_id\` int(11) NOT NULL,
  \`worker_name\` varchar(${compat === "g4" ? 50 : 20}) DEFAULT NULL,
  ${sum("accept_1m")}, ${sum("accept_5m")}, ${sum("accept_15m")},
  ${compat === "g4" ? `${sum("stale_15m")}, ` : ""}${sum("reject_15m")},
  ${compat === "g4" ? "`reject_detail_15m` varchar(255) NOT NULL DEFAULT ''," : ""}
  ${sum("accept_1h")}, ${compat === "g4" ? `${sum("stale_1h")}, ` : ""}${sum("reject_1h")},
  ${compat === "g4" ? "`reject_detail_1h` varchar(255) NOT NULL DEFAULT ''," : ""}
  \`accept_count\` int(11) NOT NULL DEFAULT '0',
  \`last_share_ip\` char(16) NOT NULL DEFAULT '0.0.0.0',
  \`last_share_time\` timestamp NOT NULL DEFAULT '1970-01-01 00:00:01',
  \`miner_agent\` varchar(30) DEFAULT NULL,
  \`created_at\` timestamp NULL DEFAULT NULL,
  \`updated_at\` timestamp NULL DEFAULT NULL,
  UNIQUE KEY \`puid_worker_id\` (\`puid\`,\`worker_id\`),
  KEY \`puid_group_id\` (\`puid\`,\`group_id\`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8`;

const sum = (column: string) => `\`${column}\` bigint(20) NOT NULL DEFAULT '0'`;
