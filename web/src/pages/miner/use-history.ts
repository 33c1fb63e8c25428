import { GetHistory, type HistoryPoint } from "@banksman/wire/api";
import type { Metric } from "@banksman/wire/model";
import { useMemo } from "react";
import { useRoute } from "../../api/query.ts";
import { type ChartPlot, pointsOf } from "../../components/time-chart/model.ts";
import { shownTemperature, temperatureSign } from "../../format/temperature-unit.ts";
import { useLang } from "../../hooks/use-lang.ts";

const REFRESH_MS = 30_000;
const FEWEST_MS = 30_000;

function useMetric(siteId: string, minerId: string, metric: Metric, hours: number) {
  const params = { site_id: siteId, miner_id: minerId };
  return useRoute(GetHistory, { params, query: { metric, hours } }, { every: REFRESH_MS, keep: true });
}

type Heights = { hashrate: number; other: number };

/** Points of temperatures in the screen's unit. */
const degreesOf = (points: readonly HistoryPoint[]) =>
  pointsOf(points).map(({ at, min, avg, max }) => ({
    at,
    min: shownTemperature(min),
    avg: shownTemperature(avg),
    max: shownTemperature(max),
  }));

/** Hashrate, temperature, fans and power of one miner as plots in the screen's units. */
export function useHistory(siteId: string, minerId: string, hours: number, nameplate: number | null, heights: Heights) {
  const { t, lang } = useLang();
  const hashrate = useMetric(siteId, minerId, "hashrate_ghs", hours);
  const hottest = useMetric(siteId, minerId, "temperature_max", hours);
  const mean = useMetric(siteId, minerId, "temperature_avg", hours);
  const fans = useMetric(siteId, minerId, "fan_speeds", hours);
  const power = useMetric(siteId, minerId, "power_consumption", hours);
  const parts = [hashrate, hottest, mean, fans, power];
  // biome-ignore lint/correctness/useExhaustiveDependencies: t changes with the language alone
  const plots = useMemo((): ChartPlot[] => {
    const fanSeries = fans.data?.series ?? [{ name: "", points: fans.data?.points ?? [] }];
    return [
      {
        key: "hashrate",
        unit: "TH/s",
        digits: 1,
        fromZero: true,
        plan: nameplate === null ? null : nameplate / 1_000,
        height: heights.hashrate,
        series: [
          {
            name: t("figure.hashrate"),
            colour: "data.own",
            band: true,
            points: pointsOf(hashrate.data?.points ?? [], 1e-3),
          },
        ],
      },
      {
        key: "temperature",
        unit: temperatureSign(),
        digits: 1,
        height: heights.other,
        series: [
          { name: t("miner.tempMax"), colour: "data.return", points: degreesOf(hottest.data?.points ?? []) },
          { name: t("miner.tempAvg"), colour: "data.supply", points: degreesOf(mean.data?.points ?? []) },
        ],
      },
      {
        key: "fans",
        unit: "rpm",
        digits: 0,
        fromZero: true,
        height: heights.other,
        series: fanSeries.map(({ points }, index) => ({
          name: t("miner.fan", { number: index + 1 }),
          colour: `data.series.${(index + 2) % 8}`,
          points: pointsOf(points),
        })),
      },
      {
        key: "power",
        unit: "kW",
        digits: 2,
        fromZero: true,
        height: heights.other,
        series: [
          {
            name: t("figure.power"),
            colour: "data.power",
            area: true,
            points: pointsOf(power.data?.points ?? [], 1e-3),
          },
        ],
      },
    ];
  }, [hashrate.data, hottest.data, mean.data, fans.data, power.data, nameplate, heights.hashrate, heights.other, lang]);
  const isEmpty = plots.every((plot) =>
    plot.series.every((series) => series.points.every((point) => point.avg === null)),
  );
  return {
    plots,
    isEmpty,
    isLoading: hashrate.isPending,
    error: parts.find((part) => part.error && !part.data)?.error ?? null,
    retry: () => void Promise.all(parts.map((part) => part.refetch())),
    intervalMs: Math.max(FEWEST_MS, (hashrate.data?.resolution_seconds ?? 0) * 1_000),
    fetchedAt: hashrate.dataUpdatedAt,
  };
}
