import type { RejectReason } from "../windows/figures.ts";
import type { Sum } from "../windows/sums.ts";
import type { PeerRow } from "./peer-figures.ts";

/** Where MySQL and PostgreSQL differ. */
export type Dialect = {
  wide: string;
  /** What follows the rows of an insert so that a row that is there takes the new values. */
  onConflict: (keys: readonly string[], columns: readonly string[]) => string;
  /** The same, but a row that is there keeps the greater of two values. */
  keepGreater: (keys: readonly string[], table: string, column: string) => string;
  /** Waits for the group's lock; a row `got` of 1 says that it was had. */
  lock: string;
  unlock: string;
  indexInTable: boolean;
};

const NAME = "mining_workers_part";
const LOCK_SECONDS = 60;

export const mysqlDialect: Dialect = {
  wide: "decimal(20,0)",
  onConflict: (_keys, columns) =>
    ` ON DUPLICATE KEY UPDATE ${columns.map((column) => `${column}=VALUES(${column})`).join(",")}`,
  keepGreater: (_keys, _table, column) => ` ON DUPLICATE KEY UPDATE ${column}=GREATEST(${column},VALUES(${column}))`,
  lock: `SELECT GET_LOCK(CONCAT(DATABASE(), '.${NAME}'), ${LOCK_SECONDS}) AS got`,
  unlock: `SELECT RELEASE_LOCK(CONCAT(DATABASE(), '.${NAME}'))`,
  indexInTable: true,
};

export const postgresDialect: Dialect = {
  wide: "numeric(20,0)",
  onConflict: (keys, columns) =>
    ` ON CONFLICT (${keys.join(",")}) DO UPDATE SET ${columns.map((column) => `${column}=EXCLUDED.${column}`).join(",")}`,
  keepGreater: (keys, table, column) =>
    ` ON CONFLICT (${keys.join(",")}) DO UPDATE SET ${column}=GREATEST(${table}.${column},EXCLUDED.${column})`,
  // The lock is the session's: a connection that breaks gives it up.
  lock: `SELECT 1 AS got FROM (SELECT set_config('lock_timeout', '${LOCK_SECONDS}s', false)) AS patience, pg_advisory_lock(hashtext('${NAME}'))`,
  unlock: `SELECT pg_advisory_unlock(hashtext('${NAME}'))`,
  indexInTable: false,
};

const SUMS = ["accept_1m", "accept_5m", "accept_15m", "accept_1h", "stale_15m", "stale_1h", "reject_15m", "reject_1h"];
export const KEYS = ["instance", "puid", "worker_id"] as const;
const REST = ["round", ...SUMS, "reject_detail", "accept_count", "last_share_ip", "last_share_time", "since"];
export const COLUMNS = [...KEYS, ...REST];

/** The group's two tables: partial sums by instance, and which instance counts which partition. */
export const createTables = ({ wide, indexInTable }: Dialect): readonly string[] => [
  `CREATE TABLE IF NOT EXISTS ${NAME} (
    instance varchar(80) NOT NULL, puid int NOT NULL, worker_id bigint NOT NULL, round bigint NOT NULL,
    ${SUMS.map((column) => `${column} ${wide} NOT NULL`).join(", ")},
    reject_detail text NOT NULL, accept_count bigint NOT NULL,
    last_share_ip varchar(45) NOT NULL, last_share_time bigint NOT NULL, since bigint NOT NULL,
    PRIMARY KEY (instance, puid, worker_id)
    ${indexInTable ? `, KEY ${NAME}_round (instance, round, puid, worker_id)` : ""}
  )`,
  ...(indexInTable ? [] : [`CREATE INDEX IF NOT EXISTS ${NAME}_round ON ${NAME} (instance, round, puid, worker_id)`]),
  `CREATE TABLE IF NOT EXISTS mining_workers_claims (
    kafka_partition int NOT NULL PRIMARY KEY, instance varchar(80) NOT NULL, epoch bigint NOT NULL, round bigint NOT NULL
  )`,
];

export const insertRows = (dialect: Dialect) => ({
  before: `INSERT INTO ${NAME} (${COLUMNS.join(",")}) VALUES `,
  after: dialect.onConflict(KEYS, REST),
});

/** One row as `(…)`. Texts are addresses, names of ours and JSON of numbers: nothing in them needs escaping. */
export function rowText(instance: string, round: number, row: PeerRow): string {
  const sums = [...row.accept.slice(0, 4), ...row.stale.slice(0, 2), ...row.reject.slice(0, 2)];
  const detail = row.reasons.map(({ status, m15, h1 }) => `[${status},"${m15}","${h1}"]`).join(",");
  return (
    `('${instance}',${row.userId},${row.workerId},${round},${sums.join(",")},'[${detail}]',${row.acceptCount},` +
    `'${row.lastShareIp}',${row.lastShareTime},${row.since})`
  );
}

/** A row as the database gives it back. */
export function rowOf(found: Record<string, unknown>): PeerRow {
  const [a1 = 0, a5 = 0, a15 = 0, a60 = 0, s15 = 0, s60 = 0, r15 = 0, r60 = 0] = SUMS.map((column) =>
    sumOf(found[column]),
  );
  return {
    userId: Number(found.puid),
    workerId: String(found.worker_id),
    accept: [a1, a5, a15, a60],
    stale: [s15, s60],
    reject: [r15, r60],
    reasons: reasonsOf(String(found.reject_detail)),
    acceptCount: Number(found.accept_count),
    lastShareIp: String(found.last_share_ip),
    lastShareTime: Number(found.last_share_time),
    since: Number(found.since),
  };
}

function sumOf(value: unknown): Sum {
  const wide = BigInt(String(value));
  return wide <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(wide) : wide;
}

function reasonsOf(text: string): RejectReason[] {
  const found: unknown = JSON.parse(text);
  if (!Array.isArray(found)) return [];
  return found.map(([status, m15, h1]) => ({ status: Number(status), m15: sumOf(m15), h1: sumOf(h1) }));
}
