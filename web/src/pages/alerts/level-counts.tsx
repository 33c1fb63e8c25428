import { AlertLevel } from "@banksman/wire/model";
import { LevelGlyph } from "../../components/level-pill.tsx";
import { number } from "../../format/format.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { useUrlState } from "../../hooks/use-url-state.ts";
import { useAlertFeed } from "../../shell/alert-feed.tsx";

/** Open alerts by level; a press filters the list below by it. */
export function LevelCounts() {
  const { t } = useLang();
  const { counts } = useAlertFeed();
  const { params, set } = useUrlState();
  return (
    <fieldset className="bm-panel bm-level-counts" aria-label={t("alerts.byLevel")}>
      {AlertLevel.options.map((level) => {
        const open = counts?.open[level] ?? 0;
        const isOn = params.get("level") === level;
        return (
          <button
            key={level}
            type="button"
            aria-pressed={isOn}
            className="bm-level-count"
            onClick={() => set({ level: isOn ? null : level, page: null })}
          >
            <span className="bm-with-glyph">
              <LevelGlyph level={level} /> {t(`level.${level}`)}
            </span>
            <span>
              <strong className={open > 0 ? `bm-level-text-${level}` : "bm-muted"}>
                {counts ? number(open) : "–"}
              </strong>{" "}
              <small className="bm-muted">
                {counts ? t("alerts.notTaken", { count: counts.unacknowledged[level] }) : null}
              </small>
            </span>
          </button>
        );
      })}
      <span className="bm-grow" />
      <small className="bm-muted">{counts ? t("alerts.suppressedCount", { count: counts.suppressed }) : null}</small>
    </fieldset>
  );
}
