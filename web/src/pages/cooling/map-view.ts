import type { CoolingState, CoolingUnitRow } from "@banksman/wire/api";
import { WORST_STATES } from "./units-for.ts";

type Placed = Pick<CoolingUnitRow, "site_id" | "state" | "longitude" | "latitude" | "derived">;

/** One mark of the map: a site, where its units are on average. */
export type Mark = {
  site_id: string;
  longitude: number;
  latitude: number;
  state: CoolingState;
  units: number;
  heatKw: number;
};

/** Sites with units that say where they are, each with its worst state and all its heat. */
export function marksOf(units: readonly Placed[]): Mark[] {
  const placed = units.flatMap(({ longitude, latitude, ...unit }) =>
    longitude === null || latitude === null ? [] : [{ ...unit, longitude, latitude }],
  );
  return [...Map.groupBy(placed, ({ site_id }) => site_id)].map(([site_id, members]) => {
    const mean = (pick: (one: (typeof members)[number]) => number) =>
      members.reduce((sum, one) => sum + pick(one), 0) / members.length;
    const worst = Math.min(...members.map(({ state }) => WORST_STATES.indexOf(state)));
    return {
      site_id,
      longitude: mean(({ longitude }) => longitude),
      latitude: mean(({ latitude }) => latitude),
      state: WORST_STATES[worst] ?? "new",
      units: members.length,
      heatKw: members.reduce((sum, { derived }) => sum + (derived.heat ?? 0), 0),
    };
  });
}

/** A window onto the map, in degrees; a degree of longitude is `squeeze` as wide as one of latitude. */
export type Window = { west: number; east: number; south: number; north: number; squeeze: number };

/** So wide at least: a single site shows its part of the world, not a blank. */
const LEAST_DEGREES = 44;
const MARGIN = 0.25;

/** The window around all marks with the shape `aspect` (width ÷ height); the inhabited world without any. */
export function windowOf(marks: readonly Pick<Mark, "longitude" | "latitude">[], aspect: number): Window {
  if (marks.length === 0) return { west: -180, east: 180, south: -58, north: 78, squeeze: 1 };
  const bounds = (values: number[]) => {
    const [least, most] = [Math.min(...values), Math.max(...values)];
    return { middle: (least + most) / 2, span: Math.max(LEAST_DEGREES, (most - least) * (1 + 2 * MARGIN)) };
  };
  const wide = bounds(marks.map(({ longitude }) => longitude));
  const high = bounds(marks.map(({ latitude }) => latitude));
  const squeeze = Math.max(0.2, Math.cos((high.middle * Math.PI) / 180));
  const height = Math.max(high.span, (wide.span * squeeze) / aspect);
  const width = (height * aspect) / squeeze;
  return {
    west: wide.middle - width / 2,
    east: wide.middle + width / 2,
    south: high.middle - height / 2,
    north: high.middle + height / 2,
    squeeze,
  };
}

/** Where a place lies in a window of `width` × `height` pixels. */
export const placeIn = (
  { west, east, south, north }: Window,
  { longitude, latitude }: { longitude: number; latitude: number },
  width: number,
  height: number,
): { x: number; y: number } => ({
  x: ((longitude - west) / (east - west)) * width,
  y: ((north - latitude) / (north - south)) * height,
});
