import type { CoolingFigure } from "@banksman/wire/model";

/**
 * How fast a figure can change, a minute: what masses and pipes allow, with room. A loop of 3 m³ that takes up a megawatt
 * and gives nothing away gains 5 K a minute; water that stood hot in a pipe passes a sensor faster than that. What a
 * switch or a breaker changes at once, flows, pressures, power and current, has no limit here.
 */
const LIQUID = 15;
const AIR = 10;
const LEVEL = 25;

export const FASTEST_PER_MINUTE: Partial<Record<CoolingFigure, number>> = {
  "supply.temp": LIQUID,
  "return.temp": LIQUID,
  "secondary.supply.temp1": LIQUID,
  "secondary.supply.temp2": LIQUID,
  "secondary.return.temp1": LIQUID,
  "secondary.return.temp2": LIQUID,
  "tank1.oil.hot": LIQUID,
  "tank1.oil.cold": LIQUID,
  "tank2.oil.hot": LIQUID,
  "tank2.oil.cold": LIQUID,
  "tank1.water.hot": LIQUID,
  "tank1.water.cold": LIQUID,
  "tank2.water.hot": LIQUID,
  "tank2.water.cold": LIQUID,
  "tower.inletTemp": AIR,
  "ambient.temp": AIR,
  "outside.temp": AIR,
  "dewpoint.temp": AIR,
  "pdbox.temp": AIR,
  "ups.temp": AIR,
  "ambient.humidity": 30,
  "pdbox.humidity": 30,
  "tank.level.a": LEVEL,
  "tank.level.b": LEVEL,
  "tank.level.c": LEVEL,
  "tank.level.d": LEVEL,
  "ups.battery": 10,
  "coolant.ph": 1,
  "coolant.glycol": 5,
  "coolant.conductivity": 500,
  "energy.a": 100,
  "energy.b": 100,
  "water.used": 5,
};

/** Never less than a look apart: what changed between two looks close together changed within one. */
const LEAST_MINUTES = 1;

/** Whether a figure can have come from `before` to `value` in that time. */
export function canChange(name: CoolingFigure, before: number, value: number, minutes: number): boolean {
  const most = FASTEST_PER_MINUTE[name];
  return most === undefined || Math.abs(value - before) <= most * Math.max(LEAST_MINUTES, minutes);
}
