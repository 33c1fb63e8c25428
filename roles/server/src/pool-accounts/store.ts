import { PoolAccount, ReconciledWorker, Verdict } from "@banksman/wire/api";
import { sql } from "kysely";
import { z } from "zod";
import { NOT_HASHING, UNREACHABLE } from "../db/codes.ts";
import type { Db } from "../db/connect.ts";
import { containing } from "../db/like.ts";
import type { DeviceSide } from "./reconcile.ts";

/** An account as it is known to whoever reads it; the key is sealed. */
export type AccountRow = {
  account_no: number;
  site_no: number;
  site_id: string;
  pool: string;
  coin: string;
  account: string;
  is_ours: boolean;
  api_base: string | null;
  api_key: Buffer | null;
};
/** A worker of a reading, set beside its devices. */
export type WorkerRow = ReconciledWorker & {
  hashrate_hs: number | null;
  hashrate_1h_hs: number | null;
  is_online: boolean;
  is_offline: boolean;
};
export type ReadingRow = {
  at: Date;
  hashrate_hs: number | null;
  device_hs: number | null;
  clock_skew_ms: number | null;
  truncated: boolean;
  workers: readonly WorkerRow[];
};
export type NewAccount = Pick<
  AccountRow,
  "site_no" | "pool" | "coin" | "account" | "is_ours" | "api_base" | "api_key"
> & {
  key_hint: string | null;
  created_by: string | null;
};
export type HistoryPoint = { at: Date; pool_hs: number | null; device_hs: number | null };

const Iso = z.date().transform((date) => date.toISOString());
const StoredAccount = PoolAccount.extend({ read_at: Iso.nullable() });
const StoredWorker = ReconciledWorker.extend({ last_share_at: Iso.nullable() });

const ACCOUNT = sql`account_no, site_no, (select s.site_id from sites s where s.site_no = pool_accounts.site_no) as site_id, pool, coin, account, is_ours, api_base, api_key`;
/** The worst verdict first. */
const BY_VERDICT = sql`array_position(${sql.raw(`array['${Verdict.options.join("', '")}']`)}, verdict)`;

export type PoolAccountStore = ReturnType<typeof poolAccountStore>;

