import type { Log } from "@banksman/kit";
import type pg from "pg";
import { offlineCode, UNREACHABLE } from "../db/codes.ts";
import type { Evaluator } from "../evaluation/evaluator.ts";
import { heldFor, type Patience, sweepsOfSites } from "../fleet/patience.ts";
import type { FanOut } from "../live/fan-out.ts";
import type { WebhookService } from "../webhooks/service.ts";

export type WentStale = { siteNo: number; siteId: string; minerIds: string[] };

/**
 * Turns miners without a reading for some sweeps offline with the reason `stale`. Measured by when readings
 * arrived, so that an edge with a wrong clock is judged fairly. Gives the miners that just turned, by site.
 */
export function createStaleCheck(pool: pg.Pool, patience: () => Patience) {
  return async (): Promise<WentStale[]> => {
    const { stale_sweeps, default_sweep_seconds } = patience();
    const { rows } = await pool.query<{ site_no: number; site_id: string; miner_ids: string[] }>(
      `with interval_of as (${sweepsOfSites("$3")}), turned as (
         update latest l set health = $1, offline_reason = $2
         from (
           -- Rows that are being written just now are not stale, and waiting for them could lock both out.
           select l.site_no, l.miner_no, i.site_id from latest l join interval_of i using (site_no)
           where l.received_at < now() - ${heldFor("l.driver", "i.sweep_seconds", "$4::int")}
             and (l.health <> $1 or l.offline_reason is distinct from $2)
           for update of l skip locked
         ) silent
         where l.site_no = silent.site_no and l.miner_no = silent.miner_no
         returning l.site_no, silent.site_id, l.miner_id
       )
       select site_no, site_id, array_agg(miner_id) as miner_ids from turned group by 1, 2`,
      [UNREACHABLE, offlineCode.toNumber("stale"), default_sweep_seconds, stale_sweeps],
    );
    return rows.map((row) => ({ siteNo: row.site_no, siteId: row.site_id, minerIds: row.miner_ids }));
  };
}

type Told = {
  check: ReturnType<typeof createStaleCheck>;
  publish: FanOut["publish"];
  evaluator: Pick<Evaluator, "takeStale">;
  webhooks: Pick<WebhookService, "emitLate">;
  log: Log;
};

/** Turns miners offline that nobody heard of for longer than they may be silent, and tells those who watch. */
export const tellStale =
  ({ check, publish, evaluator, webhooks, log }: Told) =>
  async (): Promise<void> => {
    const all = await check();
    for (const stale of all) {
      log.warn({ site_id: stale.siteId, miners: stale.minerIds.length }, "no reading for too long: now offline");
      publish({ ...stale, collectedAt: Date.now() });
      evaluator.takeStale(stale.siteId, stale.minerIds);
    }
    // They turn once: whoever isn't told now never is, so one site's trouble must not be another's.
    for (const { siteId, minerIds } of all)
      await webhooks
        .emitLate(siteId, minerIds)
        .catch((error: unknown) => log.error({ err: error, site_id: siteId }, "late readings reach no webhook"));
  };
