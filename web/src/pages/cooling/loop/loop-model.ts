import type { CoolingUnit } from "@banksman/wire/api";
import type { CoolingField, CoolingQuality, FaultLevel } from "@banksman/wire/model";

/** What a part of the loop does: `unknown` where the unit doesn't say. */
export type PartState = "running" | "standby" | "fault" | "unknown";
export type Part = { name: string; state: PartState };

/** One value where it stands in the loop. */
export type Tag = {
  name: CoolingField;
  value: number | null;
  quality: CoolingQuality;
  at: string;
  /** Of the worst fault that is about it. */
  level: FaultLevel | null;
  /** What the value is set to. */
  set: number | null;
};

/** A loop in flow order: from the container by the return to what gives the heat away, and by pumps and supply back. */
export type Loop = {
  returns: Tag[];
  tower: { fans: Part[]; tags: Tag[]; spray: Part | null };
  pumps: Part[];
  supplies: Tag[];
  makeup: Part | null;
  inside: Tag[];
  levels: Tag[];
  /** How fast the coolant goes, 0 for not at all; null where nobody says. */
  speed: 0 | 1 | 2 | 3 | null;
};

const RETURNS = ["return.temp", "return.pressure", "tank1.oil.hot", "tank2.oil.hot", "secondary.return.temp1"] as const;
const SUPPLIES = [
  "supply.temp",
  "supply.pressure",
  "supply.flow",
  "secondary.supply.temp1",
  "tank1.oil.cold",
  "tank2.oil.cold",
] as const;
const TOWER = ["tower.inletTemp", "outside.temp", "drycooler.feedbackFreq"] as const;
const INSIDE = ["ambient.temp", "ambient.humidity", "dewpoint.temp", "pdbox.temp"] as const;
const LEVELS = ["tank.level.a", "tank.level.b", "tank.level.c", "tank.level.d"] as const;
const PUMPS = [
  "pump.circulating",
  "pump.circulating2",
  "pump.secondary1",
  "pump.secondary2",
  "pump.oil1",
  "pump.oil2",
  "pump.water1",
  "pump.water2",
] as const;
const FANS = [
  "tower.fan1",
  "tower.fan2",
  "tower.fan3",
  "drycooler.1",
  "drycooler.2",
  "drycooler.variable",
  "drycooler.mains",
  "fan.exhaust1",
  "fan.exhaust2",
] as const;

/** Which faults are about which part or value: makers' codes are read by the words in them. */
const ABOUT: readonly (readonly [codes: RegExp, names: readonly CoolingField[]])[] = [
  [/supply_liquid_temp|outlet_temp|near_dew|supply_temp/, ["supply.temp"]],
  [/return_liquid_temp|inlet_temp|return_temp/, ["return.temp"]],
  [/supply_liquid_pressure|outlet_pressure|supply_pressure/, ["supply.pressure"]],
  [/return_liquid_pressure|return_pressure|inlet_pressure/, ["return.pressure"]],
  [/flow/, ["supply.flow"]],
  [/circulating_pump|pump_inverter|one_pump/, ["pump.circulating"]],
  [/second_pump1/, ["pump.secondary1"]],
  [/second_pump2/, ["pump.secondary2"]],
  [/spray/, ["pump.spray"]],
  [/infusion|makeup/, ["pump.infusion"]],
  [/tower_fan1/, ["tower.fan1"]],
  [/tower_fan2/, ["tower.fan2"]],
  [/tower_fan3/, ["tower.fan3"]],
  [/^fan1/, ["fan.exhaust1"]],
  [/^fan2/, ["fan.exhaust2"]],
  [/dry_cooler_fre/, ["drycooler.variable"]],
  [/dry_cooler_power/, ["drycooler.mains"]],
  [/level/, ["tank.level.a"]],
];
const LEVEL_ORDER: readonly FaultLevel[] = ["urgent", "severe", "warning", "info"];

/** Puts a unit's newest values in their places. What it has no sensor for is left out. */
export function loopOf({ values, faults }: Pick<CoolingUnit, "values" | "faults">): Loop {
  const levelOf = (name: CoolingField): FaultLevel | null => {
    const about = faults.filter(({ code }) => ABOUT.some(([codes, names]) => names.includes(name) && codes.test(code)));
    return LEVEL_ORDER.find((level) => about.some((one) => one.level === level)) ?? null;
  };
  const isOn = (name: CoolingField): boolean | null => {
    const told = values[name];
    return told !== undefined && told.quality !== "bad" && typeof told.value === "boolean" ? told.value : null;
  };
  const part = (name: CoolingField): Part => {
    const level = levelOf(name);
    const on = isOn(name);
    const state =
      level === "urgent" || level === "severe" ? "fault" : on === null ? "unknown" : on ? "running" : "standby";
    return { name, state };
  };
  const parts = (names: readonly CoolingField[]) => names.filter((name) => name in values).map(part);
  const setpoint = values["supply.setpoint"]?.value;
  const tags = (names: readonly CoolingField[]) =>
    names.flatMap((name): Tag[] => {
      const told = values[name];
      if (!told) return [];
      const value = typeof told.value === "number" ? told.value : null;
      const set = name === "supply.temp" && typeof setpoint === "number" ? setpoint : null;
      return [{ name, value, quality: told.quality, at: told.at, level: levelOf(name), set }];
    });
  const pumps = parts(PUMPS);
  return {
    returns: tags(RETURNS),
    tower: { fans: parts(FANS), tags: tags(TOWER), spray: parts(["pump.spray"])[0] ?? null },
    pumps,
    supplies: tags(SUPPLIES),
    makeup: parts(["pump.infusion"])[0] ?? null,
    inside: tags(INSIDE),
    levels: tags(LEVELS),
    speed: speedOf(values, pumps, isOn("server.on")),
  };
}

/** Cubic metres an hour: a hydro box runs at about 120. */
const SPEEDS = [1, 40, 90] as const;

function speedOf(values: CoolingUnit["values"], pumps: readonly Part[], isOn: boolean | null): Loop["speed"] {
  const flow = values["supply.flow"];
  if (flow?.quality === "good" && typeof flow.value === "number") {
    const [still, slow, usual] = SPEEDS;
    return flow.value < still ? 0 : flow.value < slow ? 1 : flow.value < usual ? 2 : 3;
  }
  if (pumps.some(({ state }) => state === "running")) return 2;
  if (pumps.length > 0 && pumps.every(({ state }) => state !== "unknown")) return 0;
  return isOn === null ? null : isOn ? 2 : 0;
}
