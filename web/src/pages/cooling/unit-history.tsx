import { GetCoolingFaults, GetCoolingHistory } from "@banksman/wire/api";
import { Select } from "antd";
import { lazy, Suspense, useMemo, useState } from "react";
import type { DataOf } from "../../api/client.ts";
import { useRoute } from "../../api/query.ts";
import { serverNow } from "../../api/server-clock.ts";
import { useDeviceOrders } from "../../components/orders/device-orders.tsx";
import { orderWords } from "../../components/orders/order-words.ts";
import { Panel } from "../../components/panel.tsx";
import { EmptyState, ErrorState } from "../../components/states.tsx";
import { ChartTable } from "../../components/time-chart/chart-table.tsx";
import { ChartTools } from "../../components/time-chart/chart-tools.tsx";
import { type ChartMark, type ChartPlot, type Span, spanFrom } from "../../components/time-chart/model.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { useUrlState } from "../../hooks/use-url-state.ts";
import { CHARTED, coolingName, coolingScale } from "./cooling-names.ts";
import { SLOW_EVERY_MS } from "./use-cooling.ts";

const TimeChart = lazy(() => import("../../components/time-chart/time-chart.tsx"));
const HOURS = [1, 6, 24, 168, 2_160] as const;
const DEFAULT_HOURS = 6;
const USUAL = ["supply.temp", "return.temp", "supply.flow"];
const MOST_VALUES = 12;
const HEIGHT = 96;
const COLOURS: Readonly<Record<string, string>> = {
  "supply.temp": "data.supply",
  "return.temp": "data.return",
  "supply.flow": "data.flow",
  "ambient.temp": "data.ambient",
};

type Props = { siteId: string; host: string; zone: string };

/** What the address says is drawn, and adding to it. */
export function useCharted() {
  const { params, set } = useUrlState();
  const told =
    params
      .get("values")
      ?.split(",")
      .filter((name) => CHARTED.includes(name)) ?? [];
  const names = told.length > 0 ? told : USUAL;
  const choose = (next: readonly string[]) =>
    set({ values: next.length === 0 ? null : next.slice(-MOST_VALUES).join(",") });
  const add = (name: string) => {
    if (CHARTED.includes(name) && !names.includes(name)) choose([...names, name]);
  };
  return { names, choose, add };
}

/** Any values of a unit on one time axis, with faults and orders marked. */
export function UnitHistory({ siteId, host, zone }: Props) {
  const { t, lang } = useLang();
  const { params, set } = useUrlState();
  const { names, choose } = useCharted();
  const [asTable, setTable] = useState(false);
  const hours = HOURS.find((one) => one === Number(params.get("range"))) ?? DEFAULT_HOURS;
  const [from, to] = [params.get("from"), params.get("to")];
  const picked = from !== null && to !== null && Date.parse(to) > Date.parse(from);
  const query = { values: names.join(","), ...(picked ? { from, to } : { hours }) };
  const place = { site_id: siteId, host };
  const found = useRoute(
    GetCoolingHistory,
    { params: place, query },
    { every: picked ? false : SLOW_EVERY_MS, keep: true },
  );
  const plots = usePlots(found.data);
  const marks = useMarks(place, picked ? { from, to } : { hours });
  const span = useSpan(plots, picked ? { from, to } : null, hours, found.dataUpdatedAt);
  const isEmpty = plots.every(({ series }) => series.every(({ points }) => points.every(({ avg }) => avg === null)));
  const placeholder = (
    <div className="bm-skeleton bm-chart-skeleton" style={{ height: names.length > 2 ? 260 : 160 }} />
  );
  const select = (chosen: Span) =>
    set({ from: new Date(chosen.from).toISOString(), to: new Date(chosen.to).toISOString() });
  const reset = () => set({ from: null, to: null });
  const tools = (
    <ChartTools
      ranges={HOURS}
      hours={picked ? null : hours}
      onRange={(value) => set({ range: value === DEFAULT_HOURS ? null : String(value), from: null, to: null })}
      onReset={reset}
      asTable={asTable}
      onTable={setTable}
      plots={plots}
      fileName={`${siteId}-${host}`}
    />
  );
  return (
    <Panel title={t("cooling.history")} extra={tools}>
      <Select
        className="bm-chart-values"
        mode="multiple"
        maxCount={MOST_VALUES}
        aria-label={t("cooling.chart")}
        title={t("cooling.chartHelp")}
        value={names}
        options={CHARTED.map((value) => ({ value, label: coolingName(value, lang) }))}
        showSearch={{ optionFilterProp: "label" }}
        onChange={choose}
      />
      {found.error && !found.data ? <ErrorState error={found.error} onRetry={() => void found.refetch()} /> : null}
      {found.isPending ? placeholder : null}
      {found.data && isEmpty ? (
        <EmptyState icon="clock" title={t("cooling.noHistory")} detail={t("cooling.noHistoryDetail")} />
      ) : null}
      {found.data && !isEmpty && asTable ? <ChartTable plots={plots} zone={zone} /> : null}
      {found.data && !isEmpty && !asTable ? (
        <Suspense fallback={placeholder}>
          <TimeChart
            plots={plots}
            span={span}
            zone={zone}
            intervalMs={found.data.resolution_seconds * 1_000}
            label={t("cooling.history")}
            marks={marks}
            onSelect={select}
            onReset={reset}
          />
        </Suspense>
      ) : null}
    </Panel>
  );
}

