import { type RawBuilder, sql } from "kysely";
import { inContainers } from "../fleet/containers.ts";
import type { Reach } from "../http/caller.ts";

/** The condition that a site, `s`, is reached as a whole, or that `part` holds for the devices of its containers. */
function reached(reach: Reach, part: (devices: RawBuilder<unknown>) => RawBuilder<unknown>): RawBuilder<unknown> {
  if (reach === "all") return sql`true`;
  const whole = [...reach].filter(([, at]) => at === "site").map(([siteId]) => siteId);
  const parts = [...reach].flatMap(([siteId, at]) => {
    if (at === "site") return [];
    const devices = sql`(select miner_id from latest join sites w using (site_no)
      where w.site_id = ${siteId} and ${inContainers(at)})`;
    return [sql`(s.site_id = ${siteId} and ${part(devices)})`];
  });
  return sql`(${sql.join([sql`s.site_id = any(${whole})`, ...parts], sql` or `)})`;
}

/** Of commands, `c`: those to devices that are reached. */
export const commandsWithin = (reach: Reach): RawBuilder<unknown> =>
  reached(reach, (devices) => sql`c.miner_id in ${devices}`);

/**
 * Of orders, `o`: those whose devices are all reached. A name that there was no such device for (which is how devices of
 * other containers read) was sent nothing, and hides the order from nobody who gave it.
 */
export const ordersWithin = (reach: Reach): RawBuilder<unknown> =>
  reached(
    reach,
    (devices) => sql`(select bool_or(c.miner_id in ${devices}) and bool_and((c.miner_id in ${devices}) is true
      or (c.miner_id is not null and c.state = 'refused' and c.sent_at is null and c.code = 'no_such_miner'))
      from commands c where c.order_id = o.order_id)`,
  );
