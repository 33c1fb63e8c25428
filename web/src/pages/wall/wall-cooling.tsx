import { type CoolingOverview, ListCoolingUnits } from "@banksman/wire/api";
import { useRoute } from "../../api/query.ts";
import { classNames } from "../../components/class-names.ts";
import { LevelGlyph } from "../../components/level-pill.tsx";
import { number, power } from "../../format/format.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { useSession } from "../../shell/session.tsx";
import { coolingFigure } from "../cooling/cooling-names.ts";
import { CoolingTrendPanel } from "../cooling/cooling-trend.tsx";
import { CoolingStateBadge } from "../cooling/state-badge.tsx";
import { unitName, unitsFor } from "../cooling/units-for.ts";
import { COOLING_EVERY_MS, MOST_ALERTS, useUnitAlerts } from "../cooling/use-cooling.ts";
import { WallFigure } from "./wall-figure.tsx";

/** From here on tiles are small, so that all of 150 have room. */
const MANY = 80;
const NOTHING = { text: "–", unit: "" };

/** All cooling units: their sums, a day of heat, and each as a small tile, the worst first. */
export function WallCooling({ overview }: { overview: CoolingOverview | undefined }) {
  const { t, lang } = useLang();
  const { canAtSites } = useSession();
  const { data } = useRoute(ListCoolingUnits, { query: {} }, { every: COOLING_EVERY_MS, keep: true });
  const alerts = useUnitAlerts(null);
  const units = unitsFor(data?.units ?? [], "", alerts);
  const watts = (kw: number | null | undefined) => (typeof kw === "number" ? kw * 1_000 : null);
  return (
    <div className="bm-wall-view">
      <div className="bm-wall-figures">
        <WallFigure
          hero
          label={t("cooling.online")}
          figure={{ text: number(overview?.by_state.online), unit: "" }}
          context={t("cooling.ofUnits", { total: number(overview?.units) })}
        />
        <WallFigure label={t("cooling.heat")} figure={power(watts(overview?.heat_kw), "site")} />
        <WallFigure label={t("cooling.power")} figure={power(watts(overview?.power_kw), "site")} />
        <WallFigure
          label={t("cooling.pue")}
          figure={overview ? { text: number(overview.pue, 3), unit: "" } : NOTHING}
        />
        {canAtSites("alert.read") ? (
          <WallFigure
            label={t("wall.alerts")}
            figure={{ text: `${number(alerts.length)}${alerts.length < MOST_ALERTS ? "" : "+"}`, unit: "" }}
            loud={alerts.length > 0}
          />
        ) : null}
      </div>
      <CoolingTrendPanel siteId={null} untouched />
      <ul className={classNames("bm-wall-units", units.length > MANY && "bm-wall-many")}>
        {units.map((unit) => {
          const [worst] = unit.troubles;
          const supply = unit.values["supply.temp"]?.value;
          return (
            <li
              key={`${unit.site_id} ${unit.host}`}
              className={classNames(
                "bm-unit-tile",
                worst && `bm-unit-${worst.level}`,
                unit.state !== "online" && "bm-is-late",
              )}
            >
              <CoolingStateBadge state={unit.state} plain />
              <b className="bm-wall-name">
                <bdi>{unitName(unit)}</bdi>
              </b>
              <span className="bm-number">
                {coolingFigure("supply.temp", typeof supply === "number" ? supply : null).text}
              </span>
              {worst ? (
                <>
                  <LevelGlyph level={worst.level} />
                  <span className="bm-spoken">{worst.words[lang]}</span>
                </>
              ) : null}
            </li>
          );
        })}
      </ul>
    </div>
  );
}
