import type { Clock } from "@banksman/kit";
import type { FleetService } from "../fleet/service.ts";
import type { PastCommand, SiteFacts } from "../policies/judge.ts";
import { deviceOf } from "./plan.ts";

/** What the interlocks look at, for a site and as many seconds back. */
export type FactsOf = (siteNo: number, seconds: number) => Promise<SiteFacts>;

type Parts = {
  past: (siteNo: number, seconds: number) => Promise<PastCommand[]>;
  fleet: Pick<FleetService, "totals">;
  /** Hosts of cooling units that carry off a load. */
  loaded: (siteNo: number) => Promise<string[]>;
  clock: Clock;
};

export const siteFacts =
  ({ past, fleet, loaded, clock }: Parts): FactsOf =>
  async (siteNo, seconds) => {
    const [sent, totals, units] = await Promise.all([
      past(siteNo, seconds),
      fleet.totals({ siteNo, within: "all" }),
      loaded(siteNo),
    ]);
    const { hashing, degraded } = totals.by_health;
    const newest = totals.newest_reading_at;
    return {
      nowMs: clock.now(),
      miners: totals.total,
      hashing: (hashing ?? 0) + (degraded ?? 0),
      newestReadingAtMs: newest === null ? null : Date.parse(newest),
      loaded: new Set(units.map((host) => deviceOf({ miner_id: null, cooling_host: host }))),
      past: sent,
    };
  };
