/** Alerts that others raised, and messages on their way out. */
export const alerts = `
create table alerts (
  alert_id int generated always as identity primary key,
  source text not null,
  fingerprint text not null,
  rule text not null,
  level text not null check (level in ('urgent', 'severe', 'warning', 'info')),
  state text not null check (state in ('firing', 'resolved')),
  title text not null,
  text text not null,
  labels json not null,
  since timestamptz not null,
  resolved_at timestamptz,
  unique (source, fingerprint, since)
);
create index alerts_since on alerts (since desc);

create table deliveries (
  delivery_id int generated always as identity primary key,
  channel text not null,
  dedup text not null,
  level text not null,
  priority int2 not null,
  message json not null,
  state text not null default 'waiting' check (state in ('waiting', 'sent', 'failed')),
  tries int not null default 0,
  next_at timestamptz not null default now(),
  error text,
  created_at timestamptz not null default now(),
  sent_at timestamptz,
  unique (channel, dedup)
);
create index deliveries_waiting on deliveries (priority, next_at) where state = 'waiting';
`;
