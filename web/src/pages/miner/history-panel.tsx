import { useMemo, useState } from "react";
import { serverNow } from "../../api/server-clock.ts";
import { Panel } from "../../components/panel.tsx";
import { ChartTools } from "../../components/time-chart/chart-tools.tsx";
import type { Span } from "../../components/time-chart/model.ts";
import { shortClock } from "../../format/time.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { usePhone } from "../../hooks/use-media.ts";
import { useUrlState } from "../../hooks/use-url-state.ts";
import { useKey } from "../../shell/use-shortcuts.ts";
import { HistoryChart } from "./history-chart.tsx";
import { DEFAULT_RANGE, RANGES, type Range, readView, spanOf, stepRange } from "./ranges.ts";
import { useHistory } from "./use-history.ts";

const DESK_HEIGHTS = { hashrate: 130, other: 84 };
const PHONE_HEIGHTS = { hashrate: 110, other: 80 };

type Props = { siteId: string; minerId: string; nameplate: number | null; zone: string; firstAt: number };

/** The history of a miner over the range of the address. */
export function HistoryPanel({ siteId, minerId, nameplate, zone, firstAt }: Props) {
  const { t } = useLang();
  const { params, set } = useUrlState();
  const isPhone = usePhone();
  const [asTable, setTable] = useState(false);
  const view = useMemo(() => readView(params), [params]);
  const { hours } = spanOf(view, serverNow(), firstAt);
  const isYoung = view.picked === null && serverNow() - firstAt < view.range * 3_600_000;
  const history = useHistory(siteId, minerId, hours, nameplate, isPhone ? PHONE_HEIGHTS : DESK_HEIGHTS);
  const choose = (range: Range) => set({ range: range === DEFAULT_RANGE ? null : String(range), from: null, to: null });
  const select = (span: Span) => set({ from: new Date(span.from).toISOString(), to: new Date(span.to).toISOString() });
  const reset = () => set({ from: null, to: null });
  useKey("[]0", (key) => choose(key === "0" ? DEFAULT_RANGE : stepRange(view.range, key === "[" ? -1 : 1)));
  const tools = (
    <>
      {isPhone ? null : <Legend nameplate={nameplate !== null} />}
      <ChartTools
        ranges={RANGES}
        hours={view.picked ? null : view.range}
        onRange={(hours) => choose(RANGES.find((one) => one === hours) ?? DEFAULT_RANGE)}
        onReset={reset}
        asTable={asTable}
        onTable={setTable}
        plots={history.plots}
        fileName={minerId}
      />
    </>
  );
  return (
    <Panel
      title={t("miner.history")}
      hint={isYoung ? t("miner.sinceFirst", { time: shortClock(firstAt, zone) }) : null}
      extra={tools}
      className="bm-history"
    >
      <HistoryChart
        history={history}
        view={view}
        zone={zone}
        firstAt={firstAt}
        asTable={asTable}
        onSelect={select}
        onReset={reset}
      />
    </Panel>
  );
}

function Legend({ nameplate }: { nameplate: boolean }) {
  const { t } = useLang();
  return (
    <span className="bm-chart-legend bm-hide-narrow">
      <i className="bm-key-line" /> {t("miner.hashrateBand")}
      {nameplate ? (
        <>
          <i className="bm-key-dash" /> {t("miner.nameplate")}
        </>
      ) : null}
    </span>
  );
}
