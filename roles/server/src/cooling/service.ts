import type { Clock } from "@banksman/kit";
import type {
  BodyOf,
  CoolingHistory,
  CoolingOverview,
  CoolingUnit,
  CoolingUnitRow,
  CreateCoolingUnit,
  GetCoolingFaults,
  GetCoolingHistory,
  GetCoolingRounds,
  GetCoolingTrend,
  ParamsOf,
  QueryOf,
  ReplyOf,
  UpdateCoolingUnit,
} from "@banksman/wire/api";
import { COOLING_LEASE_MS, COOLING_RENEW_MS } from "@banksman/wire/link";
import { ContainedMiner } from "@banksman/wire/model";
import { z } from "zod";
import { tidy } from "../fleet/rows.ts";
import { isWithin, type Sites } from "../http/caller.ts";
import { problem } from "../http/problem.ts";
import { historyOf, momentsOf, spanOf } from "./history.ts";
import { type Kept, keptFor } from "./kept-for.ts";
import { overviewOf } from "./overview.ts";
import type { CoolingReadStore, FaultRow, UnitState } from "./read-store.ts";
import { minersOf, recordOf, toFault, toRow } from "./rows.ts";
import type { CoolingSettingStore, CoolingSettings } from "./setting-store.ts";

const DAY_MS = 86_400_000;
/** Many people look at once, and units are read each minute. */
const KEPT_MS = 1_000;
/** How often it is looked whether a lease has ended. */
const REMOVE_AGAIN_MS = 500;
const TREND_KEPT_MS = 20_000;
/** What a day comes to changes little within a minute. */
const WATER_KEPT_MS = 60_000;

const Lane = z.enum(["fast", "slow", "retry"]).nullable().catch(null);
const Miners = z.array(ContainedMiner).catch([]);

type Parts = {
  store: CoolingReadStore;
  settings: CoolingSettingStore;
  sites: {
    find: (siteId: string) => Promise<{ site_no: number }>;
    numbersOf: (sites: Sites) => Promise<number[] | null>;
  };
  /** Orders by driver, as the edges that are linked at a site say. */
  orders: (siteNo: number) => Promise<Record<string, { orders: string[] }>>;
  keptDays: () => number;
  clock: Clock;
};
type UnitKey = ParamsOf<typeof GetCoolingHistory>;
type Wished = { site_id?: string | undefined };

export type CoolingService = ReturnType<typeof coolingService>;

