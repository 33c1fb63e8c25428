/**
 * What people set of jobs, and how each try went. pg-boss has queues and times; it forgets what is done within a day and
 * knows no progress.
 */
export const jobs = `
create table job_settings (
  name text primary key,
  enabled boolean not null default true,
  cron text,
  time_zone text,
  updated_at timestamptz not null default now(),
  updated_by text not null
);
create table job_runs (
  run_id uuid not null,
  attempt int not null,
  name text not null,
  state text not null default 'running' check (state in ('running', 'succeeded', 'failed', 'cancelled', 'lost')),
  started_at timestamptz not null default now(),
  beat_at timestamptz not null default now(),
  ended_at timestamptz,
  progress real,
  note text,
  started_by text,
  server text not null,
  args json,
  result json,
  reason text,
  cancelled_by text,
  primary key (run_id, attempt)
);
create index job_runs_newest on job_runs (started_at desc);
create index job_runs_of on job_runs (name, started_at desc);
create index job_runs_running on job_runs (name) where state = 'running';
`;
