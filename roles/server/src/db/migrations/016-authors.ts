/**
 * Whose order it is: who gave it, or made or changed the automation that did. None of them approves it, also when the
 * automation is gone. And what a giver ordered lately is found for the threshold of an approval policy.
 */
export const authors = `
alter table automations add column authors text[] not null default '{}';
update automations set authors = array[created_by];
alter table automations alter column authors drop default, drop column created_by;

alter table orders add column authors text[] not null default '{}';
update orders o set authors = array[o.given_by] || coalesce(
  (select a.authors from automations a where 'automation ' || a.automation_id = o.given_by), '{}');
alter table orders alter column authors drop default;
drop trigger is_fixed on orders;
create trigger is_fixed before update of order_id, site_no, name, shown, sealed_hash, reason, given_by, authors, devices,
  devices_hash, ttl_seconds, rolling, steps, payload_hash, policy on orders
  for each row execute function order_is_fixed();
create index orders_giver on orders (site_no, given_by, given_at) where policy is null;
`;
