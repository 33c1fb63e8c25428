import type { Fault } from "@banksman/wire/model";

/** One hour of a unit: what each figure was at least, on average and at most. */
export type Hour = { at: number; figures: ReadonlyMap<string, { least: number; mean: number; most: number }> };

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Below this a container idles, and a ratio of two small figures says nothing. */
const LOADED_KW = 50;

const meanOf = ({ figures }: Hour, name: string): number | null => figures.get(name)?.mean ?? null;
const median = (list: readonly number[]): number =>
  list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? Number.NaN;
const since = (hours: readonly Hour[], now: number, ms: number) => hours.filter(({ at }) => at >= now - ms && at < now);

/** What two units that are taken for each other differ by, as it shows in heat ÷ power. */
const MIXED_UP = [
  { factor: 60 / 3.6, en: "flow in L/min told as m³/h", zh: "流量单位应为 L/min 而非 m³/h" },
  { factor: 3.6 / 60, en: "flow in m³/h told as L/min", zh: "流量单位应为 m³/h 而非 L/min" },
  { factor: 1 / 3.6, en: "flow in L/s told as m³/h", zh: "流量单位应为 L/s 而非 m³/h" },
  { factor: 4.4, en: "flow in US gallons a minute told as m³/h", zh: "流量单位应为加仑每分钟而非 m³/h" },
  { factor: 1_000, en: "power in kW told as W", zh: "功率单位应为 kW 而非 W" },
  { factor: 1 / 1_000, en: "power in W told as kW", zh: "功率单位应为 W 而非 kW" },
  { factor: 1.8, en: "temperatures in °F told as °C", zh: "温度单位应为 °F 而非 °C" },
] as const;

/**
 * Heat in the coolant against electrical power over six hours: nearly all that goes into a container leaves it by the
 * coolant, whatever the weather. Far from 1 one of them is told in another unit than it is taken for.
 */
export function wrongUnit(hours: readonly Hour[], now: number): Fault | null {
  const ratios = since(hours, now, 6 * HOUR_MS).flatMap((hour) => {
    const [heat, power] = [meanOf(hour, "derived.heat"), meanOf(hour, "derived.power")];
    // Power itself may be what is told in the wrong unit: a load of either kind counts.
    return heat !== null && power !== null && power > 0 && Math.max(heat, power) >= LOADED_KW ? [heat / power] : [];
  });
  if (ratios.length < 4) return null;
  const ratio = median(ratios);
  // Down to a half may be a box that gives heat to the air as well; up to one and a half, a meter of half a box.
  if (ratio > 0.5 && ratio < 1.5) return null;
  const like = MIXED_UP.find(({ factor }) => ratio > 0 && Math.abs(Math.log(ratio / factor)) < 0.25);
  if (!like) return null;
  const told = ratio.toPrecision(2);
  return finding(
    "wrong_unit",
    `heat is ${told} times the power: ${like.en}?`,
    `热量为电功率的 ${told} 倍：${like.zh}？`,
  );
}

/** Sensors that can stand still while the plant moves, and by what else moves it is known that it does. */
const SENSORS = [
  "supply.temp",
  "return.temp",
  "ambient.temp",
  "ambient.humidity",
  "tower.inletTemp",
  "outside.temp",
] as const;
const MOVERS: Readonly<Record<string, number>> = {
  "supply.temp": 1,
  "return.temp": 1,
  "ambient.temp": 1.5,
  "ambient.humidity": 6,
  "tower.inletTemp": 1.5,
  "outside.temp": 1.5,
};

