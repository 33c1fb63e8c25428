/**
 * An order is bound by the hash of what was sealed, and no longer by the sealing, which banksman keys rotate renews. One
 * given before has no such hash: what of it still waits is refused, and can be given again.
 */
export const sealedHash = `
alter table orders add column sealed_hash text not null default '';
alter table orders alter column sealed_hash drop default;
drop trigger is_fixed on orders;
create trigger is_fixed before update of order_id, site_no, name, shown, sealed_hash, reason, given_by, devices,
  devices_hash, ttl_seconds, rolling, steps, payload_hash, policy on orders
  for each row execute function order_is_fixed();
`;
