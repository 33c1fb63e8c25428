import { DryRunRule } from "@banksman/wire/api";
import { Button, Segmented } from "antd";
import { useState } from "react";
import type { DataOf } from "../../api/client.ts";
import { useChange } from "../../api/query.ts";
import { FormProblem } from "../../components/form-problem.tsx";
import { Panel } from "../../components/panel.tsx";
import { number } from "../../format/format.ts";
import { browserZone, duration, fullTime } from "../../format/time.ts";
import { useLang } from "../../hooks/use-lang.ts";
import type { RuleDraft } from "./rule-draft.ts";

type Result = DataOf<typeof DryRunRule>;
const DAYS = [1, 3, 7] as const;
const SHOWN = 12;

/** When and how often the rule would have fired over stored history. */
export function DryRunPanel({ draft, isBlocked }: { draft: RuleDraft; isBlocked: boolean }) {
  const { t } = useLang();
  const [days, setDays] = useState<number>(DAYS[2]);
  const run = useChange(DryRunRule);
  const { rule_id: _, ...rule } = draft;
  const choose = (
    <Segmented
      size="small"
      disabled={false}
      aria-label={t("miner.range")}
      value={days}
      options={DAYS.map((value) => ({ value, label: t("miner.days", { count: value }) }))}
      onChange={setDays}
    />
  );
  return (
    <Panel title={t("rules.dryRun")} hint={t("rules.dryRunHelp")} extra={choose}>
      <Button
        disabled={isBlocked}
        loading={run.isPending}
        onClick={() => void run.mutateAsync({ body: { rule, days } }).catch(() => null)}
      >
        {t("rules.runNow")}
      </Button>
      <div aria-live="polite">{run.data ? <Outcome result={run.data} /> : null}</div>
      <FormProblem error={run.error} />
    </Panel>
  );
}

function Outcome({ result }: { result: Result }) {
  const { t, lang } = useLang();
  const zone = browserZone();
  const { fired, targets, readings, firings, by_day, not_kept, cut_short } = result;
  return (
    <>
      <p>
        <strong>{t("rules.wouldHave", { count: fired })}</strong>{" "}
        <span className="bm-muted">
          {t("rules.ranOver", { targets: number(targets), readings: number(readings) })}
          {cut_short ? ` ${t("rules.cutShort", { time: fullTime(Date.parse(result.to), zone) })}` : ""}
        </span>
      </p>
      {not_kept.length > 0 ? <p className="bm-muted">{t("rules.notKept", { fields: not_kept.join(", ") })}</p> : null}
      {fired > 0 ? <Marks result={result} /> : null}
      <p className="bm-muted">{by_day.map(({ day, fired: count }) => `${day.slice(5)}: ${count}`).join(" · ")}</p>
      <ul className="bm-plain-list">
        {firings.slice(0, SHOWN).map(({ target, fired_at, resolved_at }) => (
          <li key={`${target.site_id} ${target.id} ${fired_at}`}>
            {fullTime(Date.parse(fired_at), zone)} · {[target.site_id, target.id].filter(Boolean).join(" · ")} ·{" "}
            {resolved_at === null
              ? t("rules.stillFiring")
              : duration((Date.parse(resolved_at) - Date.parse(fired_at)) / 1_000, lang)}
          </li>
        ))}
      </ul>
      {firings.length > SHOWN ? <p className="bm-muted">{t("rules.moreFirings", { count: fired - SHOWN })}</p> : null}
    </>
  );
}

const WIDTH = 600;
const HEIGHT = 26;

/** Each firing as a mark on the time that was run over. */
function Marks({ result }: { result: Result }) {
  const { t } = useLang();
  const [from, to] = [Date.parse(result.from), Date.parse(result.to)];
  const x = (at: string) => ((Date.parse(at) - from) / Math.max(1, to - from)) * WIDTH;
  return (
    <svg
      className="bm-marks"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={t("rules.wouldHave", { count: result.fired })}
    >
      <line x1="0" x2={WIDTH} y1={HEIGHT - 1} y2={HEIGHT - 1} className="bm-marks-axis" />
      {result.firings.map(({ target, fired_at, resolved_at }) => (
        <rect
          key={`${target.site_id} ${target.id} ${fired_at}`}
          x={x(fired_at)}
          width={Math.max(2, x(resolved_at ?? result.to) - x(fired_at))}
          y="4"
          height={HEIGHT - 6}
          className="bm-marks-bar"
        />
      ))}
    </svg>
  );
}