type History = DataOf<typeof GetCoolingHistory>;

/** The right end of a range that moves does so with the data, not with the clock. */
function useSpan(
  plots: readonly ChartPlot[],
  picked: { from: string; to: string } | null,
  hours: number,
  fetchedAt: number,
): Span {
  // biome-ignore lint/correctness/useExhaustiveDependencies: fetchedAt is when data and the end of the range were renewed
  return useMemo(
    () => (picked ? { from: Date.parse(picked.from), to: Date.parse(picked.to) } : spanFrom(hours, plots, serverNow())),
    [picked?.from, picked?.to, hours, fetchedAt],
  );
}

/** One plot for each unit of measure, in the order in which its first value was chosen. */
function usePlots(history: History | undefined): ChartPlot[] {
  const { lang } = useLang();
  return useMemo(() => {
    const groups = Map.groupBy(history?.series ?? [], ({ name }) => coolingScale(name).unit);
    return [...groups].map(([unit, members], index) => ({
      key: unit || String(index),
      unit,
      digits: coolingScale(members[0]?.name ?? "").digits,
      height: HEIGHT,
      series: members.map(({ name, points }, order) => {
        const { of } = coolingScale(name);
        const shown = (value: number | null) => (value === null ? null : of(value));
        return {
          name: coolingName(name, lang),
          colour: COLOURS[name] ?? `data.series.${(index + order) % 8}`,
          band: members.length === 1,
          points: points.map(({ at, min, avg, max }) => ({
            at: Date.parse(at),
            min: shown(min),
            avg: shown(avg),
            max: shown(max),
          })),
        };
      }),
    }));
  }, [history, lang]);
}

const LEVEL_COLOURS = {
  urgent: "level.urgent.solid",
  severe: "level.severe.solid",
  warning: "level.warning.solid",
  info: "level.info.solid",
};

/** When faults began, and what was ordered. */
function useMarks(
  place: { site_id: string; host: string },
  query: { hours: number } | { from: string; to: string },
): ChartMark[] {
  const { lang } = useLang();
  const { t } = useLang();
  const faults = useRoute(GetCoolingFaults, { params: place, query }, { every: SLOW_EVERY_MS, keep: true });
  const orders = useDeviceOrders({ site_id: place.site_id, cooling_host: place.host });
  // biome-ignore lint/correctness/useExhaustiveDependencies: t changes with the language
  return useMemo(
    () => [
      ...(faults.data?.faults ?? []).map(({ since, level, text, text_zh }) => ({
        at: Date.parse(since),
        label: (lang === "zh" && text_zh) || text,
        colour: LEVEL_COLOURS[level],
      })),
      ...orders.map(({ name, sent_at, given_at }) => ({
        at: Date.parse(sent_at ?? given_at),
        label: orderWords(t, { order: name }),
        colour: "data.plan",
      })),
    ],
    [faults.data, orders, lang],
  );
}
