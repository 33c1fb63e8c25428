import type { CoolingUnit } from "@banksman/wire/api";
import { Link } from "react-router";
import { Age } from "../../components/age.tsx";
import { LevelGlyph } from "../../components/level-pill.tsx";
import { Panel } from "../../components/panel.tsx";
import { useLang } from "../../hooks/use-lang.ts";
import { useUnitAlerts } from "./use-cooling.ts";

/** Open alerts about a unit; each leads to where it is taken. Nothing while there is none. */
export function UnitAlerts({ unit }: { unit: CoolingUnit }) {
  const { t, lang } = useLang();
  const alerts = useUnitAlerts(unit.site_id).filter(({ target }) => target?.id === unit.host);
  if (alerts.length === 0) return null;
  return (
    <Panel title={t("wall.alerts")}>
      <ul className="bm-faults">
        {alerts.map(({ alert_id, level, title, since, acknowledged_by }) => (
          <li key={alert_id}>
            <LevelGlyph level={level} />
            <span className="bm-spoken">{t(`level.${level}`)}</span>
            <Link to={`/alerts?alert=${alert_id}`}>{title[lang]}</Link>
            <span className="bm-grow" />
            <span className="bm-secondary">
              {acknowledged_by ?? t("wall.open")} · <Age at={since} plain />
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
