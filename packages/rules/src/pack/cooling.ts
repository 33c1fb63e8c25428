import type { AlertLevel, LocalText } from "@banksman/wire/model";
import { packRule } from "./pack-rule.ts";

/** A fault that a controller tells by itself needs no waiting beyond one more reading. */
const fault = (id: string, field: string, level: AlertLevel, name: LocalText) =>
  packRule(`cooling-${id}`, {
    name,
    target: "container",
    condition: field,
    for_s: 10,
    level,
    labels: { topic: id },
    inhibits: id === "leak" ? { targets: ["container", "miner"], labels: { topic: "temperature" } } : null,
    title: { zh: `集装箱 {container}：${name.zh}`, en: `Container {container}: ${name.en}` },
    text: { zh: "站点 {site_id}，供液 {supply_temp} °C", en: "Site {site_id}, supply at {supply_temp} °C" },
  });

const temperature = (id: string, condition: string, recovery: string, level: AlertLevel, name: LocalText) =>
  packRule(`cooling-${id}`, {
    name,
    target: "container",
    condition,
    recovery,
    for_s: 60,
    level,
    labels: { topic: "temperature" },
    title: { zh: `集装箱 {container}：${name.zh}`, en: `Container {container}: ${name.en}` },
    text: {
      zh: "供液 {supply_temp} °C，回液 {return_temp} °C",
      en: "Supply {supply_temp} °C, return {return_temp} °C",
    },
  });

/** Rules on cooled containers; thresholds are those that makers of hydro containers print. */
export const coolingRules = [
  fault("leak", "leak", "urgent", { zh: "漏液", en: "leak" }),
  fault("smoke", "smoke", "urgent", { zh: "烟雾", en: "smoke" }),
  fault("pump", "pump_fault", "urgent", { zh: "循环泵故障", en: "circulation pump fault" }),
  fault("power", "power_fault", "urgent", { zh: "供电故障", en: "power fault" }),
  fault("freezing", "freezing", "urgent", { zh: "防冻报警", en: "freezing" }),
  fault("level", "level_low", "severe", { zh: "液位低", en: "liquid level low" }),
  fault("fan", "fan_fault", "severe", { zh: "风机故障", en: "fan fault" }),
  fault("sensor", "sensor_fault", "warning", { zh: "传感器故障", en: "sensor fault" }),
  temperature("supply-too-hot", "supply_temp > 40", "supply_temp < 38", "urgent", {
    zh: "供液温度过高",
    en: "supply much too hot",
  }),
  temperature("supply-hot", "supply_temp > 37 && supply_temp <= 40", "supply_temp < 36 || supply_temp > 40", "severe", {
    zh: "供液温度偏高",
    en: "supply too hot",
  }),
  temperature("supply-cold", "supply_temp < 21", "supply_temp > 22", "warning", {
    zh: "供液温度偏低",
    en: "supply too cold",
  }),
  temperature("dew-point", "dew_margin < 2", "dew_margin > 3", "severe", {
    zh: "接近露点，可能结露",
    en: "close to the dew point",
  }),
  packRule("cooling-silent", {
    name: { zh: "冷却控制器离线", en: "Cooling controller offline" },
    target: "container",
    condition: "!cooling_online",
    for_s: 120,
    level: "severe",
    labels: { topic: "availability" },
    title: { zh: "集装箱 {container} 的冷却控制器离线", en: "Cooling controller of container {container} is offline" },
    text: { zh: "站点 {site_id}", en: "Site {site_id}" },
  }),
];
