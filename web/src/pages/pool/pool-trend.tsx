import { Segmented } from "antd";
import { lazy, Suspense, useMemo } from "react";
import { serverNow } from "../../api/server-clock.ts";
import { Panel } from "../../components/panel.tsx";
import { EmptyState, ErrorState } from "../../components/states.tsx";
import type { ChartPlot } from "../../components/time-chart/model.ts";
import { browserZone, zoneLabel } from "../../format/time.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { useUrlState } from "../../hooks/use-url-state.ts";
import { type Stored, usePoolTrend } from "./use-pool-trend.ts";

const TimeChart = lazy(() => import("../../components/time-chart/time-chart.tsx"));

/** Ranges in hours: one comes from the live windows, the longer ones from the server's history. */
const RANGES = [1, 6, 24, 168, 720] as const;
const HOUR_MS = 3_600_000;
const HEIGHTS = { hashrate: 150, rejects: 70 };

type Props = {
  stored: Stored | undefined;
  /** null for the whole pool. */
  puid: string | null;
  /** Whether a pool-stats process answers for the last hour. */
  live: boolean;
};

/** Hashrate over time, and the share of rejects where the server keeps history. */
export function PoolTrend({ stored, puid, live }: Props) {
  const { t } = useLang();
  const { params, set } = useUrlState();
  const ranges = RANGES.filter((hours) => (hours === 1 ? live : stored !== undefined));
  const first = ranges[0] ?? 1;
  const range = ranges.find((hours) => String(hours) === params.get("range")) ?? first;
  const choose = (
    <Segmented
      size="small"
      aria-label={t("miner.range")}
      options={ranges.map((hours) => ({
        value: hours,
        label: hours > 24 ? t("miner.days", { count: hours / 24 }) : t("miner.hours", { count: hours }),
      }))}
      value={range}
      onChange={(hours) => set({ range: hours === first ? null : String(hours) })}
    />
  );
  return (
    <Panel
      title={t("pool.trend")}
      hint={zoneLabel(serverNow(), browserZone())}
      {...(ranges.length > 1 ? { extra: choose } : {})}
    >
      <TrendChart stored={stored} puid={puid} hours={range} />
    </Panel>
  );
}

function TrendChart({ stored, puid, hours }: { stored: Stored | undefined; puid: string | null; hours: number }) {
  const { t, lang } = useLang();
  const trend = usePoolTrend(stored, puid, hours);
  const isUser = puid !== null;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the points are renewed exactly when fetchedAt changes
  const { plots, span } = useMemo(() => {
    const now = serverNow();
    const scale = isUser ? { unit: "TH/s", divisor: 1e12 } : { unit: "PH/s", divisor: 1e15 };
    const line = (pick: (point: (typeof trend.points)[number]) => number | null, divisor: number) =>
      trend.points.map((point) => {
        const value = pick(point);
        const scaled = value === null ? null : value / divisor;
        return { at: point.at, min: scaled, avg: scaled, max: scaled };
      });
    const hashrate: ChartPlot = {
      key: "hashrate",
      unit: scale.unit,
      digits: 1,
      fromZero: true,
      height: HEIGHTS.hashrate,
      series: [{ name: t("figure.hashrate"), colour: "data.pool", points: line(({ hs }) => hs, scale.divisor) }],
    };
    const rejects: ChartPlot = {
      key: "rejects",
      unit: "%",
      digits: 2,
      fromZero: true,
      height: HEIGHTS.rejects,
      series: [{ name: t("pool.rejectShare"), colour: "data.series.5", points: line(({ rejects: r }) => r, 0.01) }],
    };
    const hasRejects = trend.points.some((point) => point.rejects !== null);
    return { plots: hasRejects ? [hashrate, rejects] : [hashrate], span: { from: now - hours * HOUR_MS, to: now } };
  }, [trend.fetchedAt, hours, isUser, lang]);
  const height = plots.reduce((sum, plot) => sum + plot.height + 24, 24);
  const placeholder = <div className="bm-skeleton bm-chart-skeleton" style={{ height }} />;
  if (trend.error) return <ErrorState error={trend.error} onRetry={trend.retry} permission="pool.read" />;
  if (trend.isLoading) return placeholder;
  if (trend.points.every((point) => point.hs === null))
    return <EmptyState icon="clock" title={t("empty.history")} detail={t("pool.noHistory")} />;
  return (
    <Suspense fallback={placeholder}>
      <TimeChart plots={plots} span={span} zone={browserZone()} intervalMs={trend.intervalMs} label={t("pool.trend")} />
    </Suspense>
  );
}
