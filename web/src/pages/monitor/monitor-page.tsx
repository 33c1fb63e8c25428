import { GetSummary } from "@banksman/wire/api";
import type { MinerHealth } from "@banksman/wire/model";
import { lazy, Suspense, useMemo } from "react";
import { useRoute } from "../../api/query.ts";
import { SiteFrame, useSiteParam } from "../../components/site-frame.tsx";
import { StatusCounters } from "../../components/status-counters.tsx";
import { useDesk } from "../../hooks/use-media.ts";
import { useUrlState } from "../../hooks/use-url-state.ts";
import { MinersPanel } from "./miners-panel.tsx";
import { readTableState } from "./table-state.ts";
import { useMiners } from "./use-miners.ts";

const MinerDrawer = lazy(() => import("./miner-drawer.tsx"));
const RackPanel = lazy(() => import("../racks/rack-panel.tsx"));

/** The live monitor of a site: counters that filter, the table, the racks beside it, a drawer for one miner. */
export default function MonitorPage() {
  const siteId = useSiteParam();
  const { params, set, push } = useUrlState();
  const state = useMemo(() => readTableState(params), [params]);
  const miners = useMiners(siteId, state);
  const summary = useRoute(GetSummary, { params: { site_id: siteId } }, { enabled: false });
  const isDesk = useDesk();
  const openId = params.get("miner");
  const watched = useMemo(
    () => (openId === null || miners.ids.includes(openId) ? miners.ids : [...miners.ids, openId]),
    [miners.ids, openId],
  );
  const toggle = (status: MinerHealth) => {
    const next = new Set(state.status);
    if (!next.delete(status)) next.add(status);
    set({ status: [...next].join(","), page: null });
  };
  const open = (minerId: string) => (openId === null ? push : set)({ miner: minerId });
  return (
    <SiteFrame watch={watched} fill>
      <StatusCounters counts={summary.data?.by_health} selected={state.status} onToggle={toggle} />
      <div className="bm-monitor">
        <MinersPanel siteId={siteId} state={state} miners={miners} onOpen={open} openId={openId} />
        {isDesk ? (
          <Suspense fallback={<div className="bm-panel" />}>
            <RackPanel siteId={siteId} onOpen={open} openId={openId} />
          </Suspense>
        ) : null}
      </div>
      <Suspense>
        <MinerDrawer siteId={siteId} minerId={openId} onClose={() => set({ miner: null })} />
      </Suspense>
    </SiteFrame>
  );
}
