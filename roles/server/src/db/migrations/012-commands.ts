/**
 * Orders and their commands, one a device; interlocks and approval policies; the edges' links; uploaded audit files.
 * What an order says and whom it is for never changes once it is given: an approval is bound to it. A device has at most
 * one command in flight, whichever server sends it.
 */
export const commands = `
create table orders (
  order_id uuid primary key,
  site_no int not null references sites on delete cascade,
  name text not null,
  shown json not null,
  sealed bytea not null,
  reason text not null,
  given_by text not null,
  given_at timestamptz not null default now(),
  idempotency_key text,
  request_hash text not null,
  devices int not null,
  devices_hash text not null,
  ttl_seconds int not null,
  rolling json,
  step int not null default 0,
  steps int not null,
  paused_because text,
  payload_hash text not null,
  policy text,
  approval text check (approval in ('waiting', 'approved', 'rejected', 'expired', 'withdrawn')),
  approval_expires_at timestamptz,
  approved_hash text,
  decided_by text,
  decided_at timestamptz,
  decision_note text
);
create unique index orders_idempotency on orders (given_by, idempotency_key) where idempotency_key is not null;
create index orders_site on orders (site_no, order_id desc);
create index orders_waiting on orders (approval_expires_at) where approval = 'waiting';

create sequence command_places;
create table commands (
  command_id uuid primary key,
  order_id uuid not null references orders on delete cascade,
  site_no int not null,
  miner_id text,
  lane text not null generated always as (coalesce('miner ' || miner_id, 'edge')) stored,
  name text not null,
  step int not null,
  place int8,
  state text not null,
  expires_at timestamptz,
  ledger_id uuid,
  sent_at timestamptz,
  began_at timestamptz,
  ended_at timestamptz,
  changed_at timestamptz not null default now(),
  code text,
  note json,
  result json
);
alter sequence command_places owned by commands.place;
create unique index commands_one_in_flight on commands (site_no, lane) where state in ('sent', 'executing', 'verifying');
create index commands_queue on commands (site_no, lane, place) where state = 'queued';
create index commands_order on commands (order_id, step);
create index commands_active on commands (expires_at)
  where state in ('pending-approval', 'queued', 'sent', 'executing', 'verifying');
create index commands_past on commands (site_no, name, sent_at desc) where sent_at is not null;
create index commands_miner on commands (site_no, miner_id, command_id desc);
create index commands_ledger on commands (ledger_id) where state in ('sent', 'executing', 'verifying', 'unknown');

create function order_is_fixed() returns trigger language plpgsql as $$
begin
  raise exception 'an order that was given can not be changed' using errcode = 'insufficient_privilege';
end $$;
create trigger is_fixed before update of order_id, site_no, name, shown, sealed, reason, given_by, devices, devices_hash,
  ttl_seconds, rolling, steps, payload_hash, policy on orders for each row execute function order_is_fixed();
create trigger is_fixed before update of command_id, order_id, site_no, miner_id, name, step on commands
  for each row execute function order_is_fixed();

create table interlocks (name text primary key, definition json not null);
create table approval_policies (name text primary key, definition json not null);

create table links (
  ledger_id uuid primary key,
  site_no int not null references sites on delete cascade,
  server_id uuid,
  generation int not null default 1,
  collector_id text not null,
  version text not null,
  linked_since timestamptz not null default now(),
  seen_at timestamptz not null default now(),
  miners int not null,
  manifest json not null
);
create index links_site on links (site_no);

create table edge_audit (
  site_no int not null references sites,
  chain text not null,
  seq int not null,
  entry json not null,
  hash text not null,
  collector_id text not null,
  received_at timestamptz not null default now(),
  primary key (site_no, chain, seq)
);
create trigger only_grows before update or delete or truncate on edge_audit
  for each statement execute function audit_only_grows();

insert into interlocks (name, definition) values
  ('reboot-share', '{"name":"reboot-share","title":{"zh":"同一站点同时重启的矿机不超过 10 %","en":"At most 10 % of a site reboots at once"},"orders":["reboot","restart_hashing"],"sites":null,"enabled":true,"rule":{"kind":"at_once","max_percent":10,"window_seconds":300}}'),
  ('quiet-after-reboot', '{"name":"quiet-after-reboot","title":{"zh":"重启后 2 分钟内不再下达命令","en":"Two minutes of quiet after a reboot"},"orders":["reboot","restart_hashing","pools_set","mode_set","power_target"],"sites":null,"enabled":true,"rule":{"kind":"quiet","after":["reboot","restart_hashing"],"seconds":120}}'),
  ('reboots-a-day', '{"name":"reboots-a-day","title":{"zh":"每台矿机 24 小时内最多重启 4 次","en":"A miner reboots at most four times a day"},"orders":["reboot"],"sites":null,"enabled":true,"rule":{"kind":"at_most","times":4,"within_seconds":86400}}'),
  ('power-limits', '{"name":"power-limits","title":{"zh":"功率目标在 500 W 与 12 000 W 之间","en":"A power target lies between 500 W and 12,000 W"},"orders":["power_target"],"sites":null,"enabled":true,"rule":{"kind":"limits","figure":"watts","min":500,"max":12000}}'),
  ('cooling-while-hashing', '{"name":"cooling-while-hashing","title":{"zh":"矿机仍在算力运行时不得停止冷却","en":"Cooling does not stop while miners hash"},"orders":["cooling_stop"],"sites":null,"enabled":true,"rule":{"kind":"not_while","condition":"miners_hash","seconds":120}}'),
  ('supply-temperature', '{"name":"supply-temperature","title":{"zh":"供液温度设定在 20 °C 与 45 °C 之间","en":"The supply set point lies between 20 °C and 45 °C"},"orders":["cooling_set_temperature"],"sites":null,"enabled":true,"rule":{"kind":"limits","figure":"celsius","min":20,"max":45}}');
insert into approval_policies (name, definition) values
  ('raw', '{"name":"raw","title":{"zh":"原始命令需要第二人批准","en":"A raw command needs a second person"},"orders":["raw"],"sites":null,"enabled":true,"min_devices":1,"within_minutes":10}'),
  ('many', '{"name":"many","title":{"zh":"超过 100 台的停机、换池需要第二人批准","en":"Stopping or moving more than 100 miners needs a second person"},"orders":["mode_set","pools_set","reboot","restart_hashing"],"sites":null,"enabled":true,"min_devices":101,"within_minutes":10}'),
  ('cooling-stop', '{"name":"cooling-stop","title":{"zh":"停止冷却需要第二人批准","en":"Stopping the cooling needs a second person"},"orders":["cooling_stop"],"sites":null,"enabled":true,"min_devices":1,"within_minutes":10}');
`;
