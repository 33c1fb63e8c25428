/**
 * Accounts at third-party pools. A worker's row is its newest reading, set beside its devices as they were then; history holds both sides, the pool's and the
 * devices', an account's by reading and a worker's by hour.
 */
export const poolAccounts = `
create table pool_accounts (
  account_no int generated always as identity primary key,
  site_no int not null references sites on delete cascade,
  pool text not null, coin text not null, account text not null,
  is_ours boolean not null,
  api_base text, api_key bytea, key_hint text,
  created_at timestamptz not null default now(), created_by text,
  next_read_at timestamptz not null default now(),
  read_at timestamptz, hashrate_hs float8, clock_skew_ms float8, truncated boolean not null default false,
  failures int not null default 0, trouble text,
  unique (site_no, pool, coin, account)
);

create table pool_workers (
  account_no int not null references pool_accounts on delete cascade,
  worker text not null,
  hashrate_hs float8, hashrate_1h_hs float8, last_share_at timestamptz,
  state text, reject_share float8, source_ip text, is_elsewhere boolean not null,
  verdict text not null, miner_ids text[] not null, pool_hs float8, device_hs float8, difference float8,
  is_online boolean not null, is_offline boolean not null,
  primary key (account_no, worker)
);

create table pool_account_history (
  account_no int not null references pool_accounts on delete cascade,
  at timestamptz not null, pool_hs float8, device_hs float8,
  primary key (account_no, at)
);
create index pool_account_history_at on pool_account_history using brin (at) with (autosummarize = on);

create table pool_worker_history (
  account_no int not null references pool_accounts on delete cascade,
  worker text not null, at timestamptz not null, pool_hs float8, device_hs float8,
  primary key (account_no, worker, at)
);
create index pool_worker_history_at on pool_worker_history using brin (at) with (autosummarize = on);
`;
