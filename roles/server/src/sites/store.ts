import type { Db } from "../db/connect.ts";

export type SiteRow = {
  site_no: number;
  site_id: string;
  name: string;
  region: string | null;
  time_zone: string;
  created_at: Date;
  interval_seconds: number | null;
};

export type SiteStore = ReturnType<typeof siteStore>;

/** The only SQL on sites. */
export const siteStore = (db: Db) => {
  const withInterval = () =>
    db
      .selectFrom("sites as s")
      .selectAll("s")
      .select((eb) =>
        eb
          .selectFrom("collectors as c")
          .whereRef("c.site_no", "=", "s.site_no")
          .select((inner) => inner.fn.max("c.interval_seconds").as("interval"))
          .as("interval_seconds"),
      );
  return {
    list: (): Promise<SiteRow[]> => withInterval().orderBy("s.site_id").execute(),
    find: (siteId: string): Promise<SiteRow | undefined> =>
      withInterval().where("s.site_id", "=", siteId).executeTakeFirst(),
    numbersOf: async (siteIds: readonly string[]): Promise<number[]> => {
      // `in ()` is no SQL.
      if (siteIds.length === 0) return [];
      const rows = await db.selectFrom("sites").select("site_no").where("site_id", "in", siteIds).execute();
      return rows.map(({ site_no }) => site_no);
    },
    /** False when the id is taken. */
    create: async (site: {
      site_id: string;
      name: string;
      region: string | null;
      time_zone: string;
    }): Promise<boolean> => {
      const result = await db
        .insertInto("sites")
        .values(site)
        .onConflict((conflict) => conflict.column("site_id").doNothing())
        .executeTakeFirst();
      return result.numInsertedOrUpdatedRows === 1n;
    },
    update: async (
      siteId: string,
      change: { name?: string; region?: string | null; time_zone?: string },
    ): Promise<void> => {
      await db.updateTable("sites").set(change).where("site_id", "=", siteId).execute();
    },
  };
};
