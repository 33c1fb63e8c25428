import { type RawBuilder, sql } from "kysely";
import { inContainers } from "../fleet/containers.ts";
import type { Reach, SomeMiners } from "../http/caller.ts";

/** The condition that a command, `c`, is to a miner of containers, or to one that is a customer's since before its order, `o`. */
const isTo = (siteId: string, { containers, customers }: SomeMiners): RawBuilder<unknown> =>
  sql`(c.miner_id in (select miner_id from latest join sites w using (site_no)
      where w.site_id = ${siteId} and ${inContainers(containers)})
    or c.miner_id in (select m.miner_id from customer_miners a join miners m using (site_no, miner_no)
      where a.site_no = o.site_no and a.customer_id = any(${[...customers]}::text[])
        and a.valid_to is null and a.valid_from <= o.given_at))`;

/** The condition that a site, `s`, is reached as a whole, or that `part` holds, given when a command is to a miner reached. */
function reached(reach: Reach, part: (isReached: RawBuilder<unknown>) => RawBuilder<unknown>): RawBuilder<unknown> {
  if (reach === "all") return sql`true`;
  const whole = [...reach].filter(([, within]) => within === "site").map(([siteId]) => siteId);
  const parts = [...reach].flatMap(([siteId, within]) =>
    within === "site" ? [] : [sql`(s.site_id = ${siteId} and ${part(isTo(siteId, within))})`],
  );
  return sql`(${sql.join([sql`s.site_id = any(${whole})`, ...parts], sql` or `)})`;
}

/** Of commands, `c`: those to devices that are reached. */
export const commandsWithin = (reach: Reach): RawBuilder<unknown> => reached(reach, (isReached) => isReached);

/**
 * Of orders, `o`: those whose devices are all reached. A name that there was no such device for (which is how devices that
 * are not reached read) was sent nothing, and hides the order from nobody who gave it.
 */
export const ordersWithin = (reach: Reach): RawBuilder<unknown> =>
  reached(
    reach,
    (isReached) => sql`(select bool_or(${isReached}) and bool_and((${isReached}) is true
      or (c.miner_id is not null and c.state = 'refused' and c.sent_at is null and c.code = 'no_such_miner'))
      from commands c where c.order_id = o.order_id)`,
  );
