import type { CoolingTyped } from "@banksman/wire/model";

/** What a person typed of a unit, for what is derived. */
export const typedOf = (unit: { glycol_percent: number | null; auxiliary_kw: number | null }): CoolingTyped => ({
  glycolPercent: unit.glycol_percent,
  auxiliaryKw: unit.auxiliary_kw,
});
