import type { Clock } from "@banksman/kit";
import type {
  GetHistory,
  GetLatest,
  LatestQuery,
  LatestRow,
  MinerDetail,
  MinerEvent,
  RackCell,
  ReplyOf,
  SiteHistory,
  SiteSummary,
} from "@banksman/wire/api";
import { METRIC_UNITS, type Metric } from "@banksman/wire/model";
import type { z } from "zod";
import type { Within } from "../http/caller.ts";
import { problem } from "../http/problem.ts";
import { bucketSeconds } from "./buckets.ts";
import type { HistoryStore } from "./history-store.ts";
import type { Device, DeviceChoice, FleetStore, ReachedMiner } from "./store.ts";

export type { Device, DeviceChoice } from "./store.ts";
export type SiteTotals = Omit<SiteSummary, "site_id" | "models">;
/** A site, or the miners of it that somebody may see. */
export type Place = { siteNo: number; within: Within };
type Site = { site_no: number; site_id: string; interval_seconds: number | null };
type SiteFinder = { find: (siteId: string) => Promise<Site> };

const LONGEST_RAW_HOURS = 48;

export type FleetService = ReturnType<typeof fleetService>;

/** What the fleet looks like now and looked like before. */
export const fleetService = (
  store: FleetStore,
  history: HistoryStore,
  sites: SiteFinder,
  rawDays: () => Promise<Date[]>,
  clock: Clock,
) => {
  const placeOf = async (siteId: string, within: Within): Promise<Place & { site: Site }> => {
    const site = await sites.find(siteId);
    return { site, siteNo: site.site_no, within };
  };
  const reached = async (place: Place, minerId: string): Promise<ReachedMiner> => {
    const [found] = await store.reached(place, [minerId]);
    if (!found)
      throw problem(404, "NO_SUCH_MINER", `there is no miner "${minerId}" at this site`, { path: "miner_id" });
    return found;
  };
  /**
   * Up to where roll-ups are read for the last `hours`; null where raw readings serve. A week of raw readings lies in
   * ten thousand places on the disk, its roll-ups in a few.
   */
  const rolledUpPart = async (siteNo: number, miner: number, hours: number): Promise<Date | null> => {
    const from = new Date(clock.now() - hours * 3_600_000);
    const [oldestRaw] = await rawDays();
    if (hours <= LONGEST_RAW_HOURS && (!oldestRaw || oldestRaw <= from)) return null;
    return history.rolledUpTo(siteNo, miner, from);
  };
  return {
    latest: async (siteId: string, within: Within, query: LatestQuery): Promise<ReplyOf<typeof GetLatest>["data"]> => {
      const place = await placeOf(siteId, within);
      const [miners, total] = await Promise.all([store.latest(place, query), store.count(place, query)]);
      const { page, per_page } = query;
      return { miners, pagination: { page, per_page, total, pages: Math.ceil(total / per_page) } };
    },

    /** Rows of these miners, for what is on somebody's screen. */
    rows: (place: Place, minerIds: readonly string[]): Promise<LatestRow[]> => store.rows(place, minerIds),

    /** Miners as an order needs to know them. */
    devices: (place: Place, which: DeviceChoice): Promise<Device[]> => store.devices(place, which),

    totals: (place: Place): Promise<SiteTotals> => store.totals(place),

    summary: async (siteId: string, within: Within): Promise<SiteSummary> => ({
      site_id: siteId,
      ...(await store.summary(await placeOf(siteId, within))),
    }),

    miner: async (
      siteId: string,
      within: Within,
      minerId: string,
      isToldOf: (customerId: string) => boolean,
    ): Promise<MinerDetail> => {
      const detail = await store.detail(await placeOf(siteId, within), minerId);
      if (!detail)
        throw problem(404, "NO_SUCH_MINER", `there is no miner "${minerId}" at site "${siteId}"`, { path: "miner_id" });
      const { customer_id } = detail;
      return { ...detail, customer_id: customer_id !== null && isToldOf(customer_id) ? customer_id : null };
    },

    events: async (siteId: string, within: Within, minerId: string, hours: number): Promise<MinerEvent[]> => {
      const place = await placeOf(siteId, within);
      const { miner_no, since } = await reached(place, minerId);
      const from = Math.max(clock.now() - hours * 3_600_000, since?.getTime() ?? 0);
      return store.events(place.siteNo, miner_no, new Date(from));
    },

    history: async (
      siteId: string,
      within: Within,
      minerId: string,
      metric: Metric,
      hours: number,
    ): Promise<ReplyOf<typeof GetHistory>["data"]> => {
      const { site, ...place } = await placeOf(siteId, within);
      const { miner_no: miner, since } = await reached(place, minerId);
      const rolledUpBefore = await rolledUpPart(site.site_no, miner, hours);
      // One width for the whole chart: a mix of raw minutes and rolled-up hours would read as gaps.
      const resolution = bucketSeconds(hours, rolledUpBefore ? 3_600 : (site.interval_seconds ?? 30));
      const range = {
        ...{ siteNo: site.site_no, minerNo: miner, nowMs: clock.now(), hours, resolution, rolledUpBefore },
        since,
      };
      const found = await history.metric(metric, range);
      return { miner_id: minerId, metric, unit: METRIC_UNITS[metric], resolution_seconds: resolution, ...found };
    },

    siteHistory: async (siteId: string, hours: number): Promise<z.infer<typeof SiteHistory>> => {
      const site = await sites.find(siteId);
      const resolution = bucketSeconds(hours, Math.max(60, site.interval_seconds ?? 60));
      const points = await history.site(site.site_no, clock.now(), hours, resolution);
      return { site_id: siteId, resolution_seconds: resolution, points };
    },

    racks: async (siteId: string, within: Within): Promise<RackCell[]> => store.racks(await placeOf(siteId, within)),

    sparklines: async (
      siteId: string,
      within: Within,
      minerIds: readonly string[],
    ): Promise<Record<string, (number | null)[]>> => {
      const place = await placeOf(siteId, within);
      const known =
        within === "all"
          ? minerIds.map((miner_id) => ({ miner_id, since: null }))
          : await store.reached(place, minerIds);
      return history.sparklines(place.siteNo, known, clock.now());
    },
  };
};
