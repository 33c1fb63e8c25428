import type { RoleContext } from "@banksman/kit";
import { LatestQuery, type LatestRow } from "@banksman/wire/api";
import type { CoolingReadStore } from "./cooling/read-store.ts";
import { toRow } from "./cooling/rows.ts";
import type { FleetService } from "./fleet/service.ts";
import type { FanOut } from "./live/fan-out.ts";
import { type LatestField, redisLatest } from "./live/latest-hash.ts";
import type { SiteRow } from "./sites/store.ts";

type Fleet = Pick<FleetService, "rows" | "latest">;
type Cooling = Pick<CoolingReadStore, "units" | "standing">;
const PAGE = 1_000;
/** Marks a cooling unit's field; no miner's id holds a colon first of all, since an address may follow one. */
const COOLING = "cooling:";

/** Every miner of a site, page by page. */
async function allRows(fleet: Fleet, siteId: string): Promise<LatestRow[]> {
  const rows: LatestRow[] = [];
  for (let page = 1; ; page++) {
    const { miners } = await fleet.latest(siteId, "all", LatestQuery.parse({ page, per_page: PAGE }));
    rows.push(...miners);
    if (miners.length < PAGE) return rows;
  }
}

/** The cooling units of a site, all of them or those of these hosts, with all of their values. */
async function coolingFields(cooling: Cooling, siteNo: number, hosts: ReadonlySet<string> | "all") {
  const [units, faults] = await Promise.all([cooling.units([siteNo]), cooling.standing([siteNo])]);
  return units
    .filter(({ host }) => hosts === "all" || hosts.has(host))
    .map((unit): LatestField => ({ field: COOLING + unit.host, row: toRow(unit, faults, Date.now(), "all") }));
}

type Tell = Pick<FanOut, "publish"> & {
  publishCooling: (siteNo: number, event: Parameters<FanOut["publishCooling"]>[0]) => void;
};

/** Who hears of new readings: those who look, and with Redis the hash of each site's newest ones. */
export function buildLatest(
  redisUrl: string | undefined,
  parts: { fleet: Fleet; cooling: Cooling; sites: () => Promise<SiteRow[]>; fanOut: FanOut },
  { log, onStop }: RoleContext,
): Tell {
  const { fleet, cooling, sites, fanOut } = parts;
  if (redisUrl === undefined)
    return { publish: fanOut.publish, publishCooling: (_siteNo, event) => fanOut.publishCooling(event) };
  const latest = redisLatest(redisUrl, {
    sites: async () => (await sites()).map(({ site_no, site_id }) => ({ siteNo: site_no, siteId: site_id })),
    rows: async ({ siteNo, siteId }, fields) => {
      const isAll = fields === "all";
      const hosts = isAll ? [] : fields.filter((field) => field.startsWith(COOLING));
      const minerIds = isAll ? [] : fields.filter((field) => !field.startsWith(COOLING));
      const miners = isAll ? await allRows(fleet, siteId) : await fleet.rows({ siteNo, within: "all" }, minerIds);
      const wanted = isAll ? "all" : new Set(hosts.map((field) => field.slice(COOLING.length)));
      const units = isAll || hosts.length > 0 ? await coolingFields(cooling, siteNo, wanted) : [];
      return [...miners.map((row) => ({ field: row.miner_id, row })), ...units];
    },
    log,
  });
  onStop("newest readings in Redis", latest.close);
  return {
    publish: (event) => {
      fanOut.publish(event);
      latest.changed({ ...event, fields: event.minerIds });
    },
    publishCooling: (siteNo, event) => {
      fanOut.publishCooling(event);
      latest.changed({ siteNo, siteId: event.siteId, fields: event.changed.map(({ host }) => COOLING + host) });
    },
  };
}