/** A sensor that told one and the same figure for twelve hours, to its last digit, while at least two others moved. */
export function stuckSensor(hours: readonly Hour[], now: number): Fault | null {
  const window = since(hours, now, 12 * HOUR_MS);
  if (window.length < 11) return null;
  const spans = new Map<string, number>();
  for (const name of SENSORS) {
    const told = window.flatMap(({ figures }) => figures.get(name) ?? []);
    if (told.length < 11) continue;
    spans.set(name, Math.max(...told.map(({ most }) => most)) - Math.min(...told.map(({ least }) => least)));
  }
  const powers = window.flatMap((hour) => meanOf(hour, "derived.power") ?? []);
  const isLoadMoving = powers.length >= 11 && Math.max(...powers) - Math.min(...powers) > 0.02 * median(powers);
  const stuck = [...spans].filter(([, span]) => span === 0).map(([name]) => name);
  const moving = [...spans].filter(([name, span]) => span >= (MOVERS[name] ?? Number.POSITIVE_INFINITY)).length;
  if (stuck.length === 0 || moving + (isLoadMoving ? 1 : 0) < 2) return null;
  const names = stuck.join(", ");
  return finding("stuck_sensor", `${names}: the same figure for 12 hours`, `${names}：12 小时读数未变`);
}

/** A straight line through points: what it falls by over their span, and how much of their spread it explains. */
function fall(points: readonly { at: number; value: number }[]): { by: number; explains: number } {
  const n = points.length;
  const [x, y] = [
    points.reduce((sum, { at }) => sum + at, 0) / n,
    points.reduce((sum, { value }) => sum + value, 0) / n,
  ];
  let [xx, xy, yy] = [0, 0, 0];
  for (const { at, value } of points) {
    xx += (at - x) ** 2;
    xy += (at - x) * (value - y);
    yy += (value - y) ** 2;
  }
  const span = (points.at(-1)?.at ?? 0) - (points[0]?.at ?? 0);
  return { by: xx === 0 ? 0 : (-xy / xx) * span, explains: xx === 0 || yy === 0 ? 0 : (xy * xy) / (xx * yy) };
}

/** What a leak lets fall, and by how much within three days at least. */
const LEAK_SIGNS = [
  ["return.pressure", 8],
  ["tank.level.a", 5],
  ["tank.level.b", 5],
  ["tank.level.c", 5],
  ["tank.level.d", 5],
] as const;

/** The mean of the day before each point: what day and night do to it is gone. */
function overADay(points: readonly { at: number; value: number }[]): { at: number; value: number }[] {
  return points.flatMap(({ at }) => {
    const day = points.filter((one) => one.at > at - DAY_MS && one.at <= at);
    return day.length < 22 ? [] : [{ at, value: day.reduce((sum, { value }) => sum + value, 0) / day.length }];
  });
}

/**
 * A level, or the pressure at the pump's inlet, whose daily mean falls steadily for three days. A stop or a refill lets it
 * jump, which is no straight line.
 */
export function slowLeak(hours: readonly Hour[], now: number): Fault | null {
  const window = since(hours, now, 4 * DAY_MS);
  for (const [name, least] of LEAK_SIGNS) {
    const told = window.flatMap((hour) => {
      const value = meanOf(hour, name);
      return value === null ? [] : [{ at: hour.at, value }];
    });
    const points = overADay(told);
    if (points.length < 60) continue;
    const { by, explains } = fall(points);
    if (by >= least && explains >= 0.96)
      return finding(
        "slow_leak",
        `${name} fell by ${by.toFixed(1)} in three days`,
        `${name} 三天内下降 ${by.toFixed(1)}`,
      );
  }
  return null;
}

/** What these look at. */
export const FINDING_FIGURES: readonly string[] = [
  ...SENSORS,
  ...LEAK_SIGNS.map(([name]) => name),
  "supply.flow",
  "drycooler.freq",
  "derived.heat",
  "derived.power",
  "derived.pressure_drop",
];

/** Days that are compared must be alike: within so many kelvin outside. */
const LIKE_K = 4;

type Day = { at: number; tower: number | null; outside: number | null; loop: number | null };

