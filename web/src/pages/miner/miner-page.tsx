import { GetMiner, type MinerDetail } from "@banksman/wire/api";
import { readingSeconds } from "@banksman/wire/model";
import { useEffect, useMemo } from "react";
import { Link, useParams } from "react-router";
import { useRoute } from "../../api/query.ts";
import { Age } from "../../components/age.tsx";
import { DeviceOrders } from "../../components/orders/device-orders.tsx";
import { OrderMenu } from "../../components/orders/order-menu.tsx";
import { Panel } from "../../components/panel.tsx";
import { ErrorState, SkeletonRows } from "../../components/states.tsx";
import { StatusBadge } from "../../components/status-badge.tsx";
import { useLang } from "../../hooks/use-lang.ts";
import { useFollow } from "../../shell/live-context.tsx";
import { useSite } from "../../shell/use-current-site.ts";
import { placeOf } from "../monitor/columns.tsx";
import { reasonOf } from "../monitor/reason.ts";
import { BoardList } from "./board-list.tsx";
import { FaultList } from "./fault-list.tsx";
import { HistoryPanel } from "./history-panel.tsx";
import { MinerFigures } from "./miner-figures.tsx";
import { FanPanel, IdentityPanel, PoolPanel } from "./side-panels.tsx";
import { TimelinePanel } from "./timeline-panel.tsx";

const REFRESH_MS = 30_000;

/** Everything known of one miner. */
export default function MinerPage() {
  const { t } = useLang();
  const { siteId = "", minerId = "" } = useParams();
  const site = useSite(siteId).data;
  const watched = useMemo(() => [minerId], [minerId]);
  useFollow(siteId, watched);
  const miner = useRoute(
    GetMiner,
    { params: { site_id: siteId, miner_id: minerId } },
    { every: REFRESH_MS, keep: true },
  );
  useEffect(() => {
    document.title = `${minerId} · Banksman`;
  }, [minerId]);
  if (miner.error && !miner.data)
    return (
      <ErrorState
        error={miner.error}
        onRetry={() => void miner.refetch()}
        missing={t("error.missingMiner", { miner: minerId })}
      />
    );
  if (!miner.data) return <SkeletonRows rows={16} />;
  const zone = site?.time_zone ?? "UTC";
  const interval = readingSeconds(miner.data.driver, site?.interval_seconds ?? null);
  return (
    <div className="bm-stack">
      <MinerHead siteId={siteId} siteName={site?.name ?? siteId} miner={miner.data} interval={interval} zone={zone} />
      <MinerFigures row={miner.data} />
      <div className="bm-miner-grid">
        <div className="bm-stack">
          <HistoryPanel
            siteId={siteId}
            minerId={minerId}
            nameplate={miner.data.expected_hashrate_ghs}
            zone={zone}
            firstAt={Date.parse(miner.data.first_seen_at)}
          />
          <TimelinePanel siteId={siteId} minerId={minerId} zone={zone} />
          <DeviceOrders device={{ site_id: siteId, miner_id: minerId }} zone={zone} />
        </div>
        <div className="bm-stack">
          <Panel title={t("miner.boards")}>
            <BoardList boards={miner.data.boards} model={miner.data.model} />
          </Panel>
          <Panel title={t("miner.faults")}>
            <FaultList faults={miner.data.faults} warnings={miner.data.warnings} />
          </Panel>
          <FanPanel speeds={miner.data.fan_speeds ?? []} />
          <PoolPanel pools={miner.data.pools} worker={miner.data.worker_name} />
          <IdentityPanel miner={miner.data} interval={interval} zone={zone} />
        </div>
      </div>
    </div>
  );
}

type HeadProps = { siteId: string; siteName: string; miner: MinerDetail; interval: number | null; zone: string };

function MinerHead({ siteId, siteName, miner, interval, zone }: HeadProps) {
  const { t } = useLang();
  const site = encodeURIComponent(siteId);
  const reason = reasonOf(miner);
  const words =
    reason && (reason.key === "faults" ? t("reason.faults", { count: reason.count ?? 0 }) : t(`reason.${reason.key}`));
  return (
    <div className="bm-title">
      <nav className="bm-crumbs" aria-label="breadcrumb">
        <Link to="/sites">{t("nav.sites")}</Link> / <Link to={`/monitor/${site}`}>{siteName}</Link>
        {miner.rack ? (
          <>
            {" / "}
            <Link to={`/monitor/${site}?rack=${encodeURIComponent(miner.rack)}`}>
              {t("monitor.rack", { rack: miner.rack })}
            </Link>
          </>
        ) : null}{" "}
        / {placeOf(miner)}
      </nav>
      <div className="bm-miner-title">
        <h1>{miner.miner_id}</h1>
        <StatusBadge status={miner.health} pill {...(words ? { detail: words } : {})} />
        <span className="bm-secondary">
          {miner.model} · <Age at={miner.collected_at} interval={interval} zone={zone} ago />
        </span>
        <span className="bm-grow" />
        <OrderMenu target={{ site_id: siteId, miner_ids: [miner.miner_id] }} driver={miner.driver} />
      </div>
    </div>
  );
}
