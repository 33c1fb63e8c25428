/** Commands to cooling units: a lane of their own each, beside miners' and edges'. */
export const coolingOrders = `
alter table commands add column cooling_host text check (cooling_host is null or miner_id is null);
drop index commands_one_in_flight;
drop index commands_queue;
alter table commands drop column lane;
alter table commands add column lane text not null
  generated always as (coalesce('miner ' || miner_id, 'cooling ' || cooling_host, 'edge')) stored;
create unique index commands_one_in_flight on commands (site_no, lane) where state in ('sent', 'executing', 'verifying');
create index commands_queue on commands (site_no, lane, place) where state = 'queued';
create index commands_cooling on commands (site_no, cooling_host, command_id desc) where cooling_host is not null;
drop trigger is_fixed on commands;
create trigger is_fixed before update of command_id, order_id, site_no, miner_id, cooling_host, name, step on commands
  for each row execute function order_is_fixed();
`;
