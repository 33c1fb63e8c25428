import type { MinerHealth, MinerOrder } from "@banksman/wire/model";
import { sql } from "kysely";
import { healthCode } from "../db/codes.ts";
import { type About, partsOf, rowsWithin } from "./customer-parts.ts";

const DOWN: readonly MinerHealth[] = ["unreachable", "notHashing"];
const PUT_ASIDE: readonly MinerHealth[] = ["asleep", "maintenance"];
/** Events keep a health by its number, as text. */
const codesOf = (words: readonly MinerHealth[]) => words.map((word) => `${healthCode.toNumber(word)}`);

/** Orders at which a miner starts anew or stops. */
const STOPPING: readonly MinerOrder["order"][] = ["reboot", "restart_hashing", "mode_set", "power_target", "pools_set"];
/** A command ends when the miner answers again, or can't be read back: chips take some minutes longer. */
export const QUIET_MINUTES = 10;

/**
 * Readings are dated by the edge's clock, orders by the server's: one that is further behind is told by the alert
 * `collector-clock`.
 */
const CLOCKS_APART_SECONDS = 30;

/** How often miners stopped hashing or answering by themselves, by site: what came of an order to that miner is no failure. */
export async function failuresOf(about: About): Promise<Map<number, number>> {
  const { rows } = await sql<{ site_no: number; n: number }>`
    with ${partsOf(about)}
    select t.site_no, count(*)::int as n ${rowsWithin(about, "miner_events")} and t.kind = 'health'
      and t.after = any(${codesOf(DOWN)}::text[]) and t.before <> all(${codesOf([...DOWN, ...PUT_ASIDE])}::text[])
      and not exists (
        select from miners m join commands c using (site_no, miner_id)
        where m.site_no = t.site_no and m.miner_no = t.miner_no and c.name = any(${STOPPING}::text[])
          -- The miner said no, or it never left the edge.
          and c.state not in ('refused', 'expired')
          and c.sent_at - make_interval(secs => ${CLOCKS_APART_SECONDS}) <= t.at
          and (c.ended_at is null or t.at < c.ended_at + make_interval(mins => ${QUIET_MINUTES})))
    group by 1`.execute(about.db);
  return new Map(rows.map(({ site_no, n }) => [site_no, n]));
}
