import { z } from "zod";
import { CoolingRound, CoolingUploadReply } from "../ingest/cooling-upload.ts";
import { AlertLevel } from "../model/alert.ts";
import { CoolingRecord, CoolingValue } from "../model/cooling.ts";
import { COOLING_DERIVED } from "../model/cooling-derived.ts";
import { CoolingHost, CoolingReadPlan } from "../model/cooling-unit.ts";
import { Fault } from "../model/reading.ts";
import { defineRoute, reply } from "./route.ts";

const time = z.iso.datetime();
const nullable = z.number().nullable();
const text = z.string().nullable();

export const PostCoolingUpload = defineRoute({
  method: "POST",
  path: "/collector/cooling",
  summary: "Takes what a collector of cooling units read, plain or gzip JSON",
  needs: "reading.upload",
  audited: false,
  at: "anywhere",
  reply: CoolingUploadReply,
});

/**
 * What a unit is up to. `lost`: its controller answers and has lost its PLC, so that every value is stale; `failing`: the
 * last tries to read it failed; `silent`: nobody read it for three intervals; `new`: never read; `off`: not to be read.
 */
export const CoolingState = z.enum(["online", "lost", "failing", "silent", "new", "off"]);
export type CoolingState = z.infer<typeof CoolingState>;

const DERIVED_NAMES = Object.keys(COOLING_DERIVED) as (keyof typeof COOLING_DERIVED)[];
const Derived = z.record(z.enum(DERIVED_NAMES), nullable);

const Failure = z.object({
  at: time,
  code: z.string(),
  reason: z.string(),
  breaker: z.enum(["closed", "open", "half_open"]),
  /** Rounds in a row that failed. */
  rounds: z.int(),
});

/** A fault that stands now, or stood: as the controller tells it, or as it shows in what was measured (`derived_…`). */
export const CoolingFault = Fault.extend({ since: time, until: time.nullable() });
export type CoolingFault = z.infer<typeof CoolingFault>;

/** One unit in a list. */
export const CoolingUnitRow = z.object({
  site_id: z.string(),
  host: z.string(),
  unit_no: z.int(),
  name: text,
  state: CoolingState,
  driver: text,
  profile: text,
  make: text,
  model: text,
  /** When the newest record was taken, and how old it was when this was asked. */
  at: time.nullable(),
  age_s: nullable,
  round_at: time.nullable(),
  /** Of the newest record, those that were asked for. */
  values: z.record(z.string(), CoolingValue),
  derived: Derived,
  /** Those that stand, the worst first. */
  faults: z.array(CoolingFault),
  failure: Failure.nullable(),
  miners: z.int().nullable(),
  hashrate_ghs: nullable,
  /** From the device, else as typed. */
  longitude: nullable,
  latitude: nullable,
});
export type CoolingUnitRow = z.infer<typeof CoolingUnitRow>;

/** What a person sets of a unit. */
const { driver, interval_s, timeout_ms, retries } = CoolingReadPlan.shape;
const UnitSettings = z.object({
  name: z.string().trim().min(1).max(100).nullable(),
  // Without their defaults: what a change does not name stays as it is.
  driver: driver.unwrap(),
  interval_s: interval_s.unwrap(),
  timeout_ms: timeout_ms.unwrap(),
  retries: retries.unwrap(),
  /** The site whose collectors read it; its own where null. */
  collected_by: z.string().nullable(),
  enabled: z.boolean(),
  longitude: z.number().min(-180).max(180).nullable(),
  latitude: z.number().min(-90).max(90).nullable(),
  /** Ethylene glycol in the coolant, % by volume, where no sensor tells; null counts as water. */
  glycol_percent: z.number().min(0).max(60).nullable(),
  /** Power of pumps and fans, where no meter tells. */
  auxiliary_kw: z.number().min(0).max(1_000).nullable(),
});

/** Everything known of one unit. */
export const CoolingUnit = CoolingUnitRow.extend({
  settings: UnitSettings,
  /** Who entered it: a person, or the file of an edge. */
  registered_by: z.enum(["person", "edge"]),
  firmware: text,
  /** Whose readings they are: the collector of the newest one. */
  collector_id: text,
  received_at: time.nullable(),
  lane: z.enum(["fast", "slow", "retry"]).nullable(),
  /** Who holds the lease, and until when. */
  lease: z.object({ collector_id: z.string(), until: time }).nullable(),
  /** The miners inside by the list that came last, until it is stale; `listed_at` is when it came. */
  contained: CoolingRecord.shape.miners.unwrap().extend({ listed_at: time.nullable() }).nullable(),
  /** Water used for a kilowatt-hour of heat over the last 24 h, in litres. */
  water_l_per_kwh: nullable,
  /** Orders its driver knows, as the linked edges say. */
  orders: z.array(z.string()),
});
export type CoolingUnit = z.infer<typeof CoolingUnit>;

const unitParams = z.object({ site_id: z.string(), host: CoolingHost });
const list = z.string().transform((words) => words.split(",").filter(Boolean));

/** What a list shows of each unit unless other names are asked for. */
export const COOLING_HEADLINES = [
  "supply.temp",
  "return.temp",
  "supply.setpoint",
  "supply.flow",
  "supply.pressure",
  "return.pressure",
  "ambient.temp",
  "ambient.humidity",
  "tower.inletTemp",
  "server.on",
  "supply.pid",
  "pump.circulating",
] as const;

export const ListCoolingUnits = defineRoute({
  method: "GET",
  path: "/cooling-units",
  summary: "Cooling units with their newest values, derived values, standing faults and age",
  needs: "reading.read",
  at: "anywhere",
  query: z.object({ site_id: z.string().optional(), values: list.optional() }),
  reply: reply(z.object({ units: z.array(CoolingUnitRow) })),
});

