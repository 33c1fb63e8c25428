import { type CoolingUnit, GetCoolingFaults } from "@banksman/wire/api";
import { useRoute } from "../../api/query.ts";
import { LevelGlyph } from "../../components/level-pill.tsx";
import { Panel } from "../../components/panel.tsx";
import { fullTime } from "../../format/time.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { SLOW_EVERY_MS } from "./use-cooling.ts";

const DAY_HOURS = 24;
const SHOWN = 12;

/** Faults that stand, then those of the last day that are over. */
export function UnitFaults({ unit, zone }: { unit: CoolingUnit; zone: string }) {
  const { t, lang } = useLang();
  const params = { site_id: unit.site_id, host: unit.host };
  const found = useRoute(
    GetCoolingFaults,
    { params, query: { hours: DAY_HOURS } },
    { every: SLOW_EVERY_MS, keep: true },
  );
  const over = (found.data?.faults ?? []).filter(({ until }) => until !== null);
  const rows = [...unit.faults, ...over].slice(0, SHOWN);
  return (
    <Panel title={t("cooling.faultsTitle")} hint={unit.faults.length === 0 ? t("cooling.allWell") : null}>
      <ul className="bm-faults">
        {rows.map((fault) => (
          <li key={`${fault.code} ${fault.since}`} className={fault.until === null ? undefined : "bm-muted"}>
            <LevelGlyph level={fault.level} />
            <span className="bm-spoken">{t(`level.${fault.level}`)}</span>
            <span>
              {(lang === "zh" && fault.text_zh) || fault.text}
              <span className="bm-muted bm-advice">
                {fault.until === null
                  ? t("cooling.since", { time: fullTime(Date.parse(fault.since), zone) })
                  : t("cooling.until", { time: fullTime(Date.parse(fault.until), zone) })}
              </span>
              {fault.until === null && fault.advice ? (
                <span className="bm-muted bm-advice">{(lang === "zh" && fault.advice_zh) || fault.advice}</span>
              ) : null}
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
