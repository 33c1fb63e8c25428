/** Reports at their times. `built_to` is the end of the last period that was seen to. */
export const reportSchedules = `
create table report_schedules (
  schedule_id uuid primary key,
  user_no int not null references users on delete cascade,
  kind text not null,
  scope json not null,
  span text not null check (span in ('day', 'week', 'month')),
  time_zone text not null,
  compare bool not null,
  language text not null check (language in ('zh', 'en')),
  hour int not null check (hour between 0 and 23),
  channels text[] not null,
  built_to date not null,
  trouble text,
  created_at timestamptz not null default now()
);
alter table reports add column channels text[] not null default '{}';
`;
