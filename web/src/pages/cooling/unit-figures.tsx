import type { CoolingUnit } from "@banksman/wire/api";
import type { CoolingDerivedName } from "@banksman/wire/model";
import { StatTile } from "../../components/stat-tile.tsx";
import { hashrate, number, percent } from "../../format/format.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { coolingFigure, coolingName } from "./cooling-names.ts";

/** What follows from a unit's values, at a glance. */
export function UnitFigures({ unit }: { unit: CoolingUnit }) {
  const { t, lang } = useLang();
  const { derived } = unit;
  const isLate = unit.state !== "online";
  const tile = (name: CoolingDerivedName, context?: string) => (
    <StatTile
      key={name}
      label={coolingName(`derived.${name}`, lang)}
      figure={coolingFigure(`derived.${name}`, derived[name])}
      exact={derived[name]}
      late={isLate}
      {...(context === undefined ? {} : { context })}
    />
  );
  const known = (name: CoolingDerivedName, label = coolingName(`derived.${name}`, lang)) => {
    const figure = coolingFigure(`derived.${name}`, derived[name]);
    return derived[name] == null ? "\u00a0" : `${label} ${figure.text} ${figure.unit}`;
  };
  const approach = derived.approach_wet == null ? "approach_dry" : "approach_wet";
  return (
    <div className="bm-tiles bm-cooling-tiles">
      {tile("heat", known("delta_t"))}
      {tile(
        "power",
        derived.heat_balance == null
          ? "\u00a0"
          : `${coolingName("derived.heat_balance", lang)} ${percent(derived.heat_balance)}`,
      )}
      {tile("pue")}
      {tile("dew_margin", known("dew_point"))}
      {tile(approach)}
      <StatTile
        label={t("cooling.waterUse")}
        figure={{ text: number(unit.water_l_per_kwh, 2), unit: "L/kWh" }}
        exact={unit.water_l_per_kwh}
        late={isLate}
      />
      <StatTile
        label={t("cooling.hashrate")}
        figure={hashrate(unit.hashrate_ghs, "site")}
        exact={unit.hashrate_ghs}
        late={isLate}
        context={unit.miners === null ? "\u00a0" : t("cooling.minersInside", { count: unit.miners })}
      />
    </div>
  );
}