/** How well the tower gives heat away for each hertz and kelvin, and how hard the loop is to push through, day by day. */
function daysOf(hours: readonly Hour[]): Day[] {
  const byDay = new Map<number, Hour[]>();
  for (const hour of hours) {
    const day = Math.floor(hour.at / DAY_MS) * DAY_MS;
    byDay.set(day, [...(byDay.get(day) ?? []), hour]);
  }
  return [...byDay]
    .map(([at, own]) => {
      const outside = own.flatMap((hour) => meanOf(hour, "outside.temp") ?? meanOf(hour, "tower.inletTemp") ?? []);
      const tower = own.flatMap((hour) => {
        const sink = meanOf(hour, "outside.temp") ?? meanOf(hour, "tower.inletTemp");
        const [back, hertz] = [meanOf(hour, "return.temp"), meanOf(hour, "drycooler.freq")];
        const load = meanOf(hour, "derived.heat") ?? meanOf(hour, "derived.power");
        if (sink === null || back === null || hertz === null || load === null) return [];
        return load >= LOADED_KW && hertz >= 5 && back - sink >= 8 ? [load / (hertz * (back - sink))] : [];
      });
      const loop = own.flatMap((hour) => {
        const [drop, flow] = [meanOf(hour, "derived.pressure_drop"), meanOf(hour, "supply.flow")];
        return drop !== null && flow !== null && flow >= 10 ? [drop / flow ** 2] : [];
      });
      const most = (list: readonly number[], least: number) => (list.length >= least ? median(list) : null);
      return { at, tower: most(tower, 6), outside: most(outside, 6), loop: most(loop, 12) };
    })
    .toSorted((a, b) => a.at - b.at);
}

/**
 * The last three days against like ones two to eight weeks before. A dry cooler that takes a third more for the same heat is
 * dirty; a loop that takes a third more pressure for the same flow is clogging. On and off fans do not tell how hard a tower
 * works: of those only the loop is judged.
 */
export function fouling(hours: readonly Hour[], now: number): Fault | null {
  const days = daysOf(since(hours, now, 57 * DAY_MS));
  const late = days.filter(({ at }) => at >= now - 4 * DAY_MS);
  const before = days.filter(({ at }) => at < now - 14 * DAY_MS);
  const outside = late.flatMap((day) => day.outside ?? []);
  const like = before.filter((day) => day.outside !== null && Math.abs(day.outside - median(outside)) <= LIKE_K);
  const ratio = (now: readonly Day[], then: readonly Day[], of: (day: Day) => number | null): number | null => {
    const [a, b] = [now.flatMap((day) => of(day) ?? []), then.flatMap((day) => of(day) ?? [])];
    return a.length >= 3 && b.length >= 5 ? median(a) / median(b) : null;
  };
  const tower = ratio(late, like, ({ tower: figure }) => figure);
  if (tower !== null && tower < 0.72)
    return finding(
      "fouling",
      `the dry cooler gives away ${percent(1 - tower)} less than weeks ago`,
      `干冷器散热能力比数周前低 ${percent(1 - tower)}`,
    );
  const loop = ratio(late, before, ({ loop: figure }) => figure);
  if (loop !== null && loop > 1.35)
    return finding(
      "fouling",
      `the loop resists ${percent(loop - 1)} more than weeks ago`,
      `回路阻力比数周前高 ${percent(loop - 1)}`,
    );
  return null;
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;

const ADVICE: Readonly<Record<string, readonly [en: string, zh: string]>> = {
  wrong_unit: ["Check the units of flow and power at the controller", "核对控制器的流量与功率单位"],
  stuck_sensor: ["Check the sensor and its wiring", "检查传感器与接线"],
  slow_leak: ["Look for the leak, then refill", "查找泄漏点并补液"],
  fouling: ["Clean the cooler and the filter", "清洗冷却器与滤网"],
};

function finding(code: keyof typeof ADVICE & string, text: string, text_zh: string): Fault {
  const [advice, advice_zh] = ADVICE[code] ?? ["", ""];
  return { code, level: code === "slow_leak" ? "severe" : "warning", text, text_zh, advice, advice_zh };
}

/** Everything that shows in the measurements of a unit, by its hours of the last eight weeks, oldest first. */
export const findingsAt = (hours: readonly Hour[], now: number): Fault[] =>
  [wrongUnit, stuckSensor, slowLeak, fouling].flatMap((look) => look(hours, now) ?? []);
