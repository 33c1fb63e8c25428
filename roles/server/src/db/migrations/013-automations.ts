/**
 * Automations and what they remember: miners that a curtailment put to sleep, tries of orders after alerts, signals from
 * outside. `version` counts steps: an order and the step it belongs to are kept together or not at all.
 */
export const automations = `
create table automations (
  automation_id text primary key,
  site_no int not null references sites on delete cascade,
  name text not null,
  enabled boolean not null,
  plan json not null,
  state json not null default '{}',
  status json,
  problem text,
  version int not null default 0,
  last_order_id uuid,
  last_acted_at timestamptz,
  created_by text not null,
  created_at timestamptz not null default now()
);
create table automation_held (
  automation_id text not null references automations on delete cascade,
  miner_id text not null,
  watts double precision not null,
  hashrate_ghs double precision not null,
  since timestamptz not null default now(),
  primary key (automation_id, miner_id)
);
create table automation_tries (
  automation_id text not null references automations on delete cascade,
  miner_id text not null,
  at timestamptz not null,
  order_id uuid not null
);
create index automation_tries_recent on automation_tries (automation_id, at);
create table automation_given_up (
  automation_id text not null references automations on delete cascade,
  alert_id int8 not null,
  at timestamptz not null default now(),
  primary key (automation_id, alert_id)
);
create table signals (name text primary key, value double precision not null, at timestamptz not null);
`;
