import type { AuditEntry } from "@banksman/wire/ingest";
import { sql } from "kysely";
import type { Tx } from "../commands/lanes.ts";
import type { Db } from "../db/connect.ts";

export type EdgeAuditStore = ReturnType<typeof edgeAuditStore>;

/** The only SQL on the audit files that edges upload. */
export const edgeAuditStore = (db: Db) => ({
  /** Runs `work` as the only one that adds to this chain. */
  alone: <T>(chain: string, work: (tx: Tx) => Promise<T>): Promise<T> =>
    db.transaction().execute(async (tx) => {
      await sql`select pg_advisory_xact_lock(hashtextextended(${chain}, 0))`.execute(tx);
      return work(tx);
    }),

  last: async (tx: Tx, siteNo: number, chain: string): Promise<{ seq: number; hash: string } | null> => {
    const { rows } = await sql<{ seq: number; hash: string }>`select seq, hash from edge_audit
      where site_no = ${siteNo} and chain = ${chain} order by seq desc limit 1`.execute(tx);
    return rows[0] ?? null;
  },

  hashes: async (tx: Tx, siteNo: number, chain: string, seqs: readonly number[]): Promise<Map<number, string>> => {
    const { rows } = await sql<{ seq: number; hash: string }>`select seq, hash from edge_audit
      where site_no = ${siteNo} and chain = ${chain} and seq = any(${[...seqs]}::int[])`.execute(tx);
    return new Map(rows.map(({ seq, hash }) => [seq, hash]));
  },

  add: async (
    tx: Tx,
    siteNo: number,
    chain: string,
    collectorId: string,
    entries: readonly AuditEntry[],
  ): Promise<void> => {
    await sql`insert into edge_audit (site_no, chain, seq, entry, hash, collector_id)
      select ${siteNo}, ${chain}, (entry ->> 'seq')::int, entry, entry ->> 'hash', ${collectorId}
      from unnest(${entries.map((entry) => JSON.stringify(entry))}::json[]) as entry`.execute(tx);
  },
});
