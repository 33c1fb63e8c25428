import type pg from "pg";
import { offlineCode, UNREACHABLE } from "../db/codes.ts";

const DEFAULT_INTERVAL_S = 30;
/** Missing this many sweeps in a row makes a miner stale. */
const INTERVALS = 3;

export type WentStale = { siteNo: number; siteId: string; minerIds: string[] };

/**
 * Turns miners without a reading for three intervals offline with the reason `stale`. Measured by when readings
 * arrived, so that an edge with a wrong clock is judged fairly. Gives the miners that just turned, by site.
 */
export function createStaleCheck(pool: pg.Pool) {
  return async (): Promise<WentStale[]> => {
    const { rows } = await pool.query<{ site_no: number; site_id: string; miner_ids: string[] }>(
      `with interval_of as (
         select s.site_no, s.site_id, coalesce(max(c.interval_seconds), ${DEFAULT_INTERVAL_S}) as seconds
         from sites s left join collectors c using (site_no) group by 1, 2
       ), turned as (
         update latest l set health = $1, offline_reason = $2
         from (
           -- Rows that are being written just now are not stale, and waiting for them could lock both out.
           select l.site_no, l.miner_no, i.site_id from latest l join interval_of i using (site_no)
           where l.received_at < now() - make_interval(secs => i.seconds * ${INTERVALS})
             and (l.health <> $1 or l.offline_reason is distinct from $2)
           for update of l skip locked
         ) silent
         where l.site_no = silent.site_no and l.miner_no = silent.miner_no
         returning l.site_no, silent.site_id, l.miner_id
       )
       select site_no, site_id, array_agg(miner_id) as miner_ids from turned group by 1, 2`,
      [UNREACHABLE, offlineCode.toNumber("stale")],
    );
    return rows.map((row) => ({ siteNo: row.site_no, siteId: row.site_id, minerIds: row.miner_ids }));
  };
}
