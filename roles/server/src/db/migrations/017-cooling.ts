/**
 * Cooling units. A snapshot's figures are an array of reals (a switch is 0 or 1) whose places are named by its unit's
 * `fields`, which only ever grows at its end: what makers measure differs too much for columns, and names repeated in each
 * of 19 million rows would be most of what is stored. `collected_by` is the site whose collectors read the unit.
 */
export const cooling = `
create table cooling_units (
  site_no int not null references sites on delete cascade,
  unit_no int not null generated always as identity,
  host text not null,
  name text,
  driver text,
  interval_s real not null default 60,
  timeout_ms int not null default 3000,
  retries int not null default 3,
  collected_by int not null references sites on delete cascade,
  enabled boolean not null default true,
  longitude float8,
  latitude float8,
  glycol_percent real,
  auxiliary_kw real,
  registered_by text not null check (registered_by in ('person', 'edge')),
  fields text[] not null default '{}',
  created_at timestamptz not null default now(),
  primary key (site_no, unit_no),
  unique (site_no, host)
);
create index cooling_units_collected_by on cooling_units (collected_by);

create table cooling_latest (
  site_no int not null,
  unit_no int not null,
  round_at timestamptz,
  at timestamptz,
  received_at timestamptz,
  lane text,
  collector_id text,
  record json,
  derived json,
  miners json,
  hashrate_ghs float8,
  failed_at timestamptz,
  failure json,
  failed_rounds int not null default 0,
  primary key (site_no, unit_no),
  foreign key (site_no, unit_no) references cooling_units on delete cascade
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);

create table cooling_snapshots (
  site_no int not null,
  unit_no int not null,
  round_at timestamptz not null,
  record_at timestamptz not null,
  figures real[] not null,
  primary key (site_no, unit_no, round_at)
) partition by range (round_at);
create table cooling_snapshots_default partition of cooling_snapshots default;

create table cooling_5min (
  site_no int not null,
  unit_no int not null,
  bucket timestamptz not null,
  readings int not null,
  least real[] not null,
  mean real[] not null,
  most real[] not null,
  primary key (site_no, unit_no, bucket)
) partition by range (bucket);
create table cooling_5min_default partition of cooling_5min default;
create table cooling_1h (like cooling_5min including all) partition by range (bucket);
create table cooling_1h_default partition of cooling_1h default;
create table cooling_dirty (
  site_no int not null, grain text not null check (grain in ('5min', '1h')), bucket timestamptz not null,
  primary key (site_no, grain, bucket)
);

create table cooling_faults (
  site_no int not null,
  unit_no int not null,
  code text not null,
  since timestamptz not null,
  until timestamptz,
  derived boolean not null default false,
  level text not null,
  fault json not null,
  primary key (site_no, unit_no, code, since),
  foreign key (site_no, unit_no) references cooling_units on delete cascade
);
create unique index cooling_faults_open on cooling_faults (site_no, unit_no, code) where until is null;

create table cooling_rounds (
  site_no int not null references sites on delete cascade,
  collector_id text not null,
  round_at timestamptz not null,
  duration_ms real not null,
  done int not null,
  deferred int not null,
  failed int not null,
  primary key (site_no, collector_id, round_at)
);

create table cooling_leases (
  site_no int not null,
  unit_no int not null,
  collected_by int not null,
  holder uuid not null,
  collector_id text not null,
  granted_at timestamptz not null,
  expires_at timestamptz not null,
  primary key (site_no, unit_no),
  foreign key (site_no, unit_no) references cooling_units on delete cascade
);
create index cooling_leases_collected_by on cooling_leases (collected_by);
create table cooling_edges (
  site_no int not null references sites on delete cascade,
  holder uuid not null,
  can int not null,
  seen_at timestamptz not null,
  primary key (site_no, holder)
);
`;
