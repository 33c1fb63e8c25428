/** Endpoints of third parties that are told of events, and what is to leave for them. */
export const webhooks = `
create table webhooks (
  webhook_id int generated always as identity primary key,
  url text not null,
  events text[] not null,
  site_id text,
  description text not null,
  enabled bool not null,
  secret bytea not null,
  old_secret bytea,
  old_until timestamptz,
  created_at timestamptz not null default now(),
  created_by text not null
);

create table webhook_deliveries (
  delivery_id int8 generated always as identity primary key,
  webhook_id int not null references webhooks on delete cascade,
  message_id text not null,
  type text not null,
  body text not null,
  state text not null default 'waiting' check (state in ('waiting', 'sent', 'failed')),
  tries int not null default 0,
  next_at timestamptz not null default now(),
  status int,
  error text,
  created_at timestamptz not null default now(),
  sent_at timestamptz
);
create index webhook_deliveries_due on webhook_deliveries (webhook_id, next_at) where state = 'waiting';
create index webhook_deliveries_newest on webhook_deliveries (webhook_id, delivery_id desc);

-- What happened before there were webhooks is nobody's news.
alter table alert_events add column hooked bool not null default true;
alter table alert_events alter column hooked set default false;
create index alert_events_unhooked on alert_events (event_id) where not hooked;
`;
