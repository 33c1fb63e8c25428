import { sql } from "kysely";
import type { Db } from "../db/connect.ts";

/** What a person sets of a unit, in columns. */
export type CoolingSettings = {
  name?: string | null;
  driver?: string | null;
  interval_s?: number;
  timeout_ms?: number;
  retries?: number;
  collected_by?: number;
  enabled?: boolean;
  longitude?: number | null;
  latitude?: number | null;
  glycol_percent?: number | null;
  auxiliary_kw?: number | null;
};

export type CoolingSettingStore = ReturnType<typeof coolingSettingStore>;

/** The only SQL that writes what people set of cooling units. */
export const coolingSettingStore = (db: Db) => ({
  /** False when the site has a unit of this name. */
  create: async (siteNo: number, host: string, set: CoolingSettings & { collected_by: number }): Promise<boolean> => {
    const { numInsertedOrUpdatedRows } = await db
      .insertInto("cooling_units")
      .values({ site_no: siteNo, host, registered_by: "person", ...set })
      .onConflict((conflict) => conflict.columns(["site_no", "host"]).doNothing())
      .executeTakeFirst();
    return numInsertedOrUpdatedRows === 1n;
  },

  /** A unit that another site is to read is nobody's until that site's edges lease it. */
  update: async (siteNo: number, unitNo: number, set: CoolingSettings): Promise<void> => {
    if (Object.keys(set).length === 0) return;
    await db
      .updateTable("cooling_units")
      .set(set)
      .where("site_no", "=", siteNo)
      .where("unit_no", "=", unitNo)
      .execute();
  },

  /** Forgets a unit unless an edge still holds its lease; false when one does. */
  remove: async (siteNo: number, unitNo: number): Promise<boolean> => {
    await sql`delete from cooling_units u where site_no = ${siteNo} and unit_no = ${unitNo}
      and not exists (select 1 from cooling_leases l where l.site_no = u.site_no and l.unit_no = u.unit_no
        and l.expires_at > clock_timestamp())`.execute(db);
    const { rows } = await sql`select 1 from cooling_units where site_no = ${siteNo} and unit_no = ${unitNo}`.execute(
      db,
    );
    return rows.length === 0;
  },
});
