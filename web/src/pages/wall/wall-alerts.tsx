import type { Alert } from "@banksman/wire/api";
import { LevelGlyph } from "../../components/level-pill.tsx";
import { duration } from "../../format/time.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { useNow } from "../../hooks/use-now.ts";

const SHOWN = 6;

/** Alerts in the size of a wall, the worst first. */
export function WallAlerts({ alerts, label }: { alerts: readonly Alert[]; label: string }) {
  const { t, lang } = useLang();
  const now = useNow();
  return (
    <section className="bm-panel bm-wall-alerts" aria-label={label}>
      <h2>{label}</h2>
      {alerts.length === 0 ? <p className="bm-secondary">{t("wall.quiet")}</p> : null}
      <ul>
        {alerts.slice(0, SHOWN).map(({ alert_id, level, title, since, state, acknowledged_by }) => (
          <li key={alert_id} className={level === "urgent" && state === "firing" ? "bm-wall-urgent" : undefined}>
            <LevelGlyph level={level} size={36} />
            <span className="bm-spoken">{t(`level.${level}`)}</span>
            <span className="bm-grow">
              <b>{title[lang]}</b>
              <small>{duration((now - Date.parse(since)) / 1_000, lang)}</small>
            </span>
            <span>{acknowledged_by ?? t("wall.open")}</span>
          </li>
        ))}
      </ul>
      {alerts.length > SHOWN ? (
        <p className="bm-secondary">{t("wall.more", { count: alerts.length - SHOWN })}</p>
      ) : null}
    </section>
  );
}
