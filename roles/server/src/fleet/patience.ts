import { LIST_SECONDS, LISTED_BY } from "@banksman/wire/model";
import type { ServerConfig } from "../config.ts";

/** How many sweeps a miner may miss, and how long a sweep is of an edge that doesn't tell. */
export type Patience = Pick<ServerConfig["intervals"], "stale_sweeps" | "default_sweep_seconds">;

/** SQL: how often each site is swept, `fallback` seconds where no edge tells. */
export const sweepsOfSites = (fallback: string): string =>
  `select s.site_no, s.site_id, coalesce(max(c.interval_seconds), ${fallback}::float8) as sweep_seconds
   from sites s left join collectors c using (site_no) group by 1, 2`;

/** SQL: for how long a reading of a miner of this driver counts while no newer one comes, where `sweeps` may be missed. */
export const heldFor = (driver: string, sweepSeconds: string, sweeps: string): string =>
  `make_interval(secs => ${sweeps} * case when ${driver} like '${LISTED_BY}%'
     then greatest(${sweepSeconds}, ${LIST_SECONDS}) else ${sweepSeconds} end)`;
