import type pg from "pg";
import { inTransaction } from "../db/in-transaction.ts";
import { COOLING_TABLES, type Flavour } from "../db/partitions.ts";

/** How long after a bucket's end its sums are made: snapshots of a round come in late by their upload. */
const GRAINS = {
  "5min": { width: "5 minutes", grace: "65 seconds", next: "1h" },
  "1h": { width: "1 hour", grace: "6 minutes", next: null },
} as const;
type Grain = keyof typeof GRAINS;

/** Least, mean and most of each place of the arrays, from snapshots, and from five-minute roll-ups. */
const PLACES: Record<Grain, string> = {
  "5min": `select s.site_no, s.unit_no, f.i, min(f.v) as least, avg(f.v)::real as mean, max(f.v) as most
    from cooling_snapshots s, unnest(s.figures) with ordinality f (v, i)
    where s.site_no = any($1) and s.round_at >= $2 and s.round_at < $2 + interval '5 minutes' group by 1, 2, 3`,
  "1h": `select r.site_no, r.unit_no, f.i, min(f.least) as least,
      (sum(f.mean * r.readings) / nullif(sum(r.readings) filter (where f.mean is not null), 0))::real as mean, max(f.most) as most
    from cooling_5min r, unnest(r.least, r.mean, r.most) with ordinality f (least, mean, most, i)
    where r.site_no = any($1) and r.bucket >= $2 and r.bucket < $2 + interval '1 hour' group by 1, 2, 3`,
};
const COUNTS: Record<Grain, string> = {
  "5min": `select site_no, unit_no, count(*) as readings from cooling_snapshots
    where site_no = any($1) and round_at >= $2 and round_at < $2 + interval '5 minutes' group by 1, 2`,
  "1h": `select site_no, unit_no, sum(readings) as readings from cooling_5min
    where site_no = any($1) and bucket >= $2 and bucket < $2 + interval '1 hour' group by 1, 2`,
};

/** A unit that answered and measured nothing has an empty array. A sum is never replaced by one of fewer readings. */
const insertOf = (grain: Grain): string => `
  insert into cooling_${grain} as r (site_no, unit_no, bucket, readings, least, mean, most)
  select n.site_no, n.unit_no, $2, n.readings, coalesce(p.least, '{}'), coalesce(p.mean, '{}'), coalesce(p.most, '{}')
  from (${COUNTS[grain]}) n left join (
    select site_no, unit_no, array_agg(least order by i) as least, array_agg(mean order by i) as mean,
      array_agg(most order by i) as most from (${PLACES[grain]}) place group by 1, 2
  ) p using (site_no, unit_no)
  on conflict (site_no, unit_no, bucket) do update
    set readings = excluded.readings, least = excluded.least, mean = excluded.mean, most = excluded.most
    where excluded.readings >= r.readings`;

/**
 * Makes the roll-ups of cooling snapshots that are due, five minutes and then hours. Uploads mark what changed, so what
 * arrives hours late counts too; taking the mark and making the sum is one transaction.
 */
export const createCoolingRollUp = (pool: pg.Pool, flavour: Flavour) => {
  const makeDue = async (grain: Grain): Promise<number> => {
    const { width, grace, next } = GRAINS[grain];
    const { rows } = await pool.query<{ bucket: Date }>(
      `select distinct bucket from cooling_dirty where grain = $1 and bucket <= now() - $2::interval - $3::interval order by 1`,
      [grain, width, grace],
    );
    await flavour.ensure(
      rows.map(({ bucket }) => bucket),
      COOLING_TABLES,
    );
    for (const { bucket } of rows)
      await inTransaction(pool, async (client) => {
        const taken = await client.query<{ site_no: number }>(
          "delete from cooling_dirty where grain = $1 and bucket = $2 returning site_no",
          [grain, bucket],
        );
        const siteNos = taken.rows.map(({ site_no }) => site_no);
        await client.query(insertOf(grain), [siteNos, bucket]);
        if (next === null) return;
        await client.query(
          `insert into cooling_dirty (site_no, grain, bucket)
           select s, $2, date_bin($3::interval, $4, timestamptz 'epoch') from unnest($1::int[]) s order by 1 on conflict do nothing`,
          [siteNos, next, GRAINS[next].width, bucket],
        );
      });
    return rows.length;
  };
  return async (): Promise<{ fives: number; hours: number }> => ({
    fives: await makeDue("5min"),
    hours: await makeDue("1h"),
  });
};
