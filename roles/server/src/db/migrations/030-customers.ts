/**
 * Customers, and whose miner a miner was when: a part of a miner's time begins and ends with a whole hour, as the sums do that
 * statements are made of. Whose it is by now has no `valid_to`. A customer's id is never given to another one: kept
 * statements go by it.
 */
export const customers = `
create table customers (
  customer_id text primary key,
  name text not null,
  contact text not null,
  note text not null,
  created_at timestamptz not null default now(),
  removed_at timestamptz
);

create table customer_miners (
  site_no int not null,
  miner_no int not null,
  valid_from timestamptz not null,
  valid_to timestamptz,
  customer_id text not null references customers,
  primary key (site_no, miner_no, valid_from),
  foreign key (site_no, miner_no) references miners on delete cascade,
  check (valid_to > valid_from)
);
create unique index customer_miners_now on customer_miners (site_no, miner_no) where valid_to is null;
create index customer_miners_of on customer_miners (customer_id, site_no);
create trigger customer_miners_told after insert or update or delete on customer_miners
  for each statement execute function tell_identity_of_all();
alter table miners drop column customer_id;

alter table grants add column customer_id text references customers on delete cascade;
alter table grants drop constraint grants_scope_check;
alter table grants add constraint grants_scope_check check (scope in ('all', 'region', 'site', 'container', 'customer'));
alter table grants add check ((scope = 'customer') = (customer_id is not null));

alter table telemetry_1h add column minutes int2, add column online_minutes real, add column power_minutes real,
  add column kwh float8;
`;
