/** Rules and what they raise, who is told when, and channels that are edited on the page. */
export const rules = `
alter table alerts
  drop constraint alerts_state_check,
  add constraint alerts_state_check check (state in ('pending', 'firing', 'acknowledged', 'resolved')),
  alter column rule type json using json_build_object('zh', rule, 'en', rule),
  alter column title type json using json_build_object('zh', title, 'en', title),
  alter column text type json using json_build_object('zh', text, 'en', text),
  add column rule_id text,
  add column site_id text,
  add column target json,
  add column target_key text,
  add column "values" json not null default '{}',
  add column no_data bool not null default false,
  add column flapping bool not null default false,
  add column suppressed json,
  add column fired_at timestamptz,
  add column acknowledged_at timestamptz,
  add column acknowledged_by text,
  add column comment text,
  add column notified_at timestamptz,
  add column escalated int not null default 0;
update alerts set fired_at = since;
create index alerts_open on alerts (state) where state <> 'resolved';
create index alerts_fingerprint on alerts (fingerprint, since desc);

create table alert_events (
  event_id int8 generated always as identity primary key,
  alert_id int not null references alerts on delete cascade,
  at timestamptz not null,
  kind text not null,
  by text,
  text text
);
create index alert_events_alert on alert_events (alert_id, event_id);

create table alert_rules (
  rule_id text primary key,
  definition json not null,
  updated_at timestamptz not null default now(),
  updated_by text
);

create table alert_sites (
  site_no int primary key references sites on delete cascade,
  pool_hosts text[] not null
);

create table channels (
  name text primary key,
  type text not null,
  settings json not null,
  secrets bytea not null,
  secret_names text[] not null,
  levels text[] not null,
  language text not null,
  enabled bool not null,
  updated_at timestamptz not null default now(),
  updated_by text
);

alter table deliveries
  drop constraint deliveries_state_check,
  add constraint deliveries_state_check check (state in ('waiting', 'sent', 'failed', 'merged')),
  add column alert_ids int[] not null default '{}';
create index deliveries_newest on deliveries (delivery_id desc, channel);

create table silences (
  silence_id int generated always as identity primary key,
  kind text not null check (kind in ('silence', 'maintenance')),
  matcher json not null,
  reason text not null,
  starts_at timestamptz not null,
  ends_at timestamptz,
  schedule json,
  created_by text not null,
  created_at timestamptz not null default now()
);

create table on_call (name text primary key, definition json not null);
create table escalations (name text primary key, definition json not null);
`;
