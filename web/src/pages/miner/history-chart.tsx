import { lazy, Suspense, useMemo } from "react";
import { serverNow } from "../../api/server-clock.ts";
import { EmptyState, ErrorState } from "../../components/states.tsx";
import { ChartTable } from "../../components/time-chart/chart-table.tsx";
import type { Span } from "../../components/time-chart/model.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { spanOf, type View } from "./ranges.ts";
import type { useHistory } from "./use-history.ts";

const TimeChart = lazy(() => import("../../components/time-chart/time-chart.tsx"));

type Props = {
  history: ReturnType<typeof useHistory>;
  view: View;
  zone: string;
  /** When the miner was first read, in ms. */
  firstAt: number | null;
  asTable?: boolean;
  onSelect?: (span: Span) => void;
  onReset?: () => void;
};

/** A miner's history as chart or table, in all its states. The height is the final one from the start. */
export function HistoryChart({ history, view, zone, firstAt, asTable = false, onSelect, onReset }: Props) {
  const { t } = useLang();
  // The right end moves with the data, not with the clock: a chart that creeps each second can't be read.
  // biome-ignore lint/correctness/useExhaustiveDependencies: fetchedAt is when the end of the range was last renewed
  const { span } = useMemo(
    () => spanOf(view, serverNow(), firstAt),
    [view.range, view.picked?.from, view.picked?.to, history.fetchedAt, firstAt],
  );
  const height = history.plots.reduce((sum, plot) => sum + plot.height + 24, 24);
  const placeholder = <div className="bm-skeleton bm-chart-skeleton" style={{ height }} />;
  if (history.error) return <ErrorState error={history.error} onRetry={history.retry} />;
  if (history.isLoading) return placeholder;
  if (history.isEmpty)
    return (
      <div style={{ minHeight: height }}>
        <EmptyState icon="clock" title={t("empty.history")} detail={t("empty.historyDetail")} />
      </div>
    );
  if (asTable) return <ChartTable plots={history.plots} zone={zone} />;
  return (
    <Suspense fallback={placeholder}>
      <TimeChart
        plots={history.plots}
        span={span}
        zone={zone}
        intervalMs={history.intervalMs}
        label={t("miner.chartLabel")}
        {...(onSelect ? { onSelect } : {})}
        {...(onReset ? { onReset } : {})}
      />
    </Suspense>
  );
}
