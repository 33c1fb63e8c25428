import { type AuditFilter, AuditRow, type ListedAuditRow } from "@banksman/wire/api";
import { type RawBuilder, sql } from "kysely";
import type { Db } from "../db/connect.ts";
import { beginningWith, containing } from "../db/like.ts";
import type { Sites } from "../http/caller.ts";

type Kept = { entry: unknown; hash: string };

const listed = ({ entry, hash }: Kept): ListedAuditRow => ({ ...AuditRow.parse(entry), hash });

function conditions(filter: AuditFilter, sites: Sites): RawBuilder<unknown> {
  const { q, actor, action, site_id, result, from, to } = filter;
  const at = (time: string) => new Date(time).toISOString();
  const all = [
    ...(sites === "all" ? [] : [sql`site = any(${[...sites]})`]),
    ...(q === undefined ? [] : [sql`entry::text ilike ${containing(q)}`]),
    ...(actor === undefined ? [] : [sql`actor = ${actor}`]),
    ...(action === undefined ? [] : [sql`(action = ${action} or action like ${beginningWith(`${action}.`)})`]),
    ...(site_id === undefined ? [] : [sql`site = ${site_id}`]),
    ...(result === undefined ? [] : [sql`result = ${result}`]),
    ...(from === undefined ? [] : [sql`at >= ${at(from)}`]),
    ...(to === undefined ? [] : [sql`at < ${at(to)}`]),
  ];
  return all.length === 0 ? sql`true` : sql.join(all, sql` and `);
}

export type AuditStore = ReturnType<typeof auditStore>;

/** The SQL that reads the audit trail; append.ts has what adds to it. */
export const auditStore = (db: Db) => ({
  /** At most `limit` rows before `beforeSeq`, newest first. */
  list: async (
    filter: AuditFilter,
    { sites, beforeSeq, limit }: { sites: Sites; beforeSeq: number | null; limit: number },
  ): Promise<ListedAuditRow[]> => {
    const { rows } = await sql<Kept>`select entry, encode(hash, 'hex') as hash from audit
      where (${beforeSeq}::int8 is null or seq < ${beforeSeq}) and ${conditions(filter, sites)}
      order by seq desc limit ${limit}`.execute(db);
    return rows.map(listed);
  },

  find: async (seq: number): Promise<ListedAuditRow | null> => {
    const { rows } = await sql<Kept>`select entry, encode(hash, 'hex') as hash from audit where seq = ${seq}`.execute(
      db,
    );
    return rows[0] ? listed(rows[0]) : null;
  },
});
