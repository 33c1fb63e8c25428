import type { CoolingField, Fault } from "@banksman/wire/model";
import type { Fields } from "../decode/reply.ts";
import { type FaultRow, fault } from "../faults/fault.ts";
import { onOff, type RawValues, scaled, wordOf } from "./values.ts";

/** How a member of the controller's answer becomes a value: a figure times its scale, or a switch. */
type Reads = readonly [member: string, field: CoolingField, how: number | "switch"];

/** Bitmain tells pressures in MPa and flow in m³/h; `distribution_box…_power` of a hydro box is in watts. */
const HYDRO: readonly Reads[] = [
  ["supply_liquid_temp", "supply.temp", 1],
  ["return_liquid_temp", "return.temp", 1],
  ["supply_liquid_set_temp", "supply.setpoint", 1],
  ["supply_liquid_pressure", "supply.pressure", 1_000],
  ["return_liquid_pressure", "return.pressure", 1_000],
  ["supply_liquid_flow", "supply.flow", 1],
  // The firmware spells it so; the right spelling is read as well, for the day it is mended.
  ["colding_tower_inlet_temp", "tower.inletTemp", 1],
  ["cooling_tower_inlet_temp", "tower.inletTemp", 1],
  ["antbox_internal_temp", "ambient.temp", 1],
  ["antbox_internal_humidity", "ambient.humidity", 1],
  ["distribution_box1_power", "power.box1", 1],
  ["distribution_box2_power", "power.box2", 1],
  ["circulating_pump", "pump.circulating", "switch"],
  ["spray_pump", "pump.spray", "switch"],
  ["fluid_infusion_pump", "pump.infusion", "switch"],
  ["fan1", "fan.exhaust1", "switch"],
  ["fan2", "fan.exhaust2", "switch"],
  ["cooling_tower_fan1", "tower.fan1", "switch"],
  ["cooling_tower_fan2", "tower.fan2", "switch"],
  ["cooling_tower_fan3", "tower.fan3", "switch"],
];

/** An immersion box tells power in units of 100 kW and volts in tenths. */
const IMMERSION: readonly Reads[] = [
  ["primary_supply_temp", "supply.temp", 1],
  ["primary_return_temp", "return.temp", 1],
  ["supply_liquid_set_temp", "supply.setpoint", 1],
  ["second_supply_temp1", "secondary.supply.temp1", 1],
  ["second_supply_temp2", "secondary.supply.temp2", 1],
  ["second_return_temp1", "secondary.return.temp1", 1],
  ["second_return_temp2", "secondary.return.temp2", 1],
  ["out_temp", "tower.inletTemp", 1],
  ["container_temp", "ambient.temp", 1],
  ["container_humidity", "ambient.humidity", 1],
  ["power_distribution_temp", "pdbox.temp", 1],
  ["power_distribution_humidity", "pdbox.humidity", 1],
  ["distribution_box_power", "power.total", 100_000],
  ["power_distribution", "power.cooling", 1_000],
  ["one_pump", "pump.circulating", "switch"],
  ["second_pump1", "pump.secondary1", "switch"],
  ["second_pump2", "pump.secondary2", "switch"],
  ["pump_ready", "pump.ready", "switch"],
  ["container_fan", "fan.exhaust1", "switch"],
  ["dry_cooler_freq_run", "drycooler.variable", "switch"],
  ["dry_cooler_power_freq_run", "drycooler.mains", "switch"],
  ["open1", "valve.1.opening", 1],
  ["open2", "valve.2.opening", 1],
  ["tank_a_level", "tank.level.a", 1],
  ["tank_b_level", "tank.level.b", 1],
  ["tank_c_level", "tank.level.c", 1],
  ["tank_d_level", "tank.level.d", 1],
  ["drycooler_freq", "drycooler.freq", 1],
  ["feedback_fre", "drycooler.feedbackFreq", 1],
];

/** What both have; meters are read by whichever of the calls tells them. */
const COMMON: readonly Reads[] = [
  ["pid_mode", "supply.pid", "switch"],
  ["running_mode", "mode.auto", "switch"],
  ["server_on", "server.on", "switch"],
  ["vol_a_distribution", "volts.a", 0.1],
  ["vol_b_distribution", "volts.b", 0.1],
  ["vol_c_distribution", "volts.c", 0.1],
  ["cur_a_distribution", "amps.a", 1],
  ["cur_b_distribution", "amps.b", 1],
  ["cur_c_distribution", "amps.c", 1],
  // Cumulative, in kWh, whatever its name says.
  ["power_a_distribution", "energy.a", 1],
  ["power_b_distribution", "energy.b", 1],
];

