import {
  COOLING_DERIVED,
  COOLING_FIGURES,
  type CoolingDerivedName,
  type CoolingFigure,
  type CoolingSwitch,
  isCoolingFigure,
} from "@banksman/wire/model";
import { type Figure, type Lang, MISSING, number } from "../../format/format.ts";
import { shownTemperature, temperatureSign } from "../../format/temperature-unit.ts";

type Words = Record<Lang, string>;
const words = (en: string, zh: string): Words => ({ en, zh });

/** What each value of a cooling unit is called. */
const NAMES: Record<CoolingFigure | CoolingSwitch, Words> = {
  "supply.temp": words("Supply temperature", "供液温度"),
  "return.temp": words("Return temperature", "回液温度"),
  "supply.setpoint": words("Supply set point", "供液设定"),
  "supply.pressure": words("Supply pressure", "供液压力"),
  "return.pressure": words("Return pressure", "回液压力"),
  "supply.flow": words("Flow", "流量"),
  "tank1.pressure": words("Tank 1 pressure", "油箱 1 压力"),
  "tank2.pressure": words("Tank 2 pressure", "油箱 2 压力"),
  "tank1.oil.hot": words("Tank 1 oil, hot", "油箱 1 热油"),
  "tank1.oil.cold": words("Tank 1 oil, cold", "油箱 1 冷油"),
  "tank2.oil.hot": words("Tank 2 oil, hot", "油箱 2 热油"),
  "tank2.oil.cold": words("Tank 2 oil, cold", "油箱 2 冷油"),
  "tank1.water.hot": words("Tank 1 water, hot", "油箱 1 热水"),
  "tank1.water.cold": words("Tank 1 water, cold", "油箱 1 冷水"),
  "tank2.water.hot": words("Tank 2 water, hot", "油箱 2 热水"),
  "tank2.water.cold": words("Tank 2 water, cold", "油箱 2 冷水"),
  "ups.battery": words("UPS battery", "UPS 电量"),
  "ups.temp": words("UPS temperature", "UPS 温度"),
  "secondary.supply.temp1": words("Secondary supply 1", "二次供液 1"),
  "secondary.supply.temp2": words("Secondary supply 2", "二次供液 2"),
  "secondary.return.temp1": words("Secondary return 1", "二次回液 1"),
  "secondary.return.temp2": words("Secondary return 2", "二次回液 2"),
  "tower.inletTemp": words("Tower inlet", "塔进口"),
  "ambient.temp": words("Air inside", "箱内温度"),
  "ambient.humidity": words("Humidity inside", "箱内湿度"),
  "outside.temp": words("Air outside", "室外温度"),
  "outside.humidity": words("Humidity outside", "室外湿度"),
  "dewpoint.temp": words("Dew point", "露点"),
  "pdbox.temp": words("Distribution box", "配电箱温度"),
  "pdbox.humidity": words("Humidity in the distribution box", "配电箱湿度"),
  "power.box1": words("Distribution box 1", "配电箱 1 功率"),
  "power.box2": words("Distribution box 2", "配电箱 2 功率"),
  "power.total": words("Power", "总功率"),
  "power.cooling": words("Power of cooling", "冷却功率"),
  "energy.a": words("Energy A", "电能 A"),
  "energy.b": words("Energy B", "电能 B"),
  "volts.a": words("Voltage A", "A 相电压"),
  "volts.b": words("Voltage B", "B 相电压"),
  "volts.c": words("Voltage C", "C 相电压"),
  "amps.a": words("Current A", "A 相电流"),
  "amps.b": words("Current B", "B 相电流"),
  "amps.c": words("Current C", "C 相电流"),
  "pump.speed": words("Pump speed", "泵转速"),
  "pump.inlet.pressure": words("Pump inlet pressure", "泵入口压力"),
  "pump.outlet.pressure": words("Pump outlet pressure", "泵出口压力"),
  "filter.pressureDrop": words("Pressure across the filter", "过滤器压差"),
  "drycooler.freq": words("Dry cooler, set", "干冷器设定频率"),
  "drycooler.feedbackFreq": words("Dry cooler", "干冷器频率"),
  "valve.1.opening": words("Valve 1, opening", "阀 1 开度"),
  "valve.2.opening": words("Valve 2, opening", "阀 2 开度"),
  "tank.level.a": words("Tank A level", "液箱 A 液位"),
  "tank.level.b": words("Tank B level", "液箱 B 液位"),
  "tank.level.c": words("Tank C level", "液箱 C 液位"),
  "tank.level.d": words("Tank D level", "液箱 D 液位"),
  "coolant.conductivity": words("Conductivity", "电导率"),
  "coolant.ph": words("pH", "pH"),
  "coolant.glycol": words("Glycol", "乙二醇"),
  "water.used": words("Water used", "累计用水"),
  "geo.longitude": words("Longitude", "经度"),
  "geo.latitude": words("Latitude", "纬度"),
  "supply.pid": words("PID holds the temperature", "PID 控温"),
  "mode.auto": words("Automatic", "自动模式"),
  "server.on": words("Running", "运行"),
  "pump.circulating": words("Circulating pump", "循环泵"),
  "pump.circulating2": words("Circulating pump 2", "循环泵 2"),
  "pump.spray": words("Spray pump", "喷淋泵"),
  "pump.infusion": words("Makeup pump", "补液泵"),
  "pump.secondary1": words("Secondary pump 1", "二次泵 1"),
  "pump.secondary2": words("Secondary pump 2", "二次泵 2"),
  "pump.ready": words("Pump ready", "泵就绪"),
  "pump.oil1": words("Oil pump 1", "油泵 1"),
  "pump.oil2": words("Oil pump 2", "油泵 2"),
  "pump.water1": words("Water pump 1", "水泵 1"),
  "pump.water2": words("Water pump 2", "水泵 2"),
  "tank1.on": words("Tank 1", "油箱 1"),
  "tank2.on": words("Tank 2", "油箱 2"),
  "drycooler.1": words("Dry cooler 1", "干冷器 1"),
  "drycooler.2": words("Dry cooler 2", "干冷器 2"),
  "fan.exhaust1": words("Exhaust fan 1", "排风扇 1"),
  "fan.exhaust2": words("Exhaust fan 2", "排风扇 2"),
  "tower.fan1": words("Tower fan 1", "塔风机 1"),
  "tower.fan2": words("Tower fan 2", "塔风机 2"),
  "tower.fan3": words("Tower fan 3", "塔风机 3"),
  "drycooler.variable": words("Dry cooler by inverter", "干冷器变频运行"),
  "drycooler.mains": words("Dry cooler on mains", "干冷器工频运行"),
  "valve.1": words("Valve 1", "阀 1"),
  "valve.2": words("Valve 2", "阀 2"),
};

