import type { JobLoop } from "@banksman/wire/api";
import { sql } from "kysely";
import type { Db } from "../db/connect.ts";
import type { Evaluator } from "../evaluation/evaluator.ts";

type Row = Omit<JobLoop, "last_at"> & { last_at: Date | null };

/** A collector that was silent for so long is no loop that runs. */
const FORGOTTEN = "7 days";

/**
 * What goes round by itself: each edge's sweeps and rounds of cooling units as it told of them, and the evaluation of rules
 * as far as this server does it.
 */
export async function loopsOf(db: Db, evaluator: Pick<Evaluator, "newest">, everyMs: number): Promise<JobLoop[]> {
  const { rows } = await sql<Row>`
    select 'sweep' as kind, s.site_id, c.collector_id as by, c.interval_seconds::float8 as every_seconds,
      c.last_upload_at as last_at, null::float8 as duration_ms, c.last_readings as done, null::int as failed
    from collectors c join sites s using (site_no) where c.last_upload_at > now() - ${sql.raw(`interval '${FORGOTTEN}'`)}
    union all
    select 'cooling_round', site_id, by, null, round_at, duration_ms, done, failed from (
      select distinct on (r.site_no, r.collector_id) s.site_id, r.collector_id as by, r.round_at,
        r.duration_ms::float8, r.done, r.failed
      from cooling_rounds r join sites s using (site_no) where r.round_at > now() - ${sql.raw(`interval '${FORGOTTEN}'`)}
      order by r.site_no, r.collector_id, r.round_at desc) newest
    order by 1, 2, 3`.execute(db);
  const newest = evaluator.newest();
  const rules: JobLoop = {
    kind: "rules",
    site_id: null,
    by: newest ? "this server" : "another server",
    every_seconds: everyMs / 1_000,
    last_at: newest ? new Date(newest.at).toISOString() : null,
    duration_ms: newest?.tookMs ?? null,
    done: newest?.evaluated ?? null,
    failed: null,
  };
  return [rules, ...rows.map((row) => ({ ...row, last_at: row.last_at?.toISOString() ?? null }))];
}
