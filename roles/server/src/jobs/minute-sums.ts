import type pg from "pg";
import { NOT_HASHING, UNREACHABLE } from "../db/codes.ts";
import { inTransaction } from "../db/in-transaction.ts";
import { heldFor, type Patience, sweepsOfSites } from "../fleet/patience.ts";

const MINUTE_MS = 60_000;

/** `late_from`: minutes from there on are not due yet. `held_minutes`: for so long a reading of the site may count. */
type Due = { site_no: number; bucket: Date; late_from: Date; sweep_seconds: number; held_minutes: number };
type Minute = Pick<Due, "site_no" | "bucket" | "sweep_seconds">;

/**
 * Makes what a site comes to in each minute that is due. A miner that was not told in a minute counts there with its
 * reading before, for as long as the live totals count that as its newest one. So the minutes after a reading are made
 * with its own: at once where they are due already, else at their time.
 */
export const createMinuteSums = (pool: pg.Pool, grace: string, patience: () => Patience) => {
  const dueMinutes = async ({ stale_sweeps, default_sweep_seconds }: Patience): Promise<Due[]> => {
    const { rows } = await pool.query<Due>(
      `with due as (select site_no, bucket from rollup_dirty where grain = 'minute' and bucket <= now() - $1::interval),
       swept as (${sweepsOfSites("$2")}),
       held as (
         select site_no, max(${heldFor("l.driver", "s.sweep_seconds", "$3::int")}) as held
         from latest l join swept s using (site_no) where site_no in (select site_no from due) group by 1)
       select d.site_no, d.bucket, date_bin('1 minute', now() - $1::interval, timestamptz 'epoch') + interval '1 minute' as late_from,
         s.sweep_seconds, coalesce(ceil(extract(epoch from h.held) / 60), 0)::int as held_minutes
       from due d join swept s using (site_no) left join held h using (site_no) order by 2, 1`,
      [grace, default_sweep_seconds, stale_sweeps],
    );
    return rows;
  };

  return async (): Promise<number> => {
    const patient = patience();
    const due = await dueMinutes(patient);
    const keyOf = ({ site_no, bucket }: Minute) => `${site_no} ${bucket.getTime()}`;
    const made = new Set(due.map(keyOf));
    for (const minute of due) {
      await inTransaction(pool, async (client) => {
        if (!(await takeMark(client, minute))) return;
        if ((await sumMinute(client, minute, patient)) === 0) return;
        for (const later of minutesAfter(minute).filter((one) => !made.has(keyOf(one)))) {
          made.add(keyOf(later));
          if (later.bucket >= minute.late_from) await setMark(client, later);
          else await sumMinute(client, later, patient);
        }
      });
    }
    return due.length;
  };
};

/** The minutes in which a reading of this one may still count. */
const minutesAfter = ({ site_no, bucket, sweep_seconds, held_minutes }: Due): Minute[] =>
  Array.from({ length: Math.max(0, held_minutes - 1) }, (_, n) => ({
    ...{ site_no, sweep_seconds },
    bucket: new Date(bucket.getTime() + (n + 1) * MINUTE_MS),
  }));

async function takeMark(client: pg.ClientBase, { site_no, bucket }: Minute): Promise<boolean> {
  const taken = await client.query("delete from rollup_dirty where site_no = $1 and grain = 'minute' and bucket = $2", [
    site_no,
    bucket,
  ]);
  return taken.rowCount === 1;
}

async function setMark(client: pg.ClientBase, { site_no, bucket }: Minute): Promise<void> {
  await client.query(
    "insert into rollup_dirty (site_no, grain, bucket) values ($1, 'minute', $2) on conflict do nothing",
    [site_no, bucket],
  );
}

/** Makes one minute's sum, and gives how many miners were told in it. */
async function sumMinute(
  client: pg.ClientBase,
  { site_no, bucket, sweep_seconds }: Minute,
  { stale_sweeps }: Patience,
): Promise<number> {
  const hashes = `case when health in (${NOT_HASHING}) then least(hashrate_ghs, 0) else hashrate_ghs end`;
  // A miner read twice in the minute counts once, with its mean. One that its own edge reads by now is no longer in
  // latest under its container's name, and does not count a second time.
  const { rows } = await client.query<{ told: number }>(
    `with own as (
       select miner_no, bool_or(health <> ${UNREACHABLE}) as reached, avg(${hashes}) as hashrate, max(expected_hashrate_ghs) as expected,
         avg(power_consumption) as power, max(temperature_max) as temperature
       from telemetry where site_no = $1 and ts >= $2 and ts < $2 + interval '1 minute' group by miner_no),
     held as (
       select before.* from latest l cross join lateral (
         select health <> ${UNREACHABLE} as reached, ${hashes} as hashrate, expected_hashrate_ghs as expected,
           power_consumption as power, temperature_max as temperature
         from telemetry t where t.site_no = $1 and t.miner_no = l.miner_no and t.ts < $2
           and t.ts >= $2 + interval '1 minute' - ${heldFor("l.driver", "$3::float8", "$4::int")}
         order by t.ts desc limit 1) before
       where l.site_no = $1 and not exists (select from own where own.miner_no = l.miner_no)),
     miner as (
       select reached, hashrate, expected, power, temperature from own union all
       select reached, hashrate, expected, power, temperature from held),
     stored as (
       insert into site_1m as s (site_no, bucket, total, online, hashrate_ghs, expected_hashrate_ghs, power_consumption, temperature_max)
       select $1, $2::timestamptz, count(*), count(*) filter (where reached), sum(hashrate) filter (where reached), sum(expected),
         sum(power) filter (where reached), max(temperature)
       from miner having count(*) > 0
       on conflict (site_no, bucket) do update set total = excluded.total, online = excluded.online, hashrate_ghs = excluded.hashrate_ghs,
         expected_hashrate_ghs = excluded.expected_hashrate_ghs, power_consumption = excluded.power_consumption,
         temperature_max = excluded.temperature_max
         where excluded.total >= s.total)
     select count(*)::int as told from own`,
    [site_no, bucket, sweep_seconds, stale_sweeps],
  );
  return rows[0]?.told ?? 0;
}
