import type { AlertLevel, LocalText } from "@banksman/wire/model";
import { packRule } from "./pack-rule.ts";

const title = ({ zh, en }: LocalText): LocalText => ({
  zh: `冷却单元 {unit}：${zh}`,
  en: `Cooling unit {unit}: ${en}`,
});

/** A fault that a controller tells by itself needs no waiting beyond one more reading. */
const fault = (id: string, field: string, level: AlertLevel, name: LocalText) =>
  packRule(`cooling-${id}`, {
    name,
    target: "cooling",
    condition: field,
    for_s: 10,
    level,
    labels: { topic: id },
    inhibits: id === "leak" ? { targets: ["cooling"], labels: { topic: "pressure" } } : null,
    title: title(name),
    text: { zh: "站点 {site_id}，供液 {supply_temp} °C", en: "Site {site_id}, supply at {supply_temp} °C" },
  });

/** Faults that no rule of their own looks at, by the level that the driver gives them. */
const others = (level: "urgent" | "severe" | "warning", name: LocalText) =>
  packRule(`cooling-fault-${level}`, {
    name,
    target: "cooling",
    condition: `other_${level} > 0`,
    for_s: 10,
    level,
    labels: { topic: "fault" },
    title: title({ zh: `${name.zh} {other_faults}`, en: `${name.en}: {other_faults}` }),
    text: { zh: "站点 {site_id}，{host}", en: "Site {site_id}, {host}" },
  });

type Limit = { id: string; condition: string; recovery: string; level: AlertLevel; topic: string; name: LocalText };
const limit = ({ id, condition, recovery, level, topic, name }: Limit, text: LocalText) =>
  packRule(`cooling-${id}`, {
    name,
    target: "cooling",
    condition,
    recovery,
    for_s: 60,
    recover_for_s: 60,
    level,
    labels: { topic },
    title: title(name),
    text,
  });

const TEMPERATURES: LocalText = {
  zh: "供液 {supply_temp} °C，回液 {return_temp} °C，设定 {setpoint} °C",
  en: "Supply {supply_temp} °C, return {return_temp} °C, set point {setpoint} °C",
};
const PRESSURES: LocalText = {
  zh: "供液 {supply_pressure} kPa，回液 {return_pressure} kPa",
  en: "Supply {supply_pressure} kPa, return {return_pressure} kPa",
};

/** Coolants by who reads them: what is cold, cool, hot and too hot at the supply, °C, as makers print it. */
const COOLANTS = [
  {
    id: "",
    is: 'driver != "microbt" && driver != "bitdeer" && profile != "immersion"',
    zh: "",
    en: "",
    at: [21, 30, 37, 40],
  },
  { id: "-immersion", is: 'profile == "immersion"', zh: "浸没油", en: "immersion oil ", at: [33, 42, 46, 48] },
  { id: "-oil", is: 'driver == "bitdeer"', zh: "油", en: "oil ", at: [33, 39, 42, 45] },
  { id: "-microbt", is: 'driver == "microbt"', zh: "水", en: "water ", at: [25, 33, 37, 39] },
] as const;

/** One of four levels at a time: what is too hot is not told as hot as well. Cold is an alarm only while cooling runs. */
const temperatures = COOLANTS.flatMap(({ id, is, zh, en, at: [cold, cool, hot, tooHot] }) => [
  limit(
    {
      id: `supply-too-hot${id}`,
      condition: `${is} && supply_temp > ${tooHot}.0`,
      recovery: `supply_temp < ${tooHot - 1}.0`,
      level: "urgent",
      topic: "temperature",
      name: { zh: `${zh}供液温度过高`, en: `${en}supply much too hot` },
    },
    TEMPERATURES,
  ),
  limit(
    {
      id: `supply-hot${id}`,
      condition: `${is} && supply_temp > ${hot}.0 && supply_temp <= ${tooHot}.0`,
      recovery: `supply_temp < ${hot - 1}.0 || supply_temp > ${tooHot}.0`,
      level: "severe",
      topic: "temperature",
      name: { zh: `${zh}供液温度偏高`, en: `${en}supply too hot` },
    },
    TEMPERATURES,
  ),
  limit(
    {
      id: `supply-cold${id}`,
      condition: `${is} && cooling_running && supply_temp < ${cold}.0`,
      recovery: `supply_temp > ${cold + 1}.0 || !cooling_running`,
      level: "warning",
      topic: "temperature",
      name: { zh: `${zh}供液温度偏低`, en: `${en}supply too cold` },
    },
    TEMPERATURES,
  ),
  limit(
    {
      id: `supply-cool${id}`,
      condition: `${is} && cooling_running && supply_temp >= ${cold}.0 && supply_temp < ${cool}.0`,
      recovery: `supply_temp > ${cool + 1}.0 || supply_temp < ${cold}.0 || !cooling_running`,
      level: "info",
      topic: "temperature",
      name: { zh: `${zh}供液温度低于常值`, en: `${en}supply cooler than usual` },
    },
    TEMPERATURES,
  ),
]);

