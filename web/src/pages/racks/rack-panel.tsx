import { Segmented } from "antd";
import { Panel } from "../../components/panel.tsx";
import { HeatLegend } from "../../components/rack-heat-map/heat-legend.tsx";
import { RackHeatMap } from "../../components/rack-heat-map/rack-heat-map.tsx";
import { HEAT_MODES } from "../../components/rack-heat-map/scale.ts";
import { EmptyState, ErrorState, SkeletonRows } from "../../components/states.tsx";
import { useLang } from "../../hooks/use-lang.ts";
import { useHeatMode } from "./use-heat-mode.ts";
import { useRackCells } from "./use-rack-cells.ts";
import { WorstRacks } from "./worst-racks.tsx";

/** Small sites get larger cells than the usual ones of 14 pixels, as far as the panel has room. */
const LARGEST_CELL = 22;

type Props = { siteId: string; onOpen: (minerId: string) => void; openId: string | null };

/** The rack map beside the live table. */
export default function RackPanel({ siteId, onOpen, openId }: Props) {
  const { t } = useLang();
  const [mode, choose] = useHeatMode();
  const { racks, cells } = useRackCells(siteId);
  const options = HEAT_MODES.map((one) => ({ value: one, label: t(`racks.${one}`) }));
  return (
    <Panel
      title={t("racks.title")}
      className="bm-rack-panel"
      extra={<Segmented size="small" aria-label={t("racks.mode")} options={options} value={mode} onChange={choose} />}
    >
      {racks.error && !cells ? <ErrorState error={racks.error} onRetry={() => void racks.refetch()} /> : null}
      {cells === undefined && !racks.error ? <SkeletonRows rows={6} /> : null}
      {cells?.length === 0 ? (
        <EmptyState icon="racks" title={t("empty.racks")} detail={t("empty.racksDetail")} />
      ) : null}
      {cells && cells.length > 0 ? (
        <>
          <RackHeatMap
            cells={cells}
            mode={mode}
            cellSize={null}
            largest={LARGEST_CELL}
            selectedId={openId}
            onOpen={onOpen}
          />
          <WorstRacks cells={cells} mode={mode} siteId={siteId} count={2} />
          <HeatLegend mode={mode} model={cells[0]?.model ?? null} />
        </>
      ) : null}
    </Panel>
  );
}
