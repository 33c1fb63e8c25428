import type { Site } from "@banksman/wire/api";
import { LISTED_BY, readingSeconds } from "@banksman/wire/model";
import type { FleetService, SiteTotals } from "../fleet/service.ts";
import { isNone, isWithin, type Sites, type Within } from "../http/caller.ts";
import { problem } from "../http/problem.ts";
import type { SiteRow, SiteStore } from "./store.ts";

export type SiteService = ReturnType<typeof siteService>;

/** Finds the row of a site by its id, or throws a 404; one that is not reached reads like one that there is not. */
export const siteFinder = (store: Pick<SiteStore, "find" | "numbersOf">) => ({
  find: async (siteId: string, sites: Sites = "all"): Promise<SiteRow> => {
    const site = isWithin(sites, siteId) ? await store.find(siteId) : undefined;
    if (!site) throw problem(404, "NO_SUCH_SITE", `there is no site "${siteId}"`, { path: "site_id" });
    return site;
  },
  /** The numbers of sites by which the database knows them; null for all. */
  numbersOf: (sites: Sites): Promise<number[] | null> =>
    sites === "all" ? Promise.resolve(null) : store.numbersOf([...sites]),
});

/** Sites: what they are called, and their totals beside. */
export const siteService = (store: SiteStore, fleet: Pick<FleetService, "totals">, usualTimeZone: () => string) => {
  const { find } = siteFinder(store);
  const get = async (siteId: string, within: Within = "all"): Promise<Site> => {
    const site = await find(siteId);
    return toSite(site, await fleet.totals({ siteNo: site.site_no, within }));
  };
  return {
    get,
    /** Sites of which `reached` gives some miners, with the totals of what is reached. */
    list: async (reached: (siteId: string) => Within = () => "all"): Promise<Site[]> => {
      const parts = (await store.list()).map((site) => ({ site, within: reached(site.site_id) }));
      return Promise.all(
        parts
          .filter(({ within }) => !isNone(within))
          .map(async ({ site, within }) => toSite(site, await fleet.totals({ siteNo: site.site_no, within }))),
      );
    },
    create: async (site: {
      site_id: string;
      name: string;
      region?: string | null | undefined;
      time_zone?: string | undefined;
    }): Promise<Site> => {
      const time_zone = site.time_zone ?? usualTimeZone();
      const created = await store.create({ ...site, time_zone, region: site.region ?? null });
      if (!created) throw problem(409, "SITE_EXISTS", `there is a site "${site.site_id}" already`, { path: "site_id" });
      return get(site.site_id);
    },
    update: async (
      siteId: string,
      change: { name?: string | undefined; region?: string | null | undefined; time_zone?: string | undefined },
    ): Promise<Site> => {
      await find(siteId);
      const set = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
      if (Object.keys(set).length > 0) await store.update(siteId, set);
      return get(siteId);
    },
  };
};

function toSite(site: SiteRow, totals: SiteTotals): Site {
  return {
    site_id: site.site_id,
    name: site.name,
    region: site.region,
    time_zone: site.time_zone,
    created_at: site.created_at.toISOString(),
    interval_seconds: site.interval_seconds,
    reading_seconds: readingSeconds(totals.only_listed ? LISTED_BY : null, site.interval_seconds),
    total: totals.total,
    online: totals.online,
    by_health: totals.by_health,
    hashrate_ghs: totals.hashrate_ghs,
    expected_hashrate_ghs: totals.expected_hashrate_ghs,
    power_consumption: totals.power_consumption,
    power_miners: totals.power_miners,
    newest_reading_at: totals.newest_reading_at,
  };
}
