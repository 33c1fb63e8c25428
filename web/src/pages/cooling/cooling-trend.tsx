import { GetCoolingTrend } from "@banksman/wire/api";
import { Segmented } from "antd";
import { lazy, Suspense, useMemo } from "react";
import type { DataOf } from "../../api/client.ts";
import { useRoute } from "../../api/query.ts";
import { serverNow } from "../../api/server-clock.ts";
import { Panel } from "../../components/panel.tsx";
import { EmptyState, ErrorState } from "../../components/states.tsx";
import { type ChartPlot, spanFrom } from "../../components/time-chart/model.ts";
import { browserZone } from "../../format/time.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { useUrlState } from "../../hooks/use-url-state.ts";
import { coolingScale } from "./cooling-names.ts";
import { SLOW_EVERY_MS } from "./use-cooling.ts";

const TimeChart = lazy(() => import("../../components/time-chart/time-chart.tsx"));
const HOURS = [6, 24, 168, 720] as const;
const HEIGHTS = { power: 110, temp: 76 };
type Point = DataOf<typeof GetCoolingTrend>["points"][number];

type Props = {
  siteId: string | null;
  /** On a screen that nobody touches: no range to choose. */
  untouched?: boolean;
};

/** Heat beside power, and the mean temperatures, of all units that are shown. */
export function CoolingTrendPanel({ siteId, untouched = false }: Props) {
  const { t } = useLang();
  const { params, set } = useUrlState();
  const hours = HOURS.find((one) => one === Number(params.get("range"))) ?? 24;
  const query = { hours, ...(siteId === null ? {} : { site_id: siteId }) };
  const trend = useRoute(GetCoolingTrend, { query }, { every: SLOW_EVERY_MS, keep: true });
  const plots = usePlots(trend.data?.points ?? []);
  // The right end moves with the data, not with the clock.
  // biome-ignore lint/correctness/useExhaustiveDependencies: dataUpdatedAt is when the end of the range was renewed
  const span = useMemo(() => spanFrom(hours, plots, serverNow()), [hours, trend.dataUpdatedAt]);
  const height = HEIGHTS.power + HEIGHTS.temp + 72;
  const placeholder = <div className="bm-skeleton bm-chart-skeleton" style={{ height }} />;
  const isEmpty = trend.data?.points.every(
    ({ heat_kw, power_kw, supply_temp }) => heat_kw === null && power_kw === null && supply_temp === null,
  );
  return (
    <Panel
      title={t("cooling.trend")}
      extra={
        <>
          <span className="bm-chart-legend bm-hide-narrow">
            <i className="bm-key-line bm-key-heat" /> {t("cooling.heat")} <i className="bm-key-line bm-key-power" />{" "}
            {t("cooling.power")}
          </span>
          {untouched ? null : (
            <Segmented
              size="small"
              aria-label={t("miner.range")}
              value={hours}
              options={HOURS.map((value) => ({
                value,
                label: value < 48 ? t("miner.hours", { count: value }) : t("miner.days", { count: value / 24 }),
              }))}
              onChange={(value) => set({ range: value === 24 ? null : String(value) })}
            />
          )}
        </>
      }
    >
      {trend.error && !trend.data ? <ErrorState error={trend.error} onRetry={() => void trend.refetch()} /> : null}
      {trend.isPending ? placeholder : null}
      {isEmpty ? (
        <EmptyState icon="clock" title={t("cooling.noHistory")} detail={t("cooling.noHistoryDetail")} />
      ) : null}
      {trend.data && !isEmpty ? (
        <Suspense fallback={placeholder}>
          <TimeChart
            plots={plots}
            span={span}
            zone={browserZone()}
            intervalMs={trend.data.resolution_seconds * 1_000}
            label={t("cooling.trend")}
          />
        </Suspense>
      ) : null}
    </Panel>
  );
}

function usePlots(points: readonly Point[]): ChartPlot[] {
  const { t, lang } = useLang();
  // biome-ignore lint/correctness/useExhaustiveDependencies: names change with the language
  return useMemo(() => {
    const temperature = coolingScale("supply.temp");
    const line = (pick: (point: Point) => number | null, of: (value: number) => number = (value) => value) =>
      points.map((point) => {
        const told = pick(point);
        const value = told === null ? null : of(told);
        return { at: Date.parse(point.at), min: value, avg: value, max: value };
      });
    return [
      {
        key: "power",
        unit: "MW",
        digits: 2,
        fromZero: true,
        height: HEIGHTS.power,
        series: [
          {
            name: t("cooling.heat"),
            colour: "data.return",
            points: line(
              ({ heat_kw }) => heat_kw,
              (kw) => kw / 1_000,
            ),
          },
          {
            name: t("cooling.power"),
            colour: "data.power",
            points: line(
              ({ power_kw }) => power_kw,
              (kw) => kw / 1_000,
            ),
          },
        ],
      },
      {
        key: "temp",
        unit: temperature.unit,
        digits: 1,
        height: HEIGHTS.temp,
        series: [
          {
            name: t("cooling.meanSupply"),
            colour: "data.supply",
            points: line(({ supply_temp }) => supply_temp, temperature.of),
          },
          {
            name: t("cooling.meanReturn"),
            colour: "data.return",
            points: line(({ return_temp }) => return_temp, temperature.of),
          },
        ],
      },
    ];
  }, [points, lang]);
}
