/**
 * The audit trail: a hash-chained table that only grows, the signed tree heads over it, the keys that sign, and what was
 * begun and not yet recorded. `entry` is the text that was hashed, and the columns beside it are made from it, so that
 * they can't say anything else.
 */
export const audit = `
create table audit (
  seq int8 primary key check (seq > 0),
  entry json not null,
  hash bytea not null check (length(hash) = 32),
  at text collate "C" not null generated always as (entry ->> 'at') stored,
  actor text generated always as (entry -> 'actor' ->> 'name') stored,
  action text collate "C" not null generated always as (entry ->> 'action') stored,
  site text generated always as (entry ->> 'site') stored,
  result text not null generated always as (entry ->> 'result') stored
);
create index audit_at on audit (at);
create index audit_actor on audit (actor, seq desc);
create index audit_action on audit (action, seq desc);
create index audit_site on audit (site, seq desc);

create table audit_heads (
  size int8 primary key check (size > 0),
  head json not null,
  signature bytea not null check (length(signature) = 64),
  frontier bytea not null
);

create function audit_only_grows() returns trigger language plpgsql as $$
begin
  raise exception 'rows of % are neither changed nor removed', tg_table_name using errcode = 'insufficient_privilege';
end $$;
create trigger only_grows before update or delete or truncate on audit
  for each statement execute function audit_only_grows();
create trigger only_grows before update or delete or truncate on audit_heads
  for each statement execute function audit_only_grows();

create table audit_keys (
  key_id text primary key,
  public_key bytea not null,
  private_key bytea not null,
  created_at timestamptz not null default now()
);

create table audit_anchors (
  anchor text primary key,
  size int8 not null default 0,
  anchored_at timestamptz,
  tries int not null default 0,
  next_at timestamptz not null default now(),
  error text
);

create table audit_begun (
  begun_id uuid primary key,
  begun_at timestamptz not null default now(),
  event json not null
);
`;
