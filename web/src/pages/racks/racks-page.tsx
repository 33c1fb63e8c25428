import type { RackCell } from "@banksman/wire/api";
import { Button, Segmented, Select, Tooltip } from "antd";
import { lazy, Suspense, useState } from "react";
import { Icon } from "../../components/icons.tsx";
import { OrderMenu } from "../../components/orders/order-menu.tsx";
import { HeatLegend } from "../../components/rack-heat-map/heat-legend.tsx";
import { clampCell, RackHeatMap } from "../../components/rack-heat-map/rack-heat-map.tsx";
import { RackTable } from "../../components/rack-heat-map/rack-table.tsx";
import { HEAT_MODES } from "../../components/rack-heat-map/scale.ts";
import { SiteFrame, useSiteParam } from "../../components/site-frame.tsx";
import { EmptyState, ErrorState, SkeletonRows } from "../../components/states.tsx";
import { useLang } from "../../hooks/use-lang.ts";
import { usePhone } from "../../hooks/use-media.ts";
import { useUrlState } from "../../hooks/use-url-state.ts";
import { useSession } from "../../shell/session.tsx";
import { useKey } from "../../shell/use-shortcuts.ts";
import { tokens } from "../../theme/tokens.ts";
import { useHeatMode } from "./use-heat-mode.ts";
import { useRackCells } from "./use-rack-cells.ts";
import { WorstRacks } from "./worst-racks.tsx";

const MinerDrawer = lazy(() => import("../monitor/miner-drawer.tsx"));

/** All racks of a site as one map, or as a table. */
export default function RacksPage() {
  const siteId = useSiteParam();
  const { params, set, push } = useUrlState();
  const { racks, cells } = useRackCells(siteId);
  const openId = params.get("miner");
  const open = (miner: string) => (openId === null ? push : set)({ miner });
  return (
    <SiteFrame fill watch={openId === null ? NONE : [openId]}>
      <section className="bm-panel bm-racks">
        {racks.error && !cells ? <ErrorState error={racks.error} onRetry={() => void racks.refetch()} /> : null}
        {racks.isPending ? <SkeletonRows rows={12} /> : null}
        {cells ? <RackBoard siteId={siteId} cells={cells} openId={openId} onOpen={open} /> : null}
      </section>
      <Suspense>
        <MinerDrawer siteId={siteId} minerId={openId} onClose={() => set({ miner: null })} />
      </Suspense>
    </SiteFrame>
  );
}

const NONE: readonly string[] = [];

type BoardProps = {
  siteId: string;
  cells: readonly RackCell[];
  openId: string | null;
  onOpen: (minerId: string) => void;
};

function RackBoard({ siteId, cells, openId, onOpen }: BoardProps) {
  const { t } = useLang();
  const isPhone = usePhone();
  const { params } = useUrlState();
  const [mode, choose] = useHeatMode();
  const [size, setSize] = useState<number | null>(isPhone ? tokens.size.heatCell.touch : null);
  useKey("0", () => setSize(null));
  const asTable = params.get("view") === "table";
  const options = HEAT_MODES.map((one) => ({ value: one, label: t(`racks.${one}`) }));
  if (cells.length === 0) return <EmptyState icon="racks" title={t("empty.racks")} detail={t("empty.racksDetail")} />;
  const racks = new Set(cells.map((cell) => cell.rack)).size;
  return (
    <>
      <div className="bm-table-tools">
        <Segmented aria-label={t("racks.mode")} options={options} value={mode} onChange={choose} />
        <span className="bm-secondary bm-hide-small">{t("common.racks", { count: racks })}</span>
        <span className="bm-grow" />
        <RackOrders siteId={siteId} cells={cells} />
        <MapTools size={size} onSize={setSize} asTable={asTable} />
      </div>
      {asTable ? (
        <div className="bm-racks-table">
          <RackTable cells={cells} siteId={siteId} />
        </div>
      ) : (
        <>
          <div className="bm-racks-map">
            <RackHeatMap
              cells={cells}
              mode={mode}
              cellSize={size}
              largest={tokens.size.heatCell.touch}
              selectedId={openId}
              onOpen={onOpen}
              {...(isPhone ? {} : { onZoom: setSize })}
            />
          </div>
          <div className="bm-racks-foot">
            <WorstRacks cells={cells} mode={mode} siteId={siteId} />
            <HeatLegend mode={mode} model={cells[0]?.model ?? null} />
          </div>
        </>
      )}
    </>
  );
}

/** Orders to one rack. */
function RackOrders({ siteId, cells }: { siteId: string; cells: readonly RackCell[] }) {
  const { t } = useLang();
  const { can } = useSession();
  const [rack, choose] = useState<string | null>(null);
  if (!can("command.give")) return null;
  const racks = [...new Set(cells.flatMap((cell) => cell.rack ?? []))].toSorted();
  return (
    <>
      <Select
        allowClear
        showSearch
        aria-label={t("orders.chooseRack")}
        placeholder={t("orders.chooseRack")}
        className="bm-rack-select"
        options={racks.map((value) => ({ value, label: value }))}
        value={rack}
        onChange={(value) => choose(value ?? null)}
      />
      {rack === null ? null : <OrderMenu target={{ site_id: siteId, filter: { rack } }} />}
    </>
  );
}

type ToolsProps = { size: number | null; onSize: (size: number | null) => void; asTable: boolean };

function MapTools({ size, onSize, asTable }: ToolsProps) {
  const { t } = useLang();
  const { set } = useUrlState();
  const current = size ?? tokens.size.heatCell.desk;
  const tool = (name: "zoomIn" | "zoomOut" | "fit", icon: "plus" | "minus" | "fit", next: number | null) => (
    <Tooltip title={t(`racks.${name}`)}>
      <Button
        type="text"
        className="bm-icon-button"
        aria-label={t(`racks.${name}`)}
        icon={<Icon name={icon} />}
        onClick={() => onSize(next)}
      />
    </Tooltip>
  );
  return (
    <>
      {asTable ? null : (
        <>
          <span className="bm-muted bm-hide-small">{t("racks.help")}</span>
          {tool("zoomOut", "minus", clampCell(current - 2))}
          {tool("zoomIn", "plus", clampCell(current + 2))}
          {tool("fit", "fit", null)}
        </>
      )}
      <Button
        icon={<Icon name={asTable ? "racks" : "table"} />}
        onClick={() => set({ view: asTable ? null : "table" })}
      >
        {asTable ? t("common.asMap") : t("common.asTable")}
      </Button>
    </>
  );
}
