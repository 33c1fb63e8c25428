import type { PoolMinute } from "@banksman/wire/ingest";
import { sql } from "kysely";
import type { Db } from "../db/connect.ts";

/** One bucket of a pool's history; `seconds` is how much of it there are sums for. */
export type PoolBucket = { at: Date; seconds: number; accepted: number; stale: number; rejected: number };
export type PoolKey = { siteNo: number; pool: string; puid: number };

export type PoolStore = ReturnType<typeof poolStore>;

/** The only SQL on pools. */
export const poolStore = (db: Db) => ({
  /** Keeps the larger of two values for the same minute: sums only grow, and a log read from its middle holds less. */
  keep: async (siteNo: number, pool: string, minutes: readonly PoolMinute[]): Promise<void> => {
    const rows = minutes.map(({ partition, ...minute }) => ({ site_no: siteNo, pool, part: partition, ...minute }));
    await db
      .insertInto("pool_1m")
      .values(rows)
      .onConflict((conflict) =>
        conflict.columns(["site_no", "pool", "puid", "at", "part"]).doUpdateSet({
          accepted: sql`greatest(pool_1m.accepted, excluded.accepted)`,
          stale: sql`greatest(pool_1m.stale, excluded.stale)`,
          rejected: sql`greatest(pool_1m.rejected, excluded.rejected)`,
          shares: sql`greatest(pool_1m.shares, excluded.shares)`,
        }),
      )
      .execute();
  },

  /** Pools of all sites with the newest minute of each. */
  pools: () =>
    db
      .selectFrom("pool_1m as p")
      .innerJoin("sites as s", "s.site_no", "p.site_no")
      .where("p.puid", "=", 0)
      .select(["s.site_id", "p.pool"])
      .select((eb) => eb.fn.max("p.at").as("newest_at"))
      .groupBy(["s.site_id", "p.pool"])
      .orderBy("s.site_id")
      .orderBy("p.pool")
      .execute(),

  minutes: async (key: PoolKey, from: Date, widthSeconds: number): Promise<PoolBucket[]> => {
    const { rows } = await sql<PoolBucket>`
      select to_timestamp(floor(extract(epoch from at) / ${widthSeconds}) * ${widthSeconds}) as at,
        count(distinct at)::int * 60 as seconds,
        sum(accepted) as accepted, sum(stale) as stale, sum(rejected) as rejected
      from pool_1m
      where site_no = ${key.siteNo} and pool = ${key.pool} and puid = ${key.puid} and at >= ${from}
      group by 1 order by 1`.execute(db);
    return rows;
  },

  hours: async (key: PoolKey, from: Date, widthSeconds: number): Promise<PoolBucket[]> => {
    const { rows } = await sql<PoolBucket>`
      select to_timestamp(floor(extract(epoch from at) / ${widthSeconds}) * ${widthSeconds}) as at,
        count(*)::int * 3600 as seconds,
        sum(accepted) as accepted, sum(stale) as stale, sum(rejected) as rejected
      from pool_1h
      where site_no = ${key.siteNo} and pool = ${key.pool} and puid = ${key.puid} and at >= ${from}
      group by 1 order by 1`.execute(db);
    return rows;
  },

  /** Adds the minutes of whole hours from `from` to `to` up; done again, it gives the same. */
  rollUp: async (from: Date, to: Date): Promise<number> => {
    const { numAffectedRows } = await sql`
      insert into pool_1h (site_no, pool, puid, at, accepted, stale, rejected, shares)
      select site_no, pool, puid, date_trunc('hour', at), sum(accepted), sum(stale), sum(rejected), sum(shares)
      from pool_1m where at >= ${from} and at < ${to}
      group by 1, 2, 3, 4
      on conflict (site_no, pool, puid, at) do update set accepted = excluded.accepted, stale = excluded.stale,
        rejected = excluded.rejected, shares = excluded.shares`.execute(db);
    return Number(numAffectedRows ?? 0n);
  },

  dropBefore: async (minutes: Date, hours: Date): Promise<number> => {
    const oldMinutes = await db.deleteFrom("pool_1m").where("at", "<", minutes).executeTakeFirst();
    const oldHours = await db.deleteFrom("pool_1h").where("at", "<", hours).executeTakeFirst();
    return Number(oldMinutes.numDeletedRows + oldHours.numDeletedRows);
  },
});
