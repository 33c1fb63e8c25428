import type pg from "pg";

/** A container that draws more than this hashes, whatever it says of its miners. */
const LOAD_KW = 50;
/** What was told longer ago than this says nothing of now. */
const LATE_S = 300;

/** What orders need to know of cooling units. */
export const orderedUnits = (pool: pg.Pool) => ({
  find: async (siteNo: number, hosts: readonly string[]): Promise<{ host: string; driver: string | null }[]> => {
    const { rows } = await pool.query<{ host: string; driver: string | null }>(
      `select u.host, coalesce(l.record ->> 'driver', u.driver) as driver from cooling_units u
       left join cooling_latest l using (site_no, unit_no) where u.site_no = $1 and u.host = any($2)`,
      [siteNo, hosts],
    );
    return rows;
  },

  /** The sites whose collectors read these units. */
  readers: async (siteNo: number, hosts: readonly string[]): Promise<number[]> => {
    const { rows } = await pool.query<{ collected_by: number }>(
      "select distinct collected_by from cooling_units where site_no = $1 and host = any($2)",
      [siteNo, hosts],
    );
    return rows.map(({ collected_by }) => collected_by);
  },

  /** Units that carry off a load: miners they list hash, or their power says so; also where that was told too long ago. */
  loaded: async (siteNo: number): Promise<string[]> => {
    const { rows } = await pool.query<{ host: string }>(
      `select u.host from cooling_units u join cooling_latest l using (site_no, unit_no)
       where u.site_no = $1 and ((l.derived ->> 'power')::float8 > $2 or l.hashrate_ghs > 0
         or l.received_at < now() - make_interval(secs => $3))`,
      [siteNo, LOAD_KW, LATE_S],
    );
    return rows.map(({ host }) => host);
  },
});
