/** A schedule of reports can be paused, and why its last report was not built is a word that each language has its text for. */
export const reportScheduleChanges = `
alter table report_schedules add column enabled bool not null default true;
update report_schedules set trouble = case
  when exists (select from users u where u.user_no = report_schedules.user_no and u.disabled_at is not null) then 'owner_disabled'
  else 'no_sites' end where trouble is not null;
alter table report_schedules add check (trouble in ('no_sites', 'owner_disabled'));
`;
