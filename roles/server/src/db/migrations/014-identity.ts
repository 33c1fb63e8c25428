/**
 * Sessions as families of one-time refresh tokens, the keys that sign access tokens, second factors, API tokens, sign-in
 * providers, and what slows guessing down. Whatever changes what somebody may do is told to every server at once, on the
 * channel banksman_identity: a user's number, or * for anybody. Old sessions end: everybody signs in again.
 */
export const identity = `
drop table sessions;
create table sessions (
  session_id uuid primary key,
  user_no int not null references users on delete cascade,
  method text not null,
  created_at timestamptz not null default now(),
  seen_at timestamptz not null default now(),
  idle_until timestamptz not null,
  ends_at timestamptz not null,
  address text,
  user_agent text
);
create index sessions_user on sessions (user_no);
create index sessions_seen on sessions (seen_at);

create table refresh_tokens (
  token_hash bytea primary key,
  session_id uuid not null references sessions on delete cascade,
  used_at timestamptz
);
create index refresh_tokens_session on refresh_tokens (session_id);

create table signing_keys (
  kid text primary key,
  public_jwk json not null,
  private_key bytea not null,
  created_at timestamptz not null default now()
);

create table sign_in_tries (
  key text primary key, count int not null, at timestamptz not null, until timestamptz not null
);
create index sign_in_tries_at on sign_in_tries (at);

create table known_devices (
  device_hash bytea not null,
  user_no int not null references users on delete cascade,
  used_at timestamptz not null default now(),
  primary key (device_hash, user_no)
);

create table sign_in_tickets (
  ticket_hash bytea primary key,
  user_no int not null references users on delete cascade,
  challenge text,
  tries int not null default 0,
  expires_at timestamptz not null
);

create table totp (
  user_no int primary key references users on delete cascade,
  secret bytea not null,
  confirmed_at timestamptz,
  last_step int8 not null default 0
);

create table passkeys (
  passkey_id text primary key,
  user_no int not null references users on delete cascade,
  name text not null,
  public_key bytea not null,
  counter int8 not null,
  transports text[] not null,
  created_at timestamptz not null default now(),
  used_at timestamptz
);
create index passkeys_user on passkeys (user_no);

create table recovery_codes (
  user_no int not null references users on delete cascade,
  code_hash bytea not null,
  primary key (user_no, code_hash)
);

create table api_tokens (
  token_id int generated always as identity primary key,
  token_hash bytea not null unique,
  hint text not null,
  name text not null,
  user_no int not null references users on delete cascade,
  permissions text[] not null,
  scope json not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  last_used_at timestamptz,
  revoked_at timestamptz
);
create index api_tokens_user on api_tokens (user_no);

create table sign_in_providers (
  provider text primary key,
  title text not null,
  issuer text not null,
  client_id text not null,
  client_secret bytea,
  scopes text not null,
  group_claim text not null,
  mappings json not null,
  enabled bool not null,
  updated_at timestamptz not null default now(),
  updated_by text
);

create table provider_sign_ins (
  state_hash bytea primary key,
  provider text not null references sign_in_providers on delete cascade,
  browser_hash bytea not null,
  verifier text not null,
  nonce text not null,
  return_to text not null,
  expires_at timestamptz not null
);

create table provider_accounts (
  issuer text not null,
  subject text not null,
  user_no int not null references users on delete cascade,
  primary key (issuer, subject)
);
create index provider_accounts_user on provider_accounts (user_no);

alter table users alter column password_hash drop not null;

create function tell_identity() returns trigger language plpgsql as $$
begin
  perform pg_notify('banksman_identity', case tg_op when 'DELETE' then old.user_no else new.user_no end::text);
  return null;
end $$;
create function tell_identity_of_all() returns trigger language plpgsql as $$
begin
  perform pg_notify('banksman_identity', '*');
  return null;
end $$;
create trigger sessions_told after delete on sessions for each row execute function tell_identity();
create trigger users_told after update of disabled_at on users for each row execute function tell_identity();
create trigger grants_told after insert or update or delete on grants for each row execute function tell_identity();
create trigger api_tokens_told after update of revoked_at or delete on api_tokens for each row execute function tell_identity();
create trigger roles_told after update or delete on roles for each statement execute function tell_identity_of_all();
create trigger sites_told after update of region on sites for each statement execute function tell_identity_of_all();
`;
