import type { Engine, Sample } from "@banksman/rules";
import { sql } from "kysely";
import { healthCode, offlineCode, statusCode } from "../db/codes.ts";
import type { Db } from "../db/connect.ts";
import { hostOf } from "./samples.ts";

type LatestRow = Record<string, unknown> & {
  site_id: string;
  miner_id: string;
  rack: string | null;
  ts: Date;
  received_at: Date;
  health: number;
  status: number | null;
  offline_reason: number | null;
  pool_url: string | null;
};

/** More readings than this would hold the start up: windows then fill with what comes. */
const MOST_HISTORY_ROWS = 600_000;
const WINDOW_MINUTES = 60;
const UNTIL_STALE_MS = Number.POSITIVE_INFINITY;

/** A sample from the newest row of a miner: all but what is told of boards and faults. */
function toSample(row: LatestRow): Sample {
  const { site_id, miner_id, rack, ts, received_at: _received, health, status, offline_reason, ...figures } = row;
  const word = healthCode.toWord(health);
  const numbers = Object.fromEntries(
    Object.entries(figures).filter(([, value]) => typeof value === "number" || typeof value === "string"),
  ) as Record<string, number | string>;
  return {
    target: { kind: "miner", site_id, id: miner_id, rack },
    at: ts.getTime(),
    // What went stale holds until it is heard of again; what did not is soon read anew, or found to be stale.
    ...(word === "unreachable" ? { holdsMs: UNTIL_STALE_MS } : {}),
    figures: {
      ...numbers,
      site_id,
      miner_id,
      rack,
      online: word !== "unreachable",
      health: word,
      status: statusCode.toWord(status),
      offline_reason: offlineCode.toWord(offline_reason),
      pool_host: hostOf(row.pool_url),
    },
  };
}

/** The newest reading of every miner. */
export async function latestSamples(db: Db): Promise<Sample[]> {
  const { rows } = await sql<LatestRow>`select s.site_id, l.* from latest l join sites s using (site_no)`.execute(db);
  return rows.map(toSample);
}

/** Fills the windows of miners and sites with the last hour. */
export async function fillWindows(db: Db, engine: Engine): Promise<number> {
  const since = sql`now() - make_interval(mins => ${WINDOW_MINUTES})`;
  const counted = await sql<{
    n: number;
  }>`select count(*)::int as n from (select 1 from telemetry where ts > ${since} limit ${MOST_HISTORY_ROWS + 1}) few`.execute(
    db,
  );
  const count = counted.rows[0]?.n ?? 0;
  if (count <= MOST_HISTORY_ROWS) {
    const { rows } = await sql<
      Record<string, unknown> & { site_id: string; miner_id: string; rack: string | null; ts: Date }
    >`
      select s.site_id, l.miner_id, l.rack, t.ts, t.hashrate_ghs, t.expected_hashrate_ghs, t.temperature_avg, t.temperature_max, t.power_consumption,
        t.accepted_shares, t.rejected_shares, t.hardware_errors, t.uptime_seconds, l.worker_name, l.pool_url, t.temperature_chip_max
      from telemetry t join latest l using (site_no, miner_no) join sites s using (site_no) where t.ts > ${since}`.execute(
      db,
    );
    for (const { site_id, miner_id, rack, ts, ...figures } of rows)
      engine.fill({ kind: "miner", site_id, id: miner_id, rack }, ts.getTime(), figures as Record<string, number>);
  }
  const sums = await sql<{ site_id: string; bucket: Date } & Record<string, number | null>>`
    select s.site_id, m.bucket, m.total, m.online as online_count, m.hashrate_ghs, m.expected_hashrate_ghs, m.power_consumption, m.temperature_max
    from site_1m m join sites s using (site_no) where m.bucket > ${since}`.execute(db);
  for (const { site_id, bucket, ...figures } of sums.rows)
    engine.fill(
      { kind: "site", site_id, id: site_id },
      (bucket as Date).getTime(),
      figures as Record<string, number | null>,
    );
  return count;
}

