import { memo } from "react";
import { Link } from "react-router";
import { Age } from "../../components/age.tsx";
import { classNames } from "../../components/class-names.ts";
import { LevelGlyph } from "../../components/level-pill.tsx";
import { Panel } from "../../components/panel.tsx";
import { UnitValue } from "../../components/unit-value.tsx";
import { useLang } from "../../hooks/use-lang.ts";
import { useSiteName, useSites } from "../../shell/use-current-site.ts";
import { coolingFigure } from "./cooling-names.ts";
import { failureWords } from "./failure-words.ts";
import { CoolingStateBadge } from "./state-badge.tsx";
import { type ShownUnit, unitName, unitPath } from "./units-for.ts";

/** How often units are read where nobody says otherwise: what lateness is judged by. */
const INTERVAL_S = 60;

/** Each unit as a tile, by region and site: what holds it, its supply, its heat, how old that is. */
export function UnitTiles({ units }: { units: readonly ShownUnit[] }) {
  const { t } = useLang();
  const nameOf = useSiteName();
  const { data } = useSites();
  const regionOf = new Map(data?.sites.map(({ site_id, region }) => [site_id, region]));
  const groups = Map.groupBy(units, ({ site_id }) => regionOf.get(site_id) ?? null);
  const isOne = groups.size === 1;
  return [...groups].map(([region, members]) => (
    <Panel
      key={region ?? ""}
      title={region === null ? t(isOne ? "cooling.title" : "cooling.noRegion") : t("cooling.region", { region })}
      hint={t("cooling.units", { count: members.length })}
    >
      <ul className="bm-unit-tiles">
        {members.map((unit) => (
          <Tile key={`${unit.site_id} ${unit.host}`} unit={unit} site={nameOf(unit.site_id)} />
        ))}
      </ul>
    </Panel>
  ));
}

const Tile = memo(function Tile({ unit, site }: { unit: ShownUnit; site: string }) {
  const { t, lang } = useLang();
  const [worst] = unit.troubles;
  const supply = unit.values["supply.temp"];
  const isOld = unit.state !== "online";
  return (
    <li>
      <Link
        to={unitPath(unit)}
        className={classNames("bm-unit-tile", worst && `bm-unit-${worst.level}`, isOld && "bm-is-late")}
      >
        <span className="bm-unit-name">
          <CoolingStateBadge state={unit.state} plain />
          <b>
            <bdi>{unitName(unit)}</bdi>
          </b>
          <span className="bm-grow" />
          <Age at={unit.at} interval={INTERVAL_S} plain />
        </span>
        <span className="bm-unit-site">{unit.name === null ? site : `${site} · ${unit.host}`}</span>
        <span className="bm-unit-figures">
          <UnitValue figure={coolingFigure("supply.temp", typeof supply?.value === "number" ? supply.value : null)} />
          <UnitValue figure={coolingFigure("derived.heat", unit.derived.heat)} />
        </span>
        <span className="bm-unit-fault">
          {worst ? (
            <>
              <LevelGlyph level={worst.level} size={12} />
              <span className="bm-spoken">{t(`level.${worst.level}`)}</span>
              <span>{worst.words[lang]}</span>
            </>
          ) : unit.failure ? (
            failureWords(unit.failure, lang)
          ) : (
            "\u00a0"
          )}
        </span>
      </Link>
    </li>
  );
});
