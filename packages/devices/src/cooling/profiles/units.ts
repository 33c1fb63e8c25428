import { COOLING_FIGURES, isCoolingFigure } from "@banksman/wire/model";

type Conversion = { to: string; times: number; plus?: number };

/** Units that controllers write, and how to get from each to the one of the record: times, then plus. */
const CONVERSIONS = {
  "°C": { to: "°C", times: 1 },
  "°F": { to: "°C", times: 5 / 9, plus: -160 / 9 },
  K: { to: "°C", times: 1, plus: -273.15 },
  kPa: { to: "kPa", times: 1 },
  Pa: { to: "kPa", times: 0.001 },
  MPa: { to: "kPa", times: 1_000 },
  bar: { to: "kPa", times: 100 },
  mbar: { to: "kPa", times: 0.1 },
  psi: { to: "kPa", times: 6.894_757 },
  "m³/h": { to: "m³/h", times: 1 },
  "L/min": { to: "m³/h", times: 0.06 },
  "L/s": { to: "m³/h", times: 3.6 },
  gpm: { to: "m³/h", times: 0.227_124_7 },
  W: { to: "W", times: 1 },
  kW: { to: "W", times: 1_000 },
  MW: { to: "W", times: 1_000_000 },
  kWh: { to: "kWh", times: 1 },
  Wh: { to: "kWh", times: 0.001 },
  MWh: { to: "kWh", times: 1_000 },
  V: { to: "V", times: 1 },
  kV: { to: "V", times: 1_000 },
  A: { to: "A", times: 1 },
  mA: { to: "A", times: 0.001 },
  Hz: { to: "Hz", times: 1 },
  "%": { to: "%", times: 1 },
  share: { to: "%", times: 100 },
  "µS/cm": { to: "µS/cm", times: 1 },
  "mS/cm": { to: "µS/cm", times: 1_000 },
  pH: { to: "pH", times: 1 },
  "m³": { to: "m³", times: 1 },
  L: { to: "m³", times: 0.001 },
  "°": { to: "°", times: 1 },
} as const satisfies Record<string, Conversion>;
export type UnitName = keyof typeof CONVERSIONS;

const isUnit = (name: string): name is UnitName => Object.hasOwn(CONVERSIONS, name);
export const UNITS = Object.keys(CONVERSIONS).filter(isUnit);

/** Whether a figure of the record can be written in this unit. */
export const fitsFigure = (unit: UnitName, figure: string): boolean =>
  isCoolingFigure(figure) && COOLING_FIGURES[figure].unit === CONVERSIONS[unit].to;

/** A figure in a controller's unit, in that of the record. */
export function fromUnit(value: number, unit: UnitName): number {
  const { times, plus = 0 }: Conversion = CONVERSIONS[unit];
  return value * times + plus;
}