/** What people see and set of cooling units. */
export const coolingService = ({ store, settings, sites, orders, keptDays, clock }: Parts) => {
  const all = keptFor(KEPT_MS, clock, async () => ({
    units: await store.units(null),
    faults: await store.standing(null),
  }));
  const water = keptFor(WATER_KEPT_MS, clock, store.water);
  const whole = keptFor(KEPT_MS, clock, async () => {
    const { units, faults } = await all.ask();
    return overviewOf(units, faults, await water.ask(), clock.now());
  });
  const drop = () => {
    all.drop();
    whole.drop();
  };
  const trends = new Map<string, Kept<ReplyOf<typeof GetCoolingTrend>["data"]>>();

  /** What is reached of all that is known, newest at most a second old. */
  const reached = async (within: Sites, { site_id }: Wished): Promise<{ units: UnitState[]; faults: FaultRow[] }> => {
    const { units, faults } = await all.ask();
    const isMeant = (unit: UnitState) => isWithin(within, unit.site_id) && (site_id ?? unit.site_id) === unit.site_id;
    return { units: units.filter(isMeant), faults };
  };

  const find = async ({ site_id, host }: UnitKey): Promise<UnitState> => {
    const { units } = await all.ask();
    const unit = units.find((one) => one.site_id === site_id && one.host === host);
    if (unit) return unit;
    await sites.find(site_id);
    throw problem(404, "NO_SUCH_UNIT", `there is no cooling unit ${host} at site "${site_id}"`, { path: "host" });
  };

  const get = async (key: UnitKey): Promise<CoolingUnit> => {
    const unit = await find(key);
    const [{ faults }, miners, lease, waters, known] = await Promise.all([
      all.ask(),
      store.contained(unit.site_no, unit.unit_no),
      store.lease(unit.site_no, unit.unit_no),
      water.ask(),
      orders(unit.collected_by),
    ]);
    const record = recordOf(unit);
    const row = toRow(unit, faults, clock.now(), "all");
    const used = waters.find(({ unit_no }) => unit_no === unit.unit_no);
    return {
      ...row,
      settings: settingsOf(unit),
      registered_by: unit.registered_by,
      firmware: record?.firmware ?? null,
      collector_id: unit.collector_id,
      received_at: unit.received_at?.toISOString() ?? null,
      lane: Lane.parse(unit.lane),
      lease: lease ? { collector_id: lease.collector_id, until: lease.expires_at.toISOString() } : null,
      contained: containedOf(unit, miners, clock.now()),
      water_l_per_kwh: used ? tidy(used.litres / used.heat_kwh) : null,
      orders: (row.driver !== null && known[row.driver]?.orders) || [],
    };
  };

  /** Drivers are the edges', and those of their profiles: as long as none has said which it has, any may be one. */
  const checkDriver = async (readBy: number, driver: string | null | undefined): Promise<void> => {
    const known = Object.keys(await orders(readBy));
    if (driver == null || known.length === 0 || known.includes(driver)) return;
    throw problem(400, "NO_SUCH_DRIVER", `there is no cooling driver "${driver}"; the edge has ${known.join(", ")}`, {
      path: "driver",
    });
  };

  /** Settings as they are stored: the site that reads a unit by its number, `readBefore` where nothing is said of it. */
  const toStored = async (
    siteNo: number,
    readBefore: number,
    { collected_by, ...rest }: BodyOf<typeof UpdateCoolingUnit>,
  ) => {
    const own = collected_by === null ? siteNo : readBefore;
    const readBy = collected_by == null ? own : (await sites.find(collected_by)).site_no;
    await checkDriver(readBy, rest.driver);
    const set: CoolingSettings = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
    if (collected_by === undefined) return set;
    return { ...set, collected_by: readBy };
  };

  return {
    /** Something was stored: whoever asks next is told of it. */
    changed: drop,
    list: async (within: Sites, wish: Wished & { values?: string[] | undefined }): Promise<CoolingUnitRow[]> => {
      const { units, faults } = await reached(within, wish);
      return units.map((unit) => toRow(unit, faults, clock.now(), wish.values));
    },

    get,
    create: async (siteId: string, { host, ...body }: BodyOf<typeof CreateCoolingUnit>): Promise<CoolingUnit> => {
      const { site_no } = await sites.find(siteId);
      const stored = await toStored(site_no, site_no, body);
      if (!(await settings.create(site_no, host, { collected_by: site_no, ...stored })))
        throw problem(409, "UNIT_EXISTS", `there is a cooling unit ${host} at site "${siteId}" already`, {
          path: "host",
        });
      drop();
      return get({ site_id: siteId, host });
    },
    update: async (key: UnitKey, body: BodyOf<typeof UpdateCoolingUnit>): Promise<CoolingUnit> => {
      const { site_no, unit_no, collected_by } = await find(key);
      await settings.update(site_no, unit_no, await toStored(site_no, collected_by, body));
      drop();
      return get(key);
    },
    remove: async (key: UnitKey): Promise<void> => {
      const { site_no, unit_no } = await find(key);
      // Entered anew at once it would be free for another edge, while the one that reads it still may.
      await settings.update(site_no, unit_no, { enabled: false });
      for (let tries = 0; !(await settings.remove(site_no, unit_no)); tries++) {
        if (tries * REMOVE_AGAIN_MS > COOLING_LEASE_MS + COOLING_RENEW_MS)
          throw problem(
            409,
            "UNIT_IS_READ",
            "an edge still reads it; it is switched off now: try again in ten seconds",
          );
        await clock.sleep(REMOVE_AGAIN_MS);
      }
      drop();
    },

    history: async (key: UnitKey, { values, ...wish }: QueryOf<typeof GetCoolingHistory>): Promise<CoolingHistory> => {
      const unit = await find(key);
      const { from, to } = momentsOf(wish, clock.now());
      const rawFrom = new Date(clock.now() - keptDays() * DAY_MS);
      return historyOf(store, unit, values, spanOf(from, to, unit.interval_s, rawFrom));
    },

    faults: async (key: UnitKey, wish: QueryOf<typeof GetCoolingFaults>) => {
      const { site_no, unit_no } = await find(key);
      const { from, to } = momentsOf(wish, clock.now());
      return (await store.faults(site_no, unit_no, from, to)).map(toFault);
    },

    overview: async (within: Sites, wish: Wished): Promise<CoolingOverview> => {
      // Most who look see everything: it is summed up once for all of them.
      if (within === "all" && wish.site_id === undefined) return whole.ask();
      const { units, faults } = await reached(within, wish);
      return overviewOf(units, faults, await water.ask(), clock.now());
    },

    trend: async (within: Sites, { site_id, hours }: QueryOf<typeof GetCoolingTrend>) => {
      const asked = site_id === undefined ? within : isWithin(within, site_id) ? new Set([site_id]) : new Set<string>();
      const siteNos = asked !== "all" && asked.size === 0 ? [] : await sites.numbersOf(asked);
      const key = `${hours} ${siteNos ?? "all"}`;
      const kept = trends.get(key) ?? keptFor(TREND_KEPT_MS, clock, () => trendOf(store, siteNos, hours, clock.now()));
      if (trends.size > 100) trends.clear();
      trends.set(key, kept);
      return kept.ask();
    },

    rounds: async (siteId: string, hours: number): Promise<ReplyOf<typeof GetCoolingRounds>["data"]["rounds"]> => {
      const { site_no } = await sites.find(siteId);
      const rows = await store.rounds(site_no, new Date(clock.now() - hours * 3_600_000));
      return rows.map((row) => ({ ...row, round_at: row.round_at.toISOString() }));
    },
  };
};

