import type { GetAlertStatistics } from "@banksman/wire/api";
import { AlertLevel } from "@banksman/wire/model";
import type { DataOf } from "../../api/client.ts";
import { number } from "../../format/format.ts";
import { useLang } from "../../hooks/use-lang.ts";

type Days = DataOf<typeof GetAlertStatistics>["by_day"];
const HEIGHT = 96;

/** Alerts a day, stacked by level; figures are in the titles and in the list for those who can't see the bars. */
export function DayBars({ days }: { days: Days }) {
  const { t } = useLang();
  const sums = days.map(({ by_level }) => Object.values(by_level).reduce((sum, count) => sum + count, 0));
  const most = Math.max(1, ...sums);
  return (
    <ol className="bm-day-bars" style={{ height: HEIGHT + 20 }} aria-label={t("statistics.byDay")}>
      {days.map(({ day, by_level }, index) => {
        const levels = AlertLevel.options.filter((level) => by_level[level] > 0);
        const words = levels.map((level) => `${t(`level.${level}`)} ${number(by_level[level])}`).join(", ");
        return (
          <li key={day} title={`${day}: ${words || "0"}`}>
            <span className="bm-unseen">
              {day}: {words || "0"}
            </span>
            {levels.toReversed().map((level) => (
              <span
                key={level}
                className={`bm-bar bm-bar-${level}`}
                style={{ height: Math.max(2, (by_level[level] / most) * HEIGHT) }}
              />
            ))}
            <small className="bm-muted" aria-hidden="true">
              {days.length <= 8 || index % 7 === 0 ? day.slice(5) : ""}
            </small>
          </li>
        );
      })}
    </ol>
  );
}
