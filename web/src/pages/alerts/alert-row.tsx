import type { Alert } from "@banksman/wire/api";
import { Checkbox } from "antd";
import { useEffect, useRef } from "react";
import { Age } from "../../components/age.tsx";
import { classNames } from "../../components/class-names.ts";
import { LevelGlyph } from "../../components/level-pill.tsx";
import { browserZone, shortClock } from "../../format/time.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { useSiteName } from "../../shell/use-current-site.ts";
import { placeOf, valuesOf } from "./alert-words.ts";

type Props = {
  alert: Alert;
  isCurrent: boolean;
  isSelected: boolean;
  onOpen: () => void;
  onSelect: ((range: boolean) => void) | null;
};

/** One alert: glyph, title and place, figures, age, state. Open severe and urgent ones have an edge. */
export function AlertRow({ alert, isCurrent, isSelected, onOpen, onSelect }: Props) {
  const { t, lang } = useLang();
  const siteName = useSiteName();
  const row = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (isCurrent) row.current?.scrollIntoView({ block: "nearest" });
  }, [isCurrent]);
  const title = alert.title[lang];
  const isLoud = alert.state === "firing" && alert.suppressed === null;
  return (
    <li
      ref={row}
      className={classNames(
        "bm-alert-row",
        isCurrent && "bm-alert-current",
        isLoud && `bm-alert-open-${alert.level}`,
        alert.suppressed !== null && "bm-alert-quiet",
      )}
    >
      {onSelect ? (
        <Checkbox
          checked={isSelected}
          aria-label={t("alerts.selectOne", { title })}
          onChange={({ nativeEvent }) => onSelect(nativeEvent instanceof MouseEvent && nativeEvent.shiftKey)}
        />
      ) : null}
      <button type="button" className="bm-alert-open" onClick={onOpen} aria-current={isCurrent}>
        <LevelGlyph level={alert.level} size={18} />
        <span className="bm-alert-title">
          <span className="bm-unseen">{t(`level.${alert.level}`)}: </span>
          <strong>{title}</strong>
          <small className="bm-muted">{placeOf(alert, t, siteName)}</small>
        </span>
        <small className="bm-alert-values bm-muted">{valuesOf(alert)}</small>
        <span className="bm-alert-age">
          <Age at={alert.fired_at ?? alert.since} plain />
          <small className="bm-muted">
            {t("alerts.sinceClock", { clock: shortClock(Date.parse(alert.fired_at ?? alert.since), browserZone()) })}
          </small>
        </span>
        <span className="bm-alert-state">
          {alert.suppressed ? t(`alerts.by.${alert.suppressed.by}`) : t(`alerts.state.${alert.state}`)}
          {alert.acknowledged_by !== null && alert.state === "acknowledged" ? (
            <small className="bm-muted">{alert.acknowledged_by}</small>
          ) : null}
          {alert.flapping ? <small className="bm-muted">{t("alerts.flaps")}</small> : null}
        </span>
      </button>
    </li>
  );
}
