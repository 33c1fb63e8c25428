import type { CollectorKey, CollectorStatus } from "@banksman/wire/api";
import { sql } from "kysely";
import type { Db } from "../db/connect.ts";

/** What an upload tells of the collector that sent it. */
export type CollectorReport = {
  siteNo: number;
  collectorId: string;
  keyId: number;
  version: string | null;
  intervalSeconds: number | null;
  readings: number;
  backlogBatches: number | null;
  clockSkewMs: number | null;
  address: string;
};

type KeyRow = {
  key_id: number;
  name: string;
  hint: string;
  created_at: Date;
  created_by: string | null;
  last_used_at: Date | null;
  revoked_at: Date | null;
};
const KEY_COLUMNS = ["key_id", "name", "hint", "created_at", "created_by", "last_used_at", "revoked_at"] as const;

const toKey = (row: KeyRow): CollectorKey => ({
  ...row,
  created_at: row.created_at.toISOString(),
  last_used_at: row.last_used_at?.toISOString() ?? null,
  revoked_at: row.revoked_at?.toISOString() ?? null,
});

export type CollectorStore = ReturnType<typeof collectorStore>;

/** The only SQL on collector keys and on what collectors tell of themselves. */
export const collectorStore = (db: Db) => ({
  keys: async (siteNo: number): Promise<CollectorKey[]> => {
    const rows = await db
      .selectFrom("collector_keys")
      .select(KEY_COLUMNS)
      .where("site_no", "=", siteNo)
      .orderBy("key_id", "desc")
      .execute();
    return rows.map(toKey);
  },

  addKey: async (
    siteNo: number,
    key: { hash: Buffer; hint: string; name: string; createdBy: string | null },
  ): Promise<CollectorKey> => {
    const row = await db
      .insertInto("collector_keys")
      .values({ site_no: siteNo, key_hash: key.hash, hint: key.hint, name: key.name, created_by: key.createdBy })
      .returning(KEY_COLUMNS)
      .executeTakeFirstOrThrow();
    return toKey(row);
  },

  revokeKey: async (siteNo: number, keyId: number): Promise<CollectorKey | null> => {
    const row = await db
      .updateTable("collector_keys")
      .set({ revoked_at: sql`coalesce(revoked_at, now())` })
      .where("site_no", "=", siteNo)
      .where("key_id", "=", keyId)
      .returning(KEY_COLUMNS)
      .executeTakeFirst();
    return row ? toKey(row) : null;
  },

  findKey: async (hash: Buffer): Promise<{ siteNo: number; siteId: string; keyId: number } | null> => {
    const row = await db
      .selectFrom("collector_keys as k")
      .innerJoin("sites as s", "s.site_no", "k.site_no")
      .select(["k.site_no", "s.site_id", "k.key_id"])
      .where("k.key_hash", "=", hash)
      .where("k.revoked_at", "is", null)
      .executeTakeFirst();
    return row ? { siteNo: row.site_no, siteId: row.site_id, keyId: row.key_id } : null;
  },

  /** Last use to the minute: a write for each request would cost more than it tells. */
  touchKey: async (siteNo: number, keyId: number): Promise<void> => {
    await db
      .updateTable("collector_keys")
      .set({ last_used_at: sql`now()` })
      .where("site_no", "=", siteNo)
      .where("key_id", "=", keyId)
      .where((eb) =>
        eb.or([eb("last_used_at", "is", null), eb("last_used_at", "<", sql<Date>`now() - interval '1 minute'`)]),
      )
      .execute();
  },

  report: async (report: CollectorReport): Promise<void> => {
    const row = {
      key_id: report.keyId,
      version: report.version,
      interval_seconds: report.intervalSeconds,
      last_upload_at: new Date(),
      last_readings: report.readings,
      backlog_batches: report.backlogBatches,
      clock_skew_ms: report.clockSkewMs,
      address: report.address,
    };
    await db
      .insertInto("collectors")
      .values({ site_no: report.siteNo, collector_id: report.collectorId, ...row })
      .onConflict((conflict) => conflict.columns(["site_no", "collector_id"]).doUpdateSet(row))
      .execute();
  },

  /** Every collector of every site, as it last told of itself. */
  all: async () =>
    await db
      .selectFrom("collectors as c")
      .innerJoin("sites as s", "s.site_no", "c.site_no")
      .select(["s.site_id", "c.collector_id", "c.last_upload_at", "c.backlog_batches", "c.clock_skew_ms"])
      .orderBy("s.site_id")
      .orderBy("c.collector_id")
      .execute(),

  status: async (siteNo: number): Promise<CollectorStatus[]> => {
    const rows = await db
      .selectFrom("collectors as c")
      .leftJoin("collector_keys as k", (join) =>
        join.onRef("k.site_no", "=", "c.site_no").onRef("k.key_id", "=", "c.key_id"),
      )
      .selectAll("c")
      .select("k.name as key_name")
      .where("c.site_no", "=", siteNo)
      .orderBy("c.collector_id")
      .execute();
    return rows.map((row) => ({
      collector_id: row.collector_id,
      key_name: row.key_name,
      version: row.version,
      interval_seconds: row.interval_seconds,
      last_upload_at: row.last_upload_at.toISOString(),
      last_readings: row.last_readings,
      backlog_batches: row.backlog_batches,
      clock_skew_ms: row.clock_skew_ms,
      address: row.address,
    }));
  },
});