const MAPS = { hydro: [...HYDRO, ...COMMON], immersion: [...IMMERSION, ...COMMON] } as const;
export type AntboxProfile = keyof typeof MAPS;

/** Which box answers, by the members it has: firmwares differ, and none says. Null for what is no box at all. */
export function profileOf(params: Fields): AntboxProfile | null {
  const has = (reads: readonly Reads[]) => reads.filter(([member]) => member in params).length;
  const [hydro, immersion] = [has(HYDRO), has(IMMERSION)];
  if (Math.max(hydro, immersion) < FEWEST) return null;
  return immersion > hydro ? "immersion" : "hydro";
}

/** Fewer known members than this prove nothing. */
const FEWEST = 2;

/** The values of an answer; a member that is absent gives none. */
export function antboxValues(profile: AntboxProfile, params: Fields): RawValues {
  const values: RawValues = {};
  for (const [member, field, how] of MAPS[profile]) {
    if (member in params) values[field] = how === "switch" ? onOff(params[member]) : scaled(params[member], how);
  }
  for (const valve of [1, 2] as const) {
    const [open, closed] = [onOff(params[`valve${valve}_open`]), onOff(params[`valve${valve}_close`])];
    // Both or neither: it is on its way, or a limit switch is broken.
    if (open !== null || closed !== null) values[`valve.${valve}`] = open === closed ? null : open;
  }
  return { ...values, ...placeOf(params) };
}

/** West and south are told apart by a direction: 1, "W", "S". Where both figures are 0 no place was ever entered. */
function placeOf(params: Fields): RawValues {
  const coordinate = (name: "longitude" | "latitude", negative: "w" | "s"): number | null => {
    const value = scaled(params[name]);
    const direction = wordOf(params[`${name}_direction`]);
    return value === null ? null : direction === "1" || direction === negative ? -Math.abs(value) : value;
  };
  const [longitude, latitude] = [coordinate("longitude", "w"), coordinate("latitude", "s")];
  if (longitude === null || latitude === null || (longitude === 0 && latitude === 0)) return {};
  return { "geo.longitude": longitude, "geo.latitude": latitude };
}

/** Sensors that tell of themselves that they are broken, and the value each of them makes doubtful. */
const SENSOR_FAULTS: readonly (readonly [member: string, field: CoolingField])[] = [
  ["supply_liquid_temp_fault", "supply.temp"],
  ["return_liquid_temp_fault", "return.temp"],
  ["primary_supply_temp_fault", "supply.temp"],
  ["primary_return_temp_fault", "return.temp"],
  ["second_supply_temp1_fault", "secondary.supply.temp1"],
  ["second_supply_temp2_fault", "secondary.supply.temp2"],
  ["second_return_temp1_fault", "secondary.return.temp1"],
  ["second_return_temp2_fault", "secondary.return.temp2"],
  ["container_temp_fault", "ambient.temp"],
  ["container_humidity_fault", "ambient.humidity"],
  ["out_temp_fault", "tower.inletTemp"],
  ["power_distribution_temp_fault", "pdbox.temp"],
  ["power_distribution_humidity_fault", "pdbox.humidity"],
];

export const distrustedBy = (params: Fields): ReadonlySet<CoolingField> =>
  new Set(SENSOR_FAULTS.filter(([member]) => onOff(params[member]) === true).map(([, field]) => field));

