import type { CoolingFigure, CoolingRecord } from "./cooling.ts";

/** What is not measured at a cooling unit but follows from what is, with its unit. */
export const COOLING_DERIVED = {
  /** How much warmer the coolant comes back. */
  delta_t: "K",
  /** Heat that the coolant carries off. */
  heat: "kW",
  /** Electrical power of the whole container. */
  power: "kW",
  /** Power of the whole ÷ power without cooling. */
  pue: "",
  dew_point: "°C",
  /** How far the coolant is above the dew point of the air inside: below 0, water forms on the pipes. */
  dew_margin: "K",
  /** Supply above the wet-bulb temperature outside, which no cooling tower can go below. */
  approach_wet: "K",
  /** Supply above the air outside, which no dry cooler can go below. */
  approach_dry: "K",
  /** Pressure that the loop through the miners takes. */
  pressure_drop: "kPa",
  /** Heat in the coolant ÷ electrical power: near 1 where both are measured right. */
  heat_balance: "",
} as const;
export type CoolingDerivedName = keyof typeof COOLING_DERIVED;
export type CoolingDerived = Record<CoolingDerivedName, number | null>;

/** What is typed of a unit because its controller can't know it. */
export type CoolingTyped = {
  /** Ethylene glycol in the coolant, percent by volume; null where nobody said, and then it is taken for water. */
  glycolPercent: number | null;
  /** Power of pumps and fans where no meter tells it, kW. */
  auxiliaryKw: number | null;
};
export const NOTHING_TYPED: CoolingTyped = { glycolPercent: null, auxiliaryKw: null };

/** Ethylene glycol in water near 38 °C by volume percent: density as ASHRAE's Fundamentals print it, kg/m³ … */
const DENSITIES = [993, 1008, 1024, 1039, 1053, 1066, 1078];
/** … and specific heat as makers of coolants print it for theirs, kJ/(kg·K), which differ by about 2 %. */
const SPECIFIC_HEATS = [4.18, 4.07, 3.95, 3.8, 3.63, 3.45, 3.26];

function interpolated(table: readonly number[], percent: number): number {
  const place = Math.min(Math.max(percent / 10, 0), table.length - 1);
  const below = Math.floor(place);
  const [low = Number.NaN, high = low] = [table[below], table[below + 1]];
  return low + (high - low) * (place - below);
}

/** Heat that a cubic metre of coolant takes up for each kelvin, kJ/(m³·K): density times specific heat at 38 °C. */
export const volumetricHeat = (glycolPercent: number): number =>
  interpolated(DENSITIES, glycolPercent) * interpolated(SPECIFIC_HEATS, glycolPercent);

/** Heat in kW that a flow in m³/h carries off when it warms up by `deltaT` kelvin. */
export const heatKw = (flowM3h: number, deltaT: number, glycolPercent: number): number =>
  (flowM3h / 3_600) * volumetricHeat(glycolPercent) * deltaT;

/** Magnus' formula with the coefficients of Alduchov and Eskridge (1996), good to 0.4 K from -40 to 50 °C. */
const MAGNUS = { a: 17.625, b: 243.04 };

/** Dew point in °C of air at `celsius` with `humidity` % relative humidity; null where there is no water to speak of. */
export function dewPoint(celsius: number, humidity: number): number | null {
  if (humidity < 1 || humidity > 100) return null;
  const gamma = Math.log(humidity / 100) + (MAGNUS.a * celsius) / (MAGNUS.b + celsius);
  return (MAGNUS.b * gamma) / (MAGNUS.a - gamma);
}

/** Wet-bulb temperature in °C after Stull (2011): at sea level, 5–99 % humidity, -20 to 50 °C, good to 1 K; null elsewhere. */
export function wetBulb(celsius: number, humidity: number): number | null {
  if (humidity < 5 || humidity > 99 || celsius < -20 || celsius > 50) return null;
  return (
    celsius * Math.atan(0.151977 * Math.sqrt(humidity + 8.313659)) +
    Math.atan(celsius + humidity) -
    Math.atan(humidity - 1.676331) +
    0.00391838 * humidity ** 1.5 * Math.atan(0.023101 * humidity) -
    4.686035
  );
}

/** Two figures together, or null where one is missing. */
const both = (a: number | null, b: number | null, join: (a: number, b: number) => number | null): number | null =>
  a === null || b === null ? null : join(a, b);

/** Below this a container idles, and a ratio of two small figures says nothing. */
const LEAST_KW = 20;

/**
 * Everything that follows from a record. A figure counts only where its quality is `good`: what rests on one that is
 * missing, doubtful or stale is null.
 */
export function deriveCooling(
  { connected, values }: Pick<CoolingRecord, "connected" | "values">,
  { glycolPercent, auxiliaryKw }: CoolingTyped = NOTHING_TYPED,
): CoolingDerived {
  const figure = (name: CoolingFigure): number | null => {
    const told = values[name];
    return connected && told?.quality === "good" && typeof told.value === "number" ? told.value : null;
  };
  const [supply, outside, inside] = [figure("supply.temp"), figure("outside.temp"), figure("ambient.temp")];
  const deltaT = both(figure("return.temp"), supply, (back, there) => back - there);
  const glycol = figure("coolant.glycol") ?? glycolPercent ?? 0;
  const heat = both(figure("supply.flow"), deltaT, (flow, kelvin) => heatKw(flow, kelvin, glycol));
  const power = powerKw(figure, values);
  const cooling = kilowatts(figure("power.cooling")) ?? auxiliaryKw;
  const dew = figure("dewpoint.temp") ?? both(inside, figure("ambient.humidity"), dewPoint);
  const wet = both(outside, figure("outside.humidity"), wetBulb);
  return {
    delta_t: deltaT,
    heat,
    power,
    pue: both(power, cooling, (all, own) => (all - own < LEAST_KW ? null : all / (all - own))),
    dew_point: dew,
    dew_margin: both(supply, dew, (liquid, point) => liquid - point),
    approach_wet: both(supply, wet, (liquid, bulb) => liquid - bulb),
    approach_dry: both(supply, outside, (liquid, air) => liquid - air),
    pressure_drop: both(figure("supply.pressure"), figure("return.pressure"), (there, back) => there - back),
    heat_balance: both(heat, power, (carried, drawn) => (drawn < LEAST_KW ? null : carried / drawn)),
  };
}

const kilowatts = (watts: number | null): number | null => (watts === null ? null : watts / 1_000);

/** The meter of the whole; else the distribution boxes together, all of those that the container has. */
function powerKw(figure: (name: CoolingFigure) => number | null, values: CoolingRecord["values"]): number | null {
  const total = figure("power.total");
  if (total !== null) return total / 1_000;
  const boxes = (["power.box1", "power.box2"] as const).filter((name) => name in values).map(figure);
  if (boxes.length === 0) return null;
  return boxes.reduce((sum, watts) => both(sum, watts, (a, b) => a + b / 1_000), 0);
}
