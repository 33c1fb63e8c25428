/**
 * Reports as they were built, with their files. `sites` are those that it tells of: whoever does not reach each of them
 * sees nothing of it.
 */
export const reports = `
create table reports (
  report_id uuid primary key,
  kind text not null,
  scope json not null,
  sites text[] not null,
  period json not null,
  compare bool not null,
  language text not null check (language in ('zh', 'en')),
  state text not null default 'waiting' check (state in ('waiting', 'building', 'kept', 'failed')),
  reason text,
  coverage float8,
  asked_by text not null,
  asked_at timestamptz not null default now(),
  built_at timestamptz,
  document json,
  manifest_sha256 text
);
create index reports_newest on reports (asked_at desc);
create table report_files (
  report_id uuid not null references reports on delete cascade,
  format text not null,
  bytes bytea not null,
  sha256 text not null,
  primary key (report_id, format)
);
alter table report_files alter column bytes set storage external;
`;