/** Its miners by the list it last sent, with when that came; null where nothing is known of them by now. */
function containedOf(unit: UnitState, list: unknown, nowMs: number): CoolingUnit["contained"] {
  const { count, listed_at } = minersOf(unit, nowMs);
  if (count === null && listed_at === null) return null;
  return {
    count,
    list: listed_at === null ? [] : Miners.parse(list),
    listed_at: listed_at?.toISOString() ?? null,
  };
}

function settingsOf(unit: UnitState): CoolingUnit["settings"] {
  const { name, driver, interval_s, timeout_ms, retries, enabled, longitude, latitude, glycol_percent, auxiliary_kw } =
    unit;
  const collected_by = unit.collected_by === unit.site_no ? null : unit.collected_by_id;
  const read = { driver, interval_s, timeout_ms, retries, collected_by, enabled };
  return { name, ...read, longitude, latitude, glycol_percent, auxiliary_kw };
}

async function trendOf(store: CoolingReadStore, siteNos: readonly number[] | null, hours: number, nowMs: number) {
  const to = new Date(nowMs);
  const span = spanOf(new Date(nowMs - hours * 3_600_000), to, 300, to);
  const rows = siteNos?.length === 0 ? [] : await store.trend(siteNos, span);
  return {
    resolution_seconds: span.seconds,
    points: rows.map(({ at, units, heat, power, supply, back }) => ({
      at: at.toISOString(),
      units,
      heat_kw: tidy(heat),
      power_kw: tidy(power),
      supply_temp: tidy(supply),
      return_temp: tidy(back),
    })),
  };
}
