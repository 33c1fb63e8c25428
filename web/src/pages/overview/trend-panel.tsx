import { Button } from "antd";
import { lazy, Suspense, useMemo } from "react";
import { serverNow } from "../../api/server-clock.ts";
import { Panel } from "../../components/panel.tsx";
import { EmptyState, ErrorState, ProblemText } from "../../components/states.tsx";
import type { ChartPlot } from "../../components/time-chart/model.ts";
import { browserZone, zoneLabel } from "../../format/time.ts";
import { useLang } from "../../hooks/use-lang.ts";
import type { useFleetTrend } from "./use-fleet-trend.ts";

const TimeChart = lazy(() => import("../../components/time-chart/time-chart.tsx"));
const DAY_MS = 86_400_000;
const SHORTEST_MS = 5 * 60_000;
const HEIGHT = 170;

/** A day of the fleet's hashrate against its nameplate. */
export function TrendPanel({ trend }: { trend: ReturnType<typeof useFleetTrend> }) {
  const { t, lang } = useLang();
  const [failed] = trend.missing;
  const { plots, span } = useTrendPlots(trend);
  const isEmpty = trend.trend.every((point) => point.hashrate === null);
  const placeholder = <div className="bm-skeleton bm-chart-skeleton" style={{ height: HEIGHT + 48 }} />;
  const chart = (
    <Suspense fallback={placeholder}>
      <TimeChart
        plots={plots}
        span={span}
        zone={browserZone()}
        intervalMs={trend.intervalMs}
        label={t("overview.trend")}
      />
    </Suspense>
  );
  return (
    <Panel
      title={t("overview.trend")}
      hint={zoneLabel(serverNow(), browserZone())}
      extra={
        <span className="bm-chart-legend">
          <i className="bm-key-line" /> {t("figure.hashrate")} <i className="bm-key-dash" /> {t("miner.nameplate")}
        </span>
      }
    >
      {failed && isEmpty ? <ErrorState error={failed.error} onRetry={trend.retry} /> : null}
      {failed && !isEmpty ? (
        <p className="bm-form-problem" role="alert">
          {t("overview.without", {
            sites: trend.missing.map(({ site }) => site.name).join(lang === "zh" ? "、" : ", "),
          })}{" "}
          <ProblemText error={failed.error} />{" "}
          <Button size="small" onClick={trend.retry}>
            {t("common.retry")}
          </Button>
        </p>
      ) : null}
      {trend.isLoading ? placeholder : null}
      {!trend.isLoading && !failed && isEmpty ? (
        <EmptyState icon="clock" title={t("empty.history")} detail={t("overview.trendDetail")} />
      ) : null}
      {!trend.isLoading && !isEmpty ? chart : null}
    </Panel>
  );
}

function useTrendPlots({ trend, fetchedAt }: ReturnType<typeof useFleetTrend>) {
  const { t, lang } = useLang();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the data is renewed exactly when fetchedAt changes
  return useMemo(() => {
    const now = serverNow();
    const first = trend.find((point) => point.hashrate !== null)?.at ?? now;
    const from = Math.min(Math.max(now - DAY_MS, first), now - SHORTEST_MS);
    const points = (pick: "hashrate" | "expected") =>
      trend.map((point) => {
        const value = point[pick] === null ? null : point[pick] / 1e6;
        return { at: point.at, min: value, avg: value, max: value };
      });
    const plot: ChartPlot = {
      key: "hashrate",
      unit: "PH/s",
      digits: 1,
      fromZero: true,
      height: HEIGHT,
      series: [
        { name: t("figure.hashrate"), colour: "data.own", points: points("hashrate") },
        { name: t("miner.nameplate"), colour: "data.plan", points: points("expected"), dashed: true },
      ],
    };
    return { plots: [plot], span: { from, to: now } };
  }, [fetchedAt, lang]);
}
