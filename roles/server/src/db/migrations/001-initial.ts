const NUMBERS = `
  hashrate_ghs float8, hashrate_5s_ghs float8, expected_hashrate_ghs float8,
  temperature_avg real, temperature_max real,
  temperature_chip_min real, temperature_chip_avg real, temperature_chip_max real,
  frequency_avg real, power_consumption real, latency_ms real,
  accepted_shares int8, rejected_shares int8, hardware_errors int8, uptime_seconds int8,
  fan_1 int4, fan_2 int4, fan_3 int4, fan_4 int4, fan_5 int4, fan_6 int4, fan_7 int4, fan_8 int4`;

/** min, avg and max of each series; counters need float8, everything else fits a real. */
const rolledUp = (series: readonly string[], type: string) =>
  series.flatMap((name) => ["min", "avg", "max"].map((part) => `${name}_${part} ${type}`)).join(", ");

const ROLLED_UP = [
  rolledUp(["hashrate_ghs", "hashrate_5s_ghs", "expected_hashrate_ghs"], "real"),
  rolledUp(["temperature_avg", "temperature_max", "temperature_chip"], "real"),
  rolledUp(["frequency_avg", "power_consumption", "latency_ms"], "real"),
  rolledUp(["accepted_shares", "rejected_shares", "hardware_errors", "uptime_seconds"], "float8"),
  rolledUp(["fan_1", "fan_2", "fan_3", "fan_4", "fan_5", "fan_6", "fan_7", "fan_8"], "real"),
].join(", ");

/**
 * `site_no` leads every key, so that the tables can be distributed by site. Inside the database a site and a miner are
 * small numbers (`site_no`, `miner_no`); the text codes of the wire live in `sites` and `miners`.
 * Only columns that hardly ever change are indexed in `latest`: its updates stay in their page (HOT).
 * health, status, offline_reason and power_source are stored as their place in the wire's lists (see db/codes.ts).
 */
export const initialSchema = `
create table sites (
  site_no int generated always as identity primary key,
  site_id text not null unique,
  name text not null,
  region text,
  time_zone text not null default 'UTC',
  created_at timestamptz not null default now()
);

create table users (
  user_no int generated always as identity primary key,
  username text not null,
  password_hash text not null,
  role text not null check (role in ('admin', 'operator', 'viewer')),
  disabled_at timestamptz,
  created_at timestamptz not null default now(),
  last_signed_in_at timestamptz
);
create unique index users_username on users (lower(username));

create table sessions (
  token_hash bytea primary key,
  user_no int not null references users on delete cascade,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  address text,
  user_agent text
);
create index sessions_user on sessions (user_no);

create table collector_keys (
  site_no int not null references sites on delete cascade,
  key_id int generated always as identity,
  key_hash bytea not null unique,
  name text not null,
  hint text not null,
  created_at timestamptz not null default now(),
  created_by text,
  last_used_at timestamptz,
  revoked_at timestamptz,
  primary key (site_no, key_id)
);

create table collectors (
  site_no int not null references sites on delete cascade,
  collector_id text not null,
  key_id int,
  version text,
  interval_seconds real,
  last_upload_at timestamptz not null,
  last_readings int not null,
  backlog_batches int,
  clock_skew_ms float8,
  address text,
  primary key (site_no, collector_id)
);

create table miners (
  site_no int not null references sites on delete cascade,
  miner_no int generated always as identity,
  miner_id text not null,
  serial text,
  customer_id text,
  first_seen_at timestamptz not null default now(),
  retired_at timestamptz,
  primary key (site_no, miner_no),
  unique (site_no, miner_id)
);

create table telemetry (
  site_no int not null, miner_no int not null, ts timestamptz not null,
  health int2 not null, status int2, offline_reason int2,
  ${NUMBERS},
  primary key (site_no, miner_no, ts)
) partition by range (ts);
create index telemetry_ts on telemetry using brin (ts) with (pages_per_range = 32, autosummarize = on);
create table telemetry_default partition of telemetry default;

create table latest (
  site_no int not null, miner_no int not null, ts timestamptz not null,
  health int2 not null, status int2, offline_reason int2,
  ${NUMBERS},
  received_at timestamptz not null,
  power_source int2,
  fault_count int2 not null default 0,
  miner_id text not null,
  ip_address text, pool_url text, worker_name text, make text, model text, firmware text, mac text, driver text,
  rack text, position text,
  search text generated always as (lower(miner_id || ' ' || coalesce(ip_address, '') || ' ' || coalesce(mac, '') || ' '
    || coalesce(worker_name, '') || ' ' || coalesce(model, ''))) stored,
  primary key (site_no, miner_no)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);
create index latest_miner_id on latest (site_no, miner_id);

create table latest_detail (
  site_no int not null, miner_no int not null,
  chips text,
  detail text,
  primary key (site_no, miner_no)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);

create table miner_events (
  site_no int not null, miner_no int not null, at timestamptz not null,
  kind text not null,
  before text, after text,
  primary key (site_no, miner_no, at, kind)
);

create table telemetry_1h (
  site_no int not null, miner_no int not null, bucket timestamptz not null,
  readings int not null, online int not null, ${ROLLED_UP},
  primary key (site_no, miner_no, bucket)
) partition by range (bucket);
create table telemetry_1h_default partition of telemetry_1h default;

create table telemetry_1d (
  site_no int not null, miner_no int not null, bucket timestamptz not null,
  readings int not null, online int not null, ${ROLLED_UP},
  primary key (site_no, miner_no, bucket)
) partition by range (bucket);
create table telemetry_1d_default partition of telemetry_1d default;

create table site_1m (
  site_no int not null, bucket timestamptz not null,
  total int not null, online int not null,
  hashrate_ghs float8, expected_hashrate_ghs float8, power_consumption float8, temperature_max real,
  primary key (site_no, bucket)
);

create table rollup_dirty (
  site_no int not null, grain text not null check (grain in ('minute', 'hour', 'day')), bucket timestamptz not null,
  primary key (site_no, grain, bucket)
);

create table ingest_batch (
  site_no int not null, batch_id uuid not null, received_at timestamptz not null default now(), reply json not null,
  primary key (site_no, batch_id)
);
`;