/** 2 and 2.3 bar below, 3.5 and 4 bar above; a loop that does not run has no pressure to speak of. */
const pressures = (
  [
    [
      "supply-pressure-very-low",
      "cooling_running && supply_pressure < 200.0",
      "supply_pressure > 215.0 || !cooling_running",
      "severe",
      "供液压力过低",
      "supply pressure far too low",
    ],
    [
      "supply-pressure-low",
      "cooling_running && supply_pressure >= 200.0 && supply_pressure < 230.0",
      "supply_pressure > 240.0 || supply_pressure < 200.0",
      "warning",
      "供液压力偏低",
      "supply pressure low",
    ],
    [
      "supply-pressure-high",
      "supply_pressure > 350.0 && supply_pressure <= 400.0",
      "supply_pressure < 340.0 || supply_pressure > 400.0",
      "warning",
      "供液压力偏高",
      "supply pressure high",
    ],
    [
      "supply-pressure-very-high",
      "supply_pressure > 400.0",
      "supply_pressure < 390.0",
      "severe",
      "供液压力过高",
      "supply pressure far too high",
    ],
    [
      "return-pressure-low",
      "cooling_running && return_pressure < 50.0",
      "return_pressure > 60.0 || !cooling_running",
      "severe",
      "回液压力低，请立即补液",
      "return pressure low: refill at once",
    ],
  ] as const
).map(([id, condition, recovery, level, zh, en]) =>
  limit({ id, condition, recovery, level, topic: "pressure", name: { zh, en } }, PRESSURES),
);

/** Each tank by itself: one that a container doesn't have, or that is off and tells 0, is no reason to keep an alarm. */
const tanks = ([1, 2] as const).flatMap((n) => {
  const [own, id] = [`tank${n}_pressure`, n === 1 ? "tank" : `tank${n}`];
  const rows: [id: string, condition: string, recovery: string, level: AlertLevel, zh: string, en: string][] = [
    [
      "very-low",
      `cooling_running && ${own} > 0.0 && ${own} < 200.0`,
      `${own} > 215.0 || !cooling_running`,
      "severe",
      "压力过低",
      "pressure far too low",
    ],
    [
      "low",
      `cooling_running && ${own} >= 200.0 && ${own} < 230.0`,
      `${own} > 240.0 || ${own} < 200.0 || !cooling_running`,
      "warning",
      "压力偏低",
      "pressure low",
    ],
    [
      "raised",
      `${own} > 350.0 && ${own} <= 400.0`,
      `${own} < 340.0 || ${own} > 400.0`,
      "warning",
      "压力偏高",
      "pressure high",
    ],
    ["high", `${own} > 400.0`, `${own} < 390.0`, "severe", "压力过高", "pressure far too high"],
  ];
  return rows.map(([what, condition, recovery, level, zh, en]) =>
    limit(
      {
        ...{ id: `${id}-pressure-${what}`, condition, recovery, level, topic: "pressure" },
        name: { zh: `${n} 号罐${zh}`, en: `tank ${n} ${en}` },
      },
      { zh: `${n} 号罐 {${own}} kPa`, en: `Tank ${n} at {${own}} kPa` },
    ),
  );
});