const DERIVED: Record<CoolingDerivedName, Words> = {
  delta_t: words("ΔT", "ΔT"),
  heat: words("Heat", "冷却热量"),
  power: words("Power", "电功率"),
  pue: words("PUE", "PUE"),
  dew_point: words("Dew point", "露点"),
  dew_margin: words("Dew-point margin", "露点余量"),
  approach_wet: words("Approach to wet bulb", "湿球逼近度"),
  approach_dry: words("Approach to air", "干球逼近度"),
  pressure_drop: words("Pressure drop", "回路压降"),
  heat_balance: words("Heat ÷ power", "热平衡"),
};

const DERIVED_PREFIX = "derived.";
const isDerived = (name: string): name is CoolingDerivedName => Object.hasOwn(DERIVED, name);
const hasName = (name: string): name is keyof typeof NAMES => Object.hasOwn(NAMES, name);

/** A value's name in words; sockets are numbered, and what a newer server tells keeps its own. */
export function coolingName(name: string, lang: Lang): string {
  if (hasName(name)) return NAMES[name][lang];
  const socket = /^socket\.(.+)$/.exec(name)?.[1];
  if (socket !== undefined) return `${{ en: "Socket", zh: "插座" }[lang]} ${socket}`;
  const derived = name.slice(DERIVED_PREFIX.length);
  return name.startsWith(DERIVED_PREFIX) && isDerived(derived) ? DERIVED[derived][lang] : name;
}

/** What a name is measured in; empty for switches and ratios. */
function unitOf(name: string): string {
  if (isCoolingFigure(name)) return COOLING_FIGURES[name].unit;
  const derived = name.slice(DERIVED_PREFIX.length);
  return name.startsWith(DERIVED_PREFIX) && isDerived(derived) ? COOLING_DERIVED[derived] : "";
}

const DIGITS: Readonly<Record<string, number>> = {
  "°C": 1,
  K: 1,
  kPa: 0,
  "m³/h": 1,
  kW: 0,
  kWh: 0,
  V: 0,
  A: 0,
  Hz: 1,
  "%": 0,
  "µS/cm": 0,
  pH: 1,
  "m³": 1,
  "°": 4,
};

/** How a value is drawn and written: its unit on the screen, what one of the wire is in it, and its decimals. */
export function coolingScale(name: string): { unit: string; of: (value: number) => number; digits: number } {
  const unit = unitOf(name);
  // Cooling is read to a tenth, also by those who read Fahrenheit.
  if (unit === "°C") return { unit: temperatureSign(), of: shownTemperature, digits: 1 };
  if (unit === "W") return { unit: "kW", of: (watts) => watts / 1_000, digits: 0 };
  return { unit, of: (value) => value, digits: DIGITS[unit] ?? 3 };
}

export function coolingFigure(name: string, value: number | null | undefined): Figure {
  const { unit, of, digits } = coolingScale(name);
  return { text: typeof value === "number" ? number(of(value), digits) : MISSING, unit };
}

/** The names that charts can draw, in the order of the record. */
export const CHARTED: readonly string[] = [
  ...Object.keys(COOLING_DERIVED).map((name) => DERIVED_PREFIX + name),
  ...Object.keys(COOLING_FIGURES).filter((name) => !name.startsWith("geo.")),
];
