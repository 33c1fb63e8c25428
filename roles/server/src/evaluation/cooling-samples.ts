import type { Sample } from "@banksman/rules";
import { type CoolingDerived, type CoolingFigure, CoolingRecord, type Fault } from "@banksman/wire/model";
import { sql } from "kysely";
import { z } from "zod";
import type { Db } from "../db/connect.ts";

/** What rules need to know of a unit besides its record. */
export type CoolingUnitName = { site_id: string; host: string; name?: string | null; interval_s: number };

/** Readings that a unit may miss before what it told holds no more. */
const PATIENCE = 3;

const FIGURES: Readonly<Record<string, CoolingFigure>> = {
  supply_temp: "supply.temp",
  return_temp: "return.temp",
  setpoint: "supply.setpoint",
  supply_pressure: "supply.pressure",
  return_pressure: "return.pressure",
  tank1_pressure: "tank1.pressure",
  tank2_pressure: "tank2.pressure",
  supply_flow: "supply.flow",
  tower_inlet_temp: "tower.inletTemp",
  ambient_temp: "ambient.temp",
  humidity: "ambient.humidity",
  outside_temp: "outside.temp",
  conductivity: "coolant.conductivity",
  ph: "coolant.ph",
};

/** Faults that have a field of their own, by their codes; sensors first, since theirs name what they measure. */
const TOPICS = [
  ["sensor_fault", /sensor|_(temp|humidity)_fault$|^lever_fault$|^smoke_fault$/],
  ["leak", /leak|water_immersion/],
  ["smoke", /^smoke/],
  ["freezing", /freez|frost/],
  ["power_fault", /phase|power_fault|power_relay|power_supply/],
  ["level_low", /lev(el|er)_low/],
  ["fan_fault", /fan|dry_cooler/],
] as const;
type Topic = (typeof TOPICS)[number][0] | "pump_fault";

/**
 * The field that a fault belongs to; null for those that are told by their level, as levels that are worse or better than the
 * rule's. Only an urgent pump is the circulating one.
 */
function topicOf({ code, level }: Fault): Topic | null {
  if (level === "urgent" && /pump/.test(code) && !/sensor/.test(code)) return "pump_fault";
  const topic = TOPICS.find(([, pattern]) => pattern.test(code))?.[0] ?? null;
  return topic === "level_low" && level !== "severe" ? null : topic;
}

function faultFigures(faults: readonly Fault[]) {
  const topics = new Set(faults.map(topicOf));
  const others = faults.filter((fault) => topicOf(fault) === null);
  const count = (level: Fault["level"]) => others.filter((fault) => fault.level === level).length;
  const flags = [...TOPICS.map(([topic]) => topic), "pump_fault" as const].map((topic) => [topic, topics.has(topic)]);
  return {
    ...(Object.fromEntries(flags) as Record<Topic, boolean>),
    other_urgent: count("urgent"),
    other_severe: count("severe"),
    other_warning: count("warning"),
    other_faults: others.map(({ code }) => code),
    cooling_faults: faults.map(({ code }) => code),
  };
}

const targetOf = ({ site_id, host }: CoolingUnitName): Sample["target"] => ({ kind: "cooling", site_id, id: host });
const wordsOf = ({ site_id, host, name }: CoolingUnitName) => ({ site_id, host, unit: name ?? host });

/**
 * What a record tells rules. A doubtful value counts here: too hot for sure or perhaps, somebody should look. What is bad or
 * stale is no data.
 */
export function coolingSample(
  unit: CoolingUnitName,
  record: CoolingRecord,
  derived: CoolingDerived,
  findings: readonly string[],
  at: number,
): Sample {
  const { connected, values } = record;
  const told = (name: string) => {
    const value = connected ? values[name] : undefined;
    return value?.quality === "good" || value?.quality === "uncertain" ? value.value : null;
  };
  const figures = Object.fromEntries(Object.entries(FIGURES).map(([field, name]) => [field, told(name)]));
  const runs = told("server.on") ?? told("pump.circulating");
  return {
    target: targetOf(unit),
    at,
    holdsMs: PATIENCE * unit.interval_s * 1_000,
    figures: {
      ...wordsOf(unit),
      driver: record.driver,
      profile: record.profile,
      cooling_online: true,
      cooling_connected: connected,
      cooling_running: typeof runs === "boolean" ? runs : null,
      ...figures,
      delta_t: derived.delta_t,
      heat_kw: derived.heat,
      power_kw: derived.power,
      pue: derived.pue,
      heat_balance: derived.heat_balance,
      dew_point: derived.dew_point,
      dew_margin: derived.dew_margin,
      approach_wet: derived.approach_wet,
      approach_dry: derived.approach_dry,
      pressure_drop: derived.pressure_drop,
      miners: record.miners?.count ?? null,
      // One that lost its PLC tells of that alone.
      ...faultFigures(connected ? record.faults : []),
      findings,
    },
  };
}

/** A unit that could not be read. */
export const coolingAway = (unit: CoolingUnitName, failure: string, at: number): Sample => ({
  target: targetOf(unit),
  at,
  holdsMs: PATIENCE * unit.interval_s * 1_000,
  figures: { ...wordsOf(unit), cooling_online: false, failure },
});

const Derived = z.record(z.string(), z.number().nullable());

/** The newest record of every unit, for a server that begins to evaluate. */
export async function latestCooling(db: Db): Promise<Sample[]> {
  const { rows } = await sql<
    CoolingUnitName & { at: Date; record: unknown; derived: unknown; findings: string[] | null }
  >`
    select s.site_id, u.host, u.name, u.interval_s, l.at, l.record, l.derived,
      (select array_agg(code) from cooling_faults f where f.site_no = u.site_no and f.unit_no = u.unit_no and f.derived
         and f.until is null) as findings
    from cooling_latest l join cooling_units u using (site_no, unit_no) join sites s using (site_no)
    where u.enabled and l.record is not null`.execute(db);
  return rows.map(({ at, record, derived, findings, ...unit }) =>
    coolingSample(
      unit,
      CoolingRecord.parse(record),
      Derived.parse(derived) as CoolingDerived,
      findings ?? [],
      at.getTime(),
    ),
  );
}

/**
 * Units that nobody told of for three intervals, while the collector that read them tells of others: where a collector itself
 * is silent, that is one alarm and not one a unit.
 */
export async function silentCooling(db: Db, at: number): Promise<Sample[]> {
  const { rows } = await sql<CoolingUnitName>`
    select s.site_id, u.host, u.name, u.interval_s
    from cooling_latest l join cooling_units u using (site_no, unit_no) join sites s using (site_no)
    where u.enabled and greatest(l.received_at, l.failed_at) < now() - make_interval(secs => ${PATIENCE} * u.interval_s)
      and exists (select 1 from cooling_rounds r where r.site_no = u.collected_by and r.collector_id = l.collector_id
        and r.round_at > now() - make_interval(secs => ${PATIENCE} * u.interval_s))`.execute(db);
  return rows.map((unit) => coolingAway(unit, "silent", at));
}
