import { GetPoolAccountHistory } from "@banksman/wire/api";
import { Segmented } from "antd";
import { lazy, Suspense, useMemo } from "react";
import { useRoute } from "../../api/query.ts";
import { serverNow } from "../../api/server-clock.ts";
import { Panel } from "../../components/panel.tsx";
import { EmptyState, ErrorState } from "../../components/states.tsx";
import type { ChartPlot } from "../../components/time-chart/model.ts";
import { browserZone, zoneLabel } from "../../format/time.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { useUrlState } from "../../hooks/use-url-state.ts";

const TimeChart = lazy(() => import("../../components/time-chart/time-chart.tsx"));

const RANGES = [24, 168, 720, 2_160] as const;
const HOUR_MS = 3_600_000;
const EVERY_MS = 60_000;
const HEIGHT = 180;

/** Hashrate as the pool counts it and as the devices tell it, on one axis. */
export function BothSides({ accountNo, worker }: { accountNo: number; worker: string | null }) {
  const { t } = useLang();
  const { params, set } = useUrlState();
  const range = RANGES.find((hours) => String(hours) === params.get("range")) ?? RANGES[0];
  const choose = (
    <Segmented
      size="small"
      aria-label={t("miner.range")}
      options={RANGES.map((hours) => ({
        value: hours,
        label: hours > 24 ? t("miner.days", { count: hours / 24 }) : t("miner.hours", { count: hours }),
      }))}
      value={range}
      onChange={(hours) => set({ range: hours === RANGES[0] ? null : String(hours) })}
    />
  );
  return (
    <Panel title={worker ?? t("poolAccounts.bothSides")} hint={zoneLabel(serverNow(), browserZone())} extra={choose}>
      <Chart accountNo={accountNo} worker={worker} hours={range} />
    </Panel>
  );
}

function Chart({ accountNo, worker, hours }: { accountNo: number; worker: string | null; hours: number }) {
  const { t, lang } = useLang();
  const query = { hours, ...(worker === null ? {} : { worker }) };
  const history = useRoute(
    GetPoolAccountHistory,
    { params: { account_no: accountNo }, query },
    { every: EVERY_MS, keep: true },
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: the points are renewed exactly when dataUpdatedAt changes
  const { plots, span } = useMemo(() => {
    const now = serverNow();
    const points = history.data?.points ?? [];
    const scale = worker === null ? { unit: "PH/s", divisor: 1e15 } : { unit: "TH/s", divisor: 1e12 };
    const line = (pick: (point: (typeof points)[number]) => number | null) =>
      points.map((point) => {
        const value = pick(point);
        const scaled = value === null ? null : value / scale.divisor;
        return { at: Date.parse(point.at), min: scaled, avg: scaled, max: scaled };
      });
    const plot: ChartPlot = {
      key: "hashrate",
      unit: scale.unit,
      digits: 1,
      fromZero: true,
      height: HEIGHT,
      series: [
        { name: t("poolAccounts.atPool"), colour: "data.pool", points: line(({ pool_hs }) => pool_hs) },
        { name: t("poolAccounts.atDevices"), colour: "data.own", points: line(({ device_hs }) => device_hs) },
      ],
    };
    return { plots: [plot], span: { from: now - hours * HOUR_MS, to: now } };
  }, [history.dataUpdatedAt, hours, worker, lang]);
  const placeholder = <div className="bm-skeleton bm-chart-skeleton" style={{ height: HEIGHT + 48 }} />;
  if (history.error && !history.data)
    return <ErrorState error={history.error} onRetry={() => void history.refetch()} permission="pool.read" />;
  if (history.isPending) return placeholder;
  if ((history.data?.points ?? []).length === 0)
    return <EmptyState icon="clock" title={t("empty.history")} detail={t("poolAccounts.noHistory")} />;
  return (
    <Suspense fallback={placeholder}>
      <TimeChart
        plots={plots}
        span={span}
        zone={browserZone()}
        intervalMs={(history.data?.resolution_seconds ?? 300) * 1_000}
        label={t("poolAccounts.bothSides")}
      />
    </Suspense>
  );
}
