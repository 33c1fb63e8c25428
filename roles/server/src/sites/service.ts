import type { Site } from "@banksman/wire/api";
import type { FleetService, SiteTotals } from "../fleet/service.ts";
import { problem } from "../http/problem.ts";
import type { SiteRow, SiteStore } from "./store.ts";

export type SiteService = ReturnType<typeof siteService>;

/** Finds the row of a site by its id, or throws a 404. */
export const siteFinder = (store: Pick<SiteStore, "find">) => ({
  find: async (siteId: string): Promise<SiteRow> => {
    const site = await store.find(siteId);
    if (!site) throw problem(404, "NO_SUCH_SITE", `there is no site "${siteId}"`, { path: "site_id" });
    return site;
  },
});

/** Sites: what they are called, and their totals beside. */
export const siteService = (store: SiteStore, fleet: Pick<FleetService, "totals">) => {
  const { find } = siteFinder(store);
  const get = async (siteId: string): Promise<Site> => {
    const site = await find(siteId);
    return toSite(site, await fleet.totals(site.site_no));
  };
  return {
    get,
    list: async (): Promise<Site[]> => {
      const sites = await store.list();
      return Promise.all(sites.map(async (site) => toSite(site, await fleet.totals(site.site_no))));
    },
    create: async (site: {
      site_id: string;
      name: string;
      region?: string | null | undefined;
      time_zone: string;
    }): Promise<Site> => {
      const created = await store.create({ ...site, region: site.region ?? null });
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
    total: totals.total,
    online: totals.online,
    by_health: totals.by_health,
    hashrate_ghs: totals.hashrate_ghs,
    expected_hashrate_ghs: totals.expected_hashrate_ghs,
    power_consumption: totals.power_consumption,
    newest_reading_at: totals.newest_reading_at,
  };
}
