import type { CoolingOverview, CoolingState } from "@banksman/wire/api";
import type { AlertLevel } from "@banksman/wire/model";
import { tidy } from "../fleet/rows.ts";
import type { FaultRow, UnitState } from "./read-store.ts";
import { derivedOf, minersOf, recordOf, stateOf } from "./rows.ts";

const NO_STATES: Record<CoolingState, number> = { online: 0, lost: 0, failing: 0, silent: 0, new: 0, off: 0 };
const NO_FAULTS: Record<AlertLevel, number> = { urgent: 0, severe: 0, warning: 0, info: 0 };

/** The sum of what is told; null where nobody tells. */
function sum(figures: readonly (number | null | undefined)[]): number | null {
  const told = figures.filter((figure) => typeof figure === "number");
  return told.length === 0 ? null : tidy(told.reduce((total, figure) => total + figure, 0));
}

function byLevel(faults: readonly FaultRow[]): Record<AlertLevel, number> {
  const counts = { ...NO_FAULTS };
  for (const { fault } of faults) counts[fault.level] += 1;
  return counts;
}

/** Sums over units. Figures of a unit that is not online are old, and are left out. */
export function overviewOf(
  units: readonly UnitState[],
  standing: readonly FaultRow[],
  water: readonly { unit_no: number; litres: number; heat_kwh: number }[],
  nowMs: number,
): CoolingOverview {
  const numbers = new Set(units.map(({ unit_no }) => unit_no));
  const faults = standing.filter(({ unit_no }) => numbers.has(unit_no));
  const seen = units.map((unit) => {
    const record = recordOf(unit);
    const state = stateOf(unit, record?.connected ?? null, nowMs);
    return { unit, state, miners: minersOf(unit, nowMs), derived: state === "online" ? derivedOf(unit) : null };
  });
  const states = { ...NO_STATES };
  for (const { state } of seen) states[state] += 1;
  const used = water.filter(({ unit_no }) => numbers.has(unit_no));
  const [litres, heatKwh] = [sum(used.map((one) => one.litres)), sum(used.map((one) => one.heat_kwh))];
  const newest = Math.max(...units.map(({ at }) => at?.getTime() ?? Number.NEGATIVE_INFINITY));
  return {
    units: units.length,
    by_state: states,
    heat_kw: sum(seen.map(({ derived }) => derived?.heat)),
    power_kw: sum(seen.map(({ derived }) => derived?.power)),
    heat_units: seen.filter(({ derived }) => typeof derived?.heat === "number").length,
    power_units: seen.filter(({ derived }) => typeof derived?.power === "number").length,
    pue: pueOf(seen.flatMap(({ derived }) => derived ?? [])),
    hashrate_ghs: sum(seen.map(({ state, miners }) => (state === "online" ? miners.hashrate_ghs : null))),
    miners: sum(seen.map(({ miners }) => miners.count)),
    water_l_per_kwh: litres === null || heatKwh === null ? null : tidy(litres / heatKwh),
    faults: byLevel(faults),
    units_with_faults: new Set(faults.map(({ unit_no }) => unit_no)).size,
    newest_at: Number.isFinite(newest) ? new Date(newest).toISOString() : null,
    sites: [...new Set(units.map(({ site_id }) => site_id))].map((siteId) => {
      const own = seen.filter(({ unit }) => unit.site_id === siteId);
      const ownNumbers = new Set(own.map(({ unit }) => unit.unit_no));
      return {
        site_id: siteId,
        region: own[0]?.unit.region ?? null,
        units: own.length,
        online: own.filter(({ state }) => state === "online").length,
        heat_kw: sum(own.map(({ derived }) => derived?.heat)),
        power_kw: sum(own.map(({ derived }) => derived?.power)),
        faults: byLevel(faults.filter(({ unit_no }) => ownNumbers.has(unit_no))),
      };
    }),
  };
}

/** Of all units together: the whole power over the power without cooling. */
function pueOf(derived: readonly { power: number | null; pue: number | null }[]): number | null {
  const known = derived.flatMap(({ power, pue }) => (power !== null && pue !== null ? [{ power, pue }] : []));
  const whole = sum(known.map(({ power }) => power));
  const without = sum(known.map(({ power, pue }) => power / pue));
  return whole === null || without === null || without === 0 ? null : tidy(whole / without);
}