export const GetCoolingUnit = defineRoute({
  method: "GET",
  path: "/sites/:site_id/cooling-units/:host",
  summary: "Everything known of one cooling unit",
  needs: "reading.read",
  params: unitParams,
  reply: reply(CoolingUnit),
});

export const CreateCoolingUnit = defineRoute({
  method: "POST",
  path: "/sites/:site_id/cooling-units",
  summary: "Enters a cooling unit, to be read by the collectors of its site or of another",
  needs: "site.manage",
  params: z.object({ site_id: z.string() }),
  body: UnitSettings.partial().extend({ host: CoolingHost }),
  reply: reply(CoolingUnit),
});

export const UpdateCoolingUnit = defineRoute({
  method: "PATCH",
  path: "/sites/:site_id/cooling-units/:host",
  summary: "Changes how a cooling unit is called, read and reckoned",
  needs: "site.manage",
  params: unitParams,
  body: UnitSettings.partial(),
  reply: reply(CoolingUnit),
});

export const DeleteCoolingUnit = defineRoute({
  method: "DELETE",
  path: "/sites/:site_id/cooling-units/:host",
  summary: "Forgets a cooling unit; its history leaves with the days it lies in",
  needs: "site.manage",
  params: unitParams,
  reply: reply(z.object({ site_id: z.string(), host: z.string() })),
});

/** From and to, or the last `hours`; without any the last 24. */
const span = {
  from: z.iso.datetime({ offset: true }).optional(),
  to: z.iso.datetime({ offset: true }).optional(),
  hours: z.coerce.number().min(0.1).max(8_760).default(24),
};

export const CoolingPoint = z.object({ at: time, min: nullable, avg: nullable, max: nullable });
export type CoolingPoint = z.infer<typeof CoolingPoint>;

export const CoolingHistory = z.object({
  site_id: z.string(),
  host: z.string(),
  from: time,
  to: time,
  resolution_seconds: z.int(),
  /** All on one time axis; a bucket in which a value was not read has no figures. A switch is 0 or 1. */
  series: z.array(z.object({ name: z.string(), unit: z.string(), points: z.array(CoolingPoint) })),
});
export type CoolingHistory = z.infer<typeof CoolingHistory>;

export const GetCoolingHistory = defineRoute({
  method: "GET",
  path: "/sites/:site_id/cooling-units/:host/history",
  summary: "Any values of a cooling unit over time, at most 500 buckets; `derived.heat` and the like are values too",
  needs: "reading.read",
  params: unitParams,
  query: z.object({ values: list.prefault("supply.temp,return.temp"), ...span }),
  reply: reply(CoolingHistory),
});

export const GetCoolingFaults = defineRoute({
  method: "GET",
  path: "/sites/:site_id/cooling-units/:host/faults",
  summary: "Faults of a cooling unit that stood at some time within a span, newest first",
  needs: "reading.read",
  params: unitParams,
  query: z.object(span),
  reply: reply(z.object({ faults: z.array(CoolingFault) })),
});

/** Sums over units; null where no unit tells. */
export const CoolingOverview = z.object({
  units: z.int(),
  by_state: z.record(CoolingState, z.int()),
  heat_kw: nullable,
  power_kw: nullable,
  /** How many units tell of their heat, and of their power: the two sums may be of different ones. */
  heat_units: z.int(),
  power_units: z.int(),
  /** Of the units whose power with and without cooling is known, all of it together. */
  pue: nullable,
  hashrate_ghs: nullable,
  miners: z.int().nullable(),
  water_l_per_kwh: nullable,
  /** Standing faults. */
  faults: z.record(AlertLevel, z.int()),
  /** Units with at least one standing fault. */
  units_with_faults: z.int(),
  newest_at: time.nullable(),
  sites: z.array(
    z.object({
      site_id: z.string(),
      region: text,
      units: z.int(),
      online: z.int(),
      heat_kw: nullable,
      power_kw: nullable,
      faults: z.record(AlertLevel, z.int()),
    }),
  ),
});
export type CoolingOverview = z.infer<typeof CoolingOverview>;

export const GetCoolingOverview = defineRoute({
  method: "GET",
  path: "/cooling/overview",
  summary: "Sums over all cooling units that are reached, or those of a site",
  needs: "reading.read",
  at: "anywhere",
  query: z.object({ site_id: z.string().optional() }),
  reply: reply(CoolingOverview),
});

export const GetCoolingTrend = defineRoute({
  method: "GET",
  path: "/cooling/trend",
  summary: "Heat, power and mean supply temperature of all units that are reached over time",
  needs: "reading.read",
  at: "anywhere",
  query: z.object({ site_id: z.string().optional(), hours: z.coerce.number().min(1).max(2_160).default(24) }),
  reply: reply(
    z.object({
      resolution_seconds: z.int(),
      points: z.array(
        z.object({
          at: time,
          units: z.int(),
          heat_kw: nullable,
          power_kw: nullable,
          supply_temp: nullable,
          return_temp: nullable,
        }),
      ),
    }),
  ),
});

export const GetCoolingRounds = defineRoute({
  method: "GET",
  path: "/sites/:site_id/cooling-rounds",
  summary: "Rounds of a site's collectors: how long each took, what it read, put off and gave up",
  needs: "reading.read",
  params: z.object({ site_id: z.string() }),
  query: z.object({ hours: z.coerce.number().min(0.1).max(168).default(3) }),
  reply: reply(z.object({ rounds: z.array(CoolingRound.extend({ collector_id: z.string() })) })),
});