/** What shows in the measurements over hours and days. */
const finding = (code: string, level: AlertLevel, name: LocalText) =>
  packRule(`cooling-${code.replaceAll("_", "-")}`, {
    name,
    target: "cooling",
    condition: `"${code}" in findings`,
    level,
    labels: { topic: "finding" },
    title: title(name),
    text: {
      zh: "站点 {site_id}，散热 {heat_kw} kW，电功率 {power_kw} kW",
      en: "Site {site_id}, heat {heat_kw} kW, power {power_kw} kW",
    },
  });

/** Rules on cooling units; thresholds are those that makers of containers print. */
export const coolingRules = [
  fault("leak", "leak", "urgent", { zh: "漏液", en: "leak" }),
  fault("smoke", "smoke", "urgent", { zh: "烟雾", en: "smoke" }),
  fault("pump", "pump_fault", "urgent", { zh: "循环泵故障", en: "circulation pump fault" }),
  fault("power", "power_fault", "urgent", { zh: "供电故障", en: "power fault" }),
  fault("freezing", "freezing", "urgent", { zh: "防冻报警", en: "freezing" }),
  fault("level", "level_low", "severe", { zh: "液位低", en: "liquid level low" }),
  fault("fan", "fan_fault", "severe", { zh: "风机故障", en: "fan fault" }),
  fault("sensor", "sensor_fault", "warning", { zh: "传感器故障", en: "sensor fault" }),
  others("urgent", { zh: "紧急故障", en: "urgent fault" }),
  others("severe", { zh: "严重故障", en: "severe fault" }),
  others("warning", { zh: "警告", en: "warning" }),
  ...temperatures,
  ...pressures,
  ...tanks,
  limit(
    {
      id: "dew-point",
      condition: "dew_margin < 2.0",
      recovery: "dew_margin > 3.0",
      level: "severe",
      topic: "condensation",
      name: { zh: "接近露点，可能结露", en: "close to the dew point" },
    },
    { zh: "露点 {dew_point} °C，供液 {supply_temp} °C", en: "Dew point {dew_point} °C, supply {supply_temp} °C" },
  ),
  limit(
    {
      id: "no-flow",
      condition: "cooling_running && power_kw > 100.0 && supply_flow < 5.0",
      recovery: "supply_flow > 10.0 || power_kw < 100.0",
      level: "urgent",
      topic: "flow",
      name: { zh: "带载运行但几乎没有流量", en: "load without flow" },
    },
    { zh: "流量 {supply_flow} m³/h，功率 {power_kw} kW", en: "Flow {supply_flow} m³/h, power {power_kw} kW" },
  ),
  packRule("cooling-silent", {
    name: { zh: "冷却控制器离线", en: "Cooling controller offline" },
    target: "cooling",
    condition: "!cooling_online",
    for_s: 120,
    level: "severe",
    labels: { topic: "availability" },
    title: { zh: "冷却单元 {unit} 的控制器离线", en: "Controller of cooling unit {unit} is offline" },
    text: { zh: "站点 {site_id}，{host}：{failure}", en: "Site {site_id}, {host}: {failure}" },
  }),
  packRule("cooling-plc-lost", {
    name: { zh: "控制器与 PLC 断开", en: "Controller lost its PLC" },
    target: "cooling",
    condition: "cooling_online && !cooling_connected",
    for_s: 60,
    level: "urgent",
    labels: { topic: "availability" },
    title: title({ zh: "控制器与 PLC 断开，数值均为旧值", en: "the controller has lost its PLC, every value is old" }),
    text: { zh: "站点 {site_id}，{host}", en: "Site {site_id}, {host}" },
  }),
  finding("stuck_sensor", "warning", { zh: "传感器读数卡死", en: "a sensor is stuck" }),
  finding("slow_leak", "severe", { zh: "缓慢泄漏", en: "slow leak" }),
  finding("fouling", "warning", { zh: "换热器结垢或滤网堵塞", en: "fouling" }),
  finding("wrong_unit", "warning", {
    zh: "热量与电功率不符，单位可能有误",
    en: "heat and power disagree: a wrong unit?",
  }),
];
