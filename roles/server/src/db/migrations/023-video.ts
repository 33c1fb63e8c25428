/**
 * Cameras, views of them, and what is recorded. `sealed` holds addresses and sign-in; a recording outlives its camera while
 * it is held.
 */
export const video = `
create table cameras (
  camera_id uuid primary key,
  site_no int not null references sites,
  name text not null,
  container text,
  kind text not null,
  via text not null check (via in ('server', 'edge')),
  has_low bool not null,
  sealed bytea not null,
  recording json not null,
  created_at timestamptz not null default now(),
  unique (site_no, name)
);
create table video_views (
  view_id uuid primary key,
  user_no int not null references users on delete cascade,
  name text not null,
  layout text not null,
  camera_ids uuid[] not null,
  created_at timestamptz not null default now(),
  unique (user_no, name)
);
create table recordings (
  recording_id uuid primary key,
  camera_id uuid not null,
  camera_name text not null,
  site_no int not null references sites,
  from_at timestamptz not null,
  to_at timestamptz,
  bytes bigint not null default 0,
  sha256 text,
  because text not null,
  held bool not null default false,
  place text not null check (place in ('disk', 's3')),
  keep_days int not null
);
create index on recordings (camera_id, from_at);
create index on recordings (site_no, from_at);
`;