/** The only SQL on accounts at third-party pools. */
export const poolAccountStore = (db: Db) => ({
  list: async (siteNos: readonly number[] | null, accountNo: number | null = null): Promise<PoolAccount[]> => {
    const { rows } = await sql`
      select a.account_no, s.site_id, a.pool, a.coin, a.account, a.api_base, a.key_hint, a.read_at, a.hashrate_hs,
        a.failures, a.trouble, a.truncated, case when a.is_ours then 'server' else 'pool-watch' end as source,
        coalesce(sum(w.n), 0)::int as workers, coalesce(sum(w.online), 0)::int as workers_online,
        coalesce(sum(w.offline), 0)::int as workers_offline, sum(w.device_hs) as device_hashrate_hs,
        sum(w.rejects) / nullif(sum(w.weight), 0) as reject_share,
        coalesce(jsonb_object_agg(w.verdict, w.n + w.unlisted) filter (where w.verdict is not null), '{}') as verdicts
      from pool_accounts a join sites s using (site_no)
      left join (
        select account_no, verdict, count(*) filter (where is_listed)::int as n,
          count(*) filter (where not is_listed)::int as unlisted,
          count(*) filter (where is_online) as online, count(*) filter (where is_offline) as offline,
          sum(device_hs) as device_hs, sum(reject_share * pool_hs) as rejects,
          sum(pool_hs) filter (where reject_share is not null) as weight
        from (select *, hashrate_hs is not null or hashrate_1h_hs is not null or last_share_at is not null as is_listed
              from pool_workers) listed
        group by account_no, verdict
      ) w using (account_no)
      where (${siteNos}::int[] is null or a.site_no = any(${siteNos})) and (${accountNo}::int is null or a.account_no = ${accountNo})
      group by a.account_no, s.site_id order by s.site_id, a.pool, a.account`.execute(db);
    return rows.map((row) => StoredAccount.parse(row));
  },

  find: async (accountNo: number): Promise<AccountRow | null> => {
    const { rows } =
      await sql<AccountRow>`select ${ACCOUNT} from pool_accounts where account_no = ${accountNo}`.execute(db);
    return rows[0] ?? null;
  },

  /** Null when the site has that account already. */
  add: async (account: NewAccount): Promise<number | null> => {
    const { rows } = await sql<{ account_no: number }>`
      insert into pool_accounts (site_no, pool, coin, account, is_ours, api_base, api_key, key_hint, created_by)
      values (${account.site_no}, ${account.pool}, ${account.coin}, ${account.account}, ${account.is_ours},
        ${account.api_base}, ${account.api_key}, ${account.key_hint}, ${account.created_by})
      on conflict (site_no, pool, coin, account) do nothing returning account_no`.execute(db);
    return rows[0]?.account_no ?? null;
  },

  byName: async (siteNo: number, pool: string, coin: string, account: string): Promise<AccountRow | null> => {
    const { rows } = await sql<AccountRow>`select ${ACCOUNT} from pool_accounts
      where site_no = ${siteNo} and pool = ${pool} and coin = ${coin} and account = ${account}`.execute(db);
    return rows[0] ?? null;
  },

  remove: async (accountNo: number): Promise<boolean> => {
    const { rows } = await sql`delete from pool_accounts where account_no = ${accountNo} returning 1`.execute(db);
    return rows.length > 0;
  },

  /** Takes the account whose turn it is, so that of several servers one reads it; null when none is due. */
  claimDue: async (againInS: number): Promise<AccountRow | null> => {
    const { rows } = await sql<AccountRow>`
      update pool_accounts set next_read_at = now() + make_interval(secs => ${againInS})
      where account_no = (select account_no from pool_accounts where is_ours and next_read_at <= now()
        order by next_read_at limit 1 for update skip locked)
      returning ${ACCOUNT}`.execute(db);
    return rows[0] ?? null;
  },

  /** Other accounts of the site: their devices are not this one's. */
  siblings: async (siteNo: number, account: string): Promise<string[]> => {
    const { rows } = await sql<{ account: string }>`
      select distinct account from pool_accounts where site_no = ${siteNo} and lower(account) <> lower(${account})`.execute(
      db,
    );
    return rows.map((row) => row.account);
  },

  /** What each miner of a site with a worker name did in the hour up to `until`. Unreachable is 0, untold is null. */
  devices: async (siteNo: number, until: Date): Promise<DeviceSide[]> => {
    const { rows } = await sql<DeviceSide>`
      select l.miner_id, l.worker_name, t.mean_hs,
        l.health not in (${sql.raw(NOT_HASHING)}, ${UNREACHABLE}) and coalesce(l.hashrate_ghs, 0) > 0 as is_hashing,
        coalesce(t.covered_s, 0) as covered_s
      from latest l left join (
        select miner_no, avg(case when health = ${UNREACHABLE} then 0 else hashrate_ghs end) * 1e9 as mean_hs,
          extract(epoch from ${until}::timestamptz - min(ts))::float8 as covered_s
        from telemetry where site_no = ${siteNo} and ts > ${until}::timestamptz - interval '1 hour' and ts <= ${until}
        group by miner_no
      ) t using (miner_no)
      where l.site_no = ${siteNo} and l.worker_name is not null`.execute(db);
    return rows;
  },

  /**
   * Keeps a reading: the newest in full, any in history. One that is older than the newest changes history alone; a
   * pool tells its clock in whole seconds, so two reads of one second may come in either order.
   */
  keep: (accountNo: number, reading: ReadingRow): Promise<void> =>
    db.transaction().execute(async (step) => {
      const { at, hashrate_hs, device_hs, clock_skew_ms, truncated, workers } = reading;
      await sql`insert into pool_account_history (account_no, at, pool_hs, device_hs)
        values (${accountNo}, ${at}, ${hashrate_hs}, ${device_hs}) on conflict do nothing`.execute(step);
      const { rows } = await sql`update pool_accounts set read_at = ${at}, hashrate_hs = ${hashrate_hs},
        clock_skew_ms = ${clock_skew_ms}, truncated = ${truncated}, failures = 0, trouble = null
        where account_no = ${accountNo} and (read_at is null or read_at <= ${at}::timestamptz + interval '2 seconds') returning 1`.execute(
        step,
      );
      if (rows.length === 0) return;
      await sql`delete from pool_workers where account_no = ${accountNo}`.execute(step);
      const given = JSON.stringify(workers);
      await sql`insert into pool_workers (account_no, worker, hashrate_hs, hashrate_1h_hs, last_share_at, state, reject_share,
          source_ip, is_elsewhere, verdict, miner_ids, pool_hs, device_hs, difference, is_online, is_offline)
        select ${accountNo}::int, worker, hashrate_hs, hashrate_1h_hs, last_share_at, state, reject_share, source_ip,
          is_elsewhere, verdict, miner_ids, pool_hs, device_hs, difference, is_online, is_offline
        from jsonb_to_recordset(${given}::jsonb) as w (worker text, hashrate_hs float8, hashrate_1h_hs float8,
          last_share_at timestamptz, state text, reject_share float8, source_ip text, is_elsewhere boolean, verdict text,
          miner_ids text[], pool_hs float8, device_hs float8, difference float8, is_online boolean, is_offline boolean)
        on conflict do nothing`.execute(step);
      await sql`insert into pool_worker_history (account_no, worker, at, pool_hs, device_hs)
        select account_no, worker, date_trunc('hour', ${at}::timestamptz), pool_hs, device_hs
        from pool_workers where account_no = ${accountNo} and (pool_hs is not null or device_hs is not null)
        on conflict (account_no, worker, at) do update set pool_hs = excluded.pool_hs, device_hs = excluded.device_hs`.execute(
        step,
      );
    }),

  /** Notes a read that failed; `failures` null counts one more. */
  noteFailure: async (accountNo: number, failures: number | null, trouble: string): Promise<void> => {
    await sql`update pool_accounts set failures = coalesce(${failures}::int, failures + 1), trouble = ${trouble}
      where account_no = ${accountNo}`.execute(db);
  },

  workers: async (
    accountNo: number,
    { verdict, q, limit, offset }: { verdict: Verdict | null; q: string | null; limit: number; offset: number },
  ): Promise<{ rows: ReconciledWorker[]; total: number }> => {
    const pattern = q === null ? null : containing(q.toLowerCase());
    const where = sql`account_no = ${accountNo} and (${verdict}::text is null or verdict = ${verdict})
      and (${pattern}::text is null or lower(worker) like ${pattern} or lower(array_to_string(miner_ids, ' ')) like ${pattern})`;
    const { rows } = await sql`select worker, miner_ids, verdict, pool_hs, device_hs, difference, last_share_at, state,
        reject_share, source_ip, is_elsewhere
      from pool_workers where ${where} order by ${BY_VERDICT}, difference nulls last, worker
      limit ${limit} offset ${offset}`.execute(db);
    const counted = await sql<{ n: number }>`select count(*)::int as n from pool_workers where ${where}`.execute(db);
    return { rows: rows.map((row) => StoredWorker.parse(row)), total: counted.rows[0]?.n ?? 0 };
  },

  /** Means by buckets of `widthS` seconds; a worker's rows are an hour apart. */
  history: async (accountNo: number, worker: string | null, from: Date, widthS: number): Promise<HistoryPoint[]> => {
    const source =
      worker === null
        ? sql`pool_account_history where account_no = ${accountNo}`
        : sql`pool_worker_history where account_no = ${accountNo} and worker = ${worker}`;
    const { rows } = await sql<HistoryPoint>`
      select to_timestamp(floor(extract(epoch from at) / ${widthS}) * ${widthS}) as at,
        avg(pool_hs) as pool_hs, avg(device_hs) as device_hs
      from ${source} and at >= ${from} group by 1 order by 1`.execute(db);
    return rows;
  },

  dropBefore: async (from: Date): Promise<number> => {
    const accounts = await sql`delete from pool_account_history where at < ${from}`.execute(db);
    const workers = await sql`delete from pool_worker_history where at < ${from}`.execute(db);
    return Number((accounts.numAffectedRows ?? 0n) + (workers.numAffectedRows ?? 0n));
  },
});