const FORGET_COLLECTOR = "30 days";

/** What the collectors tell of themselves, as it stands now. */
export async function collectorSamples(db: Db, at: number): Promise<Sample[]> {
  const { rows } = await sql<{
    site_id: string;
    collector_id: string;
    version: string | null;
    silent_s: number;
    interval_s: number | null;
    readings: number;
    backlog_batches: number | null;
    clock_skew_s: number | null;
  }>`select s.site_id, collector_id, version, extract(epoch from now() - last_upload_at)::float8 as silent_s,
      coalesce(interval_seconds, 30)::float8 as interval_s, last_readings as readings, backlog_batches, clock_skew_ms / 1000 as clock_skew_s
    from collectors join sites s using (site_no) where last_upload_at > now() - ${FORGET_COLLECTOR}::interval
    union all
    select s.site_id, collector_id, null, extract(epoch from now() - max(round_at))::float8, 60, (array_agg(done order by round_at desc))[1],
      null, null
    from cooling_rounds r join sites s using (site_no)
    where round_at > now() - ${FORGET_COLLECTOR}::interval and not exists (
      select 1 from collectors c where c.site_no = r.site_no and c.collector_id = r.collector_id)
    group by 1, 2`.execute(db);
  return rows.map(({ site_id, collector_id, ...figures }) => ({
    target: { kind: "collector", site_id, id: collector_id },
    at,
    figures: { site_id, collector_id, ...figures },
  }));
}

const GHS = 1e-9;

/** What pool accounts and their workers look like, as they were last read. */
export async function poolSamples(db: Db, at: number): Promise<Sample[]> {
  const accounts = await sql<
    Record<string, unknown> & { site_id: string; pool: string; account: string; account_no: number }
  >`
    select s.site_id, a.account_no, a.pool, a.account, a.hashrate_hs * ${GHS} as hashrate_ghs, a.failures < 2 as readable,
      w.device_ghs as device_hashrate_ghs, w.workers, w.workers_online, w.workers_offline, w.reject_rate, w.pool_silent,
      (w.pool_ghs - w.device_ghs) / nullif(w.device_ghs, 0) as hashrate_difference
    from pool_accounts a join sites s using (site_no) left join (
      select account_no, count(*)::float8 as workers, (count(*) filter (where is_online))::float8 as workers_online,
        (count(*) filter (where is_offline))::float8 as workers_offline, (count(*) filter (where verdict = 'pool_silent'))::float8 as pool_silent,
        sum(device_hs) * ${GHS} as device_ghs, sum(pool_hs) filter (where device_hs is not null) * ${GHS} as pool_ghs, avg(reject_share) as reject_rate
      from pool_workers group by 1) w using (account_no)`.execute(db);
  const workers = await sql<
    Record<string, unknown> & { site_id: string; pool: string; account: string; worker_name: string }
  >`
    select s.site_id, a.pool, a.account, w.worker as worker_name, w.miner_ids[1] as miner_id, w.is_online as online, w.verdict,
      w.pool_hs * ${GHS} as hashrate_ghs, w.device_hs * ${GHS} as device_hashrate_ghs, w.difference as hashrate_difference,
      w.reject_share as reject_rate, w.is_elsewhere
    from pool_workers w join pool_accounts a using (account_no) join sites s using (site_no)`.execute(db);
  const idOf = ({ pool, account }: { pool: string; account: string }) => `${pool}/${account}`;
  return [
    ...accounts.rows.map(
      ({ account_no: _no, ...row }): Sample => ({
        target: { kind: "pool_account", site_id: row.site_id, id: idOf(row) },
        at,
        figures: row as Sample["figures"],
      }),
    ),
    ...workers.rows.map(
      (row): Sample => ({
        target: { kind: "worker", site_id: row.site_id, id: `${idOf(row)}/${row.worker_name}` },
        at,
        figures: row as Sample["figures"],
      }),
    ),
  ];
}
