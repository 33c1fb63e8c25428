import type { GetReport } from "@banksman/wire/api";
import type { ReportBars, ReportDocument, ReportFigure, ReportSection } from "@banksman/wire/model";
import { Progress } from "antd";
import { lazy, Suspense, useMemo } from "react";
import type { DataOf } from "../../api/client.ts";
import { StateMessage } from "../../components/state-message.tsx";
import type { ChartPlot } from "../../components/time-chart/model.ts";
import { UnitValue } from "../../components/unit-value.tsx";
import { type Lang, MISSING, number } from "../../format/format.ts";
import { daysText } from "../../format/time.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { ReportTableView } from "./report-table.tsx";

const TimeChart = lazy(() => import("../../components/time-chart/time-chart.tsx"));
const CHART_PX = 160;

type Props = { report: DataOf<typeof GetReport> };

/** A report as on paper: what its files show, too. While it is built, how far it is. */
export function ReportPaper({ report }: Props) {
  const { t } = useLang();
  const { state, progress, reason, document } = report;
  if (state === "failed")
    return <StateMessage icon="warning" title={t("reports.failed", { why: reason ?? "" })} detail="" />;
  if (!document)
    return (
      <div className="bm-panel bm-report-building">
        <p>{t(state === "waiting" ? "reports.waiting" : "reports.building")}</p>
        <Progress percent={Math.floor((progress ?? 0) * 100)} aria-label={t("reports.building")} />
        <p className="bm-secondary">{t("reports.leave")}</p>
      </div>
    );
  return <Paper document={document} lang={report.language} />;
}

function Paper({ document, lang }: { document: ReportDocument; lang: Lang }) {
  const { t } = useLang();
  const { title, scope, period, compared, figures, sections } = document;
  return (
    <article className="bm-report-paper" lang={lang === "zh" ? "zh-CN" : "en"}>
      <header>
        <h2>{title[lang]}</h2>
        <p className="bm-secondary">
          {scope[lang]} · {daysText(period)}, {period.time_zone}
          {compared ? ` · ${t("reports.beside", { days: daysText(compared) })}` : ""}
        </p>
      </header>
      <div className="bm-report-figures">
        {figures.map((figure) => (
          <Figure key={figure.name.en} figure={figure} lang={lang} />
        ))}
      </div>
      {sections.map((section, n) => (
        <Section key={section.title.en} section={section} n={n + 1} lang={lang} zone={period.time_zone} />
      ))}
    </article>
  );
}

function Figure({
  figure: { name, value, unit, digits, before, better, note },
  lang,
}: {
  figure: ReportFigure;
  lang: Lang;
}) {
  const change = value === null || before === null ? null : value - before;
  const text = change === null ? null : number(Math.abs(change), digits);
  const mark =
    change === null || better === null || Number(text) === 0 ? "" : change > 0 === (better === "more") ? " ✓" : " !";
  return (
    <div>
      <span className="bm-secondary">{name[lang]}</span>
      <UnitValue figure={{ text: value === null ? MISSING : number(value, digits), unit }} />
      <small className="bm-secondary">
        {[
          change === null ? null : Number(text) === 0 ? "=" : `${change > 0 ? "▲" : "▼"} ${text}${mark}`,
          note?.[lang] ?? null,
        ]
          .filter((part) => part !== null)
          .join(" · ")}
      </small>
    </div>
  );
}

function Section({ section, n, lang, zone }: { section: ReportSection; n: number; lang: Lang; zone: string }) {
  return (
    <section>
      <h3>
        {n} {section.title[lang]} {section.type === "table" ? null : <small>{section.unit}</small>}
      </h3>
      {section.type === "table" ? <ReportTableView table={section} lang={lang} zone={zone} /> : null}
      {section.type === "chart" ? <Chart chart={section} lang={lang} zone={zone} /> : null}
      {section.type === "bars" ? <Bars bars={section} lang={lang} /> : null}
      {section.note ? <p className="bm-secondary">{section.note[lang]}</p> : null}
    </section>
  );
}

type ChartSection = Extract<ReportSection, { type: "chart" }>;

function Chart({ chart, lang, zone }: { chart: ChartSection; lang: Lang; zone: string }) {
  const { plots, span, intervalMs } = useMemo(() => {
    const [start, step] = [Date.parse(chart.from), chart.step_s * 1_000];
    const steps = Math.max(0, ...chart.lines.map(({ values }) => values.length));
    const plot: ChartPlot = {
      key: "report",
      unit: chart.unit,
      digits: chart.digits,
      fromZero: true,
      height: CHART_PX,
      series: chart.lines.map(({ name, values, is_plan }) => ({
        name: name[lang],
        colour: is_plan ? "data.plan" : "data.own",
        dashed: is_plan,
        points: values.map((value, n) => ({ at: start + n * step, min: value, avg: value, max: value })),
      })),
    };
    return { plots: [plot], span: { from: start, to: start + steps * step }, intervalMs: step };
  }, [chart, lang]);
  return (
    <Suspense fallback={<div className="bm-chart-skeleton" style={{ height: CHART_PX }} />}>
      <TimeChart plots={plots} span={span} zone={zone} intervalMs={intervalMs} label={chart.title[lang]} />
    </Suspense>
  );
}

function Bars({ bars: { bars, digits, unit }, lang }: { bars: ReportBars; lang: Lang }) {
  const most = Math.max(...bars.map(({ value }) => value), 0) || 1;
  return (
    <dl className="bm-report-bars">
      {bars.map(({ name, value }) => (
        <div key={name.en}>
          <dt>{name[lang]}</dt>
          <dd>
            <span className="bm-report-bar" style={{ inlineSize: `${(100 * value) / most}%` }} />
          </dd>
          <dd className="bm-number">
            {number(value, digits)} {unit}
          </dd>
        </div>
      ))}
    </dl>
  );
}
