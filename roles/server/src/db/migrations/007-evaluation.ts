/** What the evaluation keeps of itself, and readings that wait for the server that evaluates. */
export const evaluation = `
alter table alerts
  add column told text check (told in ('firing', 'flapping', 'resolved'));
create index alerts_untold on alerts (alert_id) where state = 'resolved' and told in ('firing', 'flapping');

create table alert_groups (group_key text primary key, told_at timestamptz not null);

create table alert_evaluation (only_row bool primary key default true check (only_row), until timestamptz not null);

create table alert_inbox (
  inbox_id int8 generated always as identity primary key,
  samples json not null,
  created_at timestamptz not null default now()
);
`;
