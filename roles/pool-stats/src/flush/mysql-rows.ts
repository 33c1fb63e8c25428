import type { Compat } from "../share/status.ts";
import type { Figures } from "../windows/figures.ts";
import type { TableLimits } from "./mysql-schema.ts";
import { columnCount, columnIp, columnReasons, columnSum, columnTime, defaultGroup } from "./row-values.ts";
import type { WorkerName } from "./target.ts";

/** Columns in the order in which `figuresRow` gives their values. */
const HEAD = ["worker_id", "puid", "group_id"];
const TAIL = ["accept_count", "last_share_ip", "last_share_time", "created_at", "updated_at"];
const WINDOWS: Record<Compat, readonly string[]> = {
  g2: ["accept_1m", "accept_5m", "accept_15m", "reject_15m", "accept_1h", "reject_1h"],
  g4: [
    "accept_5m",
    "accept_15m",
    "stale_15m",
    "reject_15m",
    "reject_detail_15m",
    "accept_1h",
    "stale_1h",
    "reject_1h",
    "reject_detail_1h",
  ],
};
const quoted = (columns: readonly string[]) => columns.map((column) => `\`${column}\``).join(",");

const columnsOf = (compat: Compat) => quoted(FIGURE_COLUMNS[compat]);
const updatedOf = (compat: Compat) => UPDATED_COLUMNS[compat];

/** What `figuresRow` gives the values of, and which of them a row that is there already takes. */
export const FIGURE_COLUMNS: Record<Compat, readonly string[]> = {
  g2: [...HEAD, ...WINDOWS.g2, ...TAIL],
  g4: [...HEAD, ...WINDOWS.g4, ...TAIL],
};
const NEWER = ["accept_count", "last_share_ip", "last_share_time", "updated_at"];
export const UPDATED_COLUMNS: Record<Compat, readonly string[]> = {
  g2: [...WINDOWS.g2, ...NEWER],
  g4: [...WINDOWS.g4, ...NEWER],
};
/** What `nameRow` gives the values of. */
export const NAME_COLUMNS = ["puid", "worker_id", "group_id", "worker_name", "miner_agent", "created_at", "updated_at"];

/** Columns of figures, as they are listed in a statement. */
export const figureColumns = (compat: Compat): string => columnsOf(compat);

/** What stands before and after the rows of a multi-row insert. */
export type InsertParts = { before: string; after: string };

/** Fills a table that was just made. */
export const plainInsert = (table: string, compat: Compat): InsertParts => ({
  before: `INSERT INTO \`${table}\`(${columnsOf(compat)}) VALUES `,
  after: "",
});

/** Writes straight to S3's table what its merge would write. */
export const upsert = (compat: Compat): InsertParts => ({
  before: `INSERT INTO \`mining_workers\`(${columnsOf(compat)}) VALUES `,
  after: ` ON DUPLICATE KEY UPDATE ${updatedOf(compat)
    .map((column) => `\`${column}\`=VALUES(\`${column}\`)`)
    .join(",")}`,
});

/** S3's merge: what it doesn't name (group, name, agent, created_at) stays as it is. `SELECT *` needs equal tables. */
export const mergeSql = (table: string, compat: Compat): string =>
  `INSERT INTO \`mining_workers\` SELECT * FROM \`${table}\` ON DUPLICATE KEY UPDATE ` +
  updatedOf(compat)
    .map((column) => `\`mining_workers\`.\`${column}\`=\`${table}\`.\`${column}\``)
    .join(",");

/**
 * One row of figures, values apart by tabs: none of them holds a tab, a quote or a backslash but the JSON of reasons,
 * which holds double quotes.
 */
export function figuresLine(figures: Figures, compat: Compat, limits: TableLimits, now: string): string {
  const { accept, stale, reject, reasons } = figures;
  const at = (sums: readonly (number | bigint)[], i: number) => columnSum(sums[i] ?? 0);
  const windows =
    compat === "g2"
      ? `${at(accept, 0)}\t${at(accept, 1)}\t${at(accept, 2)}\t${at(reject, 0)}\t${at(accept, 3)}\t${at(reject, 1)}`
      : `${at(accept, 1)}\t${at(accept, 2)}\t${at(stale, 0)}\t${at(reject, 0)}\t` +
        `${columnReasons(reasons, "m15", limits.reasonsWidth)}\t${at(accept, 3)}\t${at(stale, 1)}\t${at(reject, 1)}\t` +
        columnReasons(reasons, "h1", limits.reasonsWidth);
  const ip = columnIp(figures.lastShareIp, limits.ipWidth);
  return (
    `${figures.workerId}\t${figures.userId}\t${defaultGroup(figures.userId)}\t${windows}\t` +
    `${columnCount(figures.acceptCount)}\t${ip}\t${columnTime(figures.lastShareTime)}\t${now}\t${now}`
  );
}

/** A line as the values of an insert. Numbers in quotes are read exactly. */
export const valuesOf = (line: string): string => `('${line.replaceAll("\t", "','")}')`;

/** One row of figures as the values of an insert. */
export const figuresRow = (figures: Figures, compat: Compat, limits: TableLimits, now: string): string =>
  valuesOf(figuresLine(figures, compat, limits, now));

export const namesInsert: InsertParts = {
  before: `INSERT INTO \`mining_workers\`(${quoted(NAME_COLUMNS)}) VALUES `,
  // A worker whose group is 0 was deleted; it is back, so it returns to its user's default group.
  after:
    " ON DUPLICATE KEY UPDATE `group_id`=IF(`group_id`=0,VALUES(`group_id`),`group_id`)," +
    "`worker_name`=VALUES(`worker_name`),`miner_agent`=VALUES(`miner_agent`),`updated_at`=VALUES(`updated_at`)",
};

/** One row of names as the values of an insert; name and agent hold letters, digits and -._:|^/ alone. */
export const nameRow = ({ userId, workerId, name, agent }: WorkerName, now: string): string =>
  valuesOf([userId, workerId, defaultGroup(userId), name, agent, now, now].join("\t"));