/** The flags that mean something is wrong: how soon somebody should look, and what it means. */
const FAULTS: Readonly<Record<string, FaultRow>> = {
  leakage_fault: ["urgent", "cooling", "leakage", "漏液"],
  circulating_pump_fault: ["urgent", "cooling", "circulating pump", "循环泵故障"],
  // A flag of a fault, whatever its name says; that the pump runs is `one_pump`.
  primary_circulating_pump: ["urgent", "cooling", "primary circulating pump", "一次循环泵故障"],
  one_pump_fault: ["urgent", "cooling", "primary pump", "一次泵故障"],
  supply_liquid_temp_too_high: ["urgent", "cooling", "supply far too hot", "供液温度过高"],
  supply_liquid_flow_low: ["urgent", "cooling", "supply flow too low", "供液流量低"],
  freezing_alarm: ["urgent", "cooling", "danger of frost", "防冻报警"],
  phasefailure: ["urgent", "input", "a phase is missing", "缺相"],
  power_fault: ["urgent", "input", "power supply of the box", "电源故障"],
  power_relay_fault: ["urgent", "input", "power relay", "电源继电器故障"],
  smoke: ["urgent", "smoke", "smoke", "烟雾报警"],
  pump_alarm: ["severe", "cooling", "pump alarm", "水泵报警"],
  power_distribution_fault: ["severe", "input", "distribution box", "配电箱故障"],
  lever_sensor_fault: ["warning", "sensor", "level sensor", "液位传感器故障"],
  smoke_sensor_fault: ["warning", "sensor", "smoke sensor", "烟感故障"],
  smoke_fault: ["warning", "sensor", "smoke sensor", "烟感故障"],
  lever_low: ["urgent", "cooling", "level in the tank too low", "液位过低"],
  supply_liquid_temp_high: ["severe", "cooling", "supply too hot", "供液温度高"],
  supply_liquid_pressure_high: ["severe", "cooling", "supply pressure too high", "供液压力高"],
  return_liquid_pressure_low: ["severe", "cooling", "return pressure too low: refill", "回液压力低，请补液"],
  liquid_level_low: ["severe", "cooling", "coolant level low", "液位低"],
  cooling_tower_fan1_fault: ["severe", "fan", "cooling tower fan 1", "冷却塔风机1故障"],
  cooling_tower_fan2_fault: ["severe", "fan", "cooling tower fan 2", "冷却塔风机2故障"],
  cooling_tower_fan3_fault: ["severe", "fan", "cooling tower fan 3", "冷却塔风机3故障"],
  fan1_fault: ["severe", "fan", "fan 1", "风机1故障"],
  fan2_fault: ["severe", "fan", "fan 2", "风机2故障"],
  fan_fault: ["severe", "fan", "fan", "风机故障"],
  spray_pump_fault: ["severe", "cooling", "spray pump", "喷淋泵故障"],
  fluid_infusion_pump_fault: ["severe", "cooling", "refill pump", "补液泵故障"],
  second_pump1_fault: ["severe", "cooling", "secondary pump 1", "二次泵1故障"],
  second_pump2_fault: ["severe", "cooling", "secondary pump 2", "二次泵2故障"],
  dry_cooler_power_fre_fault: ["severe", "fan", "dry cooler on mains", "干冷器工频故障"],
  dry_cooler_fre_conv: ["severe", "fan", "dry cooler's inverter", "干冷器变频故障"],
  return_liquid_temp_high: ["severe", "cooling", "return too hot", "回液温度高"],
  return_liquid_temp_too_high: ["severe", "cooling", "return far too hot", "回液温度过高"],
  power_distribution_temp_high: ["severe", "heat", "distribution box too hot", "配电箱温度高"],
  cooling_tower_liquid_level_low: ["warning", "cooling", "cooling tower's level low", "冷却塔液位低"],
  liquid_level_high: ["warning", "cooling", "coolant level high", "液位高"],
  lever_high: ["warning", "cooling", "level in the tank high", "液位过高"],
  lever_fault: ["warning", "sensor", "level sensor", "液位传感器故障"],
};

const sensorFault = (member: string): FaultRow => {
  const of = member.replace(/_fault$/, "").replaceAll("_", " ");
  return ["warning", "sensor", `sensor: ${of}`, `传感器故障：${of}`];
};

/** Both secondary pumps at once leave nothing that moves the coolant. */
const BOTH_PUMPS: FaultRow = ["urgent", "cooling", "both secondary pumps", "两台二次泵均故障"];

/** What the flags of an answer say is wrong. A flag nobody has a row for is told by its own name. */
export function antboxFaults(params: Fields): Fault[] {
  const raised = Object.keys(params).filter((member) => isFlag(member) && onOff(params[member]) === true);
  const faults = raised.map((member) => fault(codeOf(member), FAULTS[codeOf(member)] ?? sensorFault(codeOf(member))));
  const both = raised.includes("second_pump1_fault") && raised.includes("second_pump2_fault");
  if (both) faults.unshift(fault("second_pumps_fault", BOTH_PUMPS));
  if (onOff(params.disconnect) === true)
    faults.unshift(fault("plc_lost", ["urgent", "plc", "the controller has lost its PLC", "控制器与 PLC 断开"]));
  return faults;
}

/** One flag is written `power_distribution_Fault`. */
const codeOf = (member: string): string => member.toLowerCase();
const isFlag = (member: string): boolean =>
  Object.hasOwn(FAULTS, codeOf(member)) || /_(?:fault|alarm)$/.test(codeOf(member));
