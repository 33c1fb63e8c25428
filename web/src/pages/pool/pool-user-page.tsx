import { GetPoolUser, ListPools, ListPoolWorkers } from "@banksman/wire/api";
import { useEffect } from "react";
import { Link, useParams } from "react-router";
import { useRoute } from "../../api/query.ts";
import { PageFoot } from "../../components/page-foot.tsx";
import { Panel } from "../../components/panel.tsx";
import { ErrorState, SkeletonRows } from "../../components/states.tsx";
import { number } from "../../format/format.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { useUrlState } from "../../hooks/use-url-state.ts";
import { PoolTrend } from "./pool-trend.tsx";
import { ReasonsPanel } from "./reasons-panel.tsx";
import { WindowsPanel } from "./windows-panel.tsx";
import { WorkersTable } from "./workers-table.tsx";

const EVERY_MS = 15_000;
const PER_PAGE = 50;

/** One user of the pool: windows, hashrate over time, and the workers. */
export default function PoolUserPage() {
  const { t } = useLang();
  const { puid = "" } = useParams();
  const user = useRoute(GetPoolUser, { params: { puid } }, { every: EVERY_MS, keep: true });
  const pools = useRoute(ListPools, {});
  useEffect(() => {
    document.title = `${t("pool.userTitle", { puid })} · Banksman`;
  }, [t, puid]);
  const wayOut = <Link to="/pool">{t("pool.toPool")}</Link>;
  return (
    <div className="bm-stack">
      <div className="bm-page-head">
        <nav className="bm-crumbs" aria-label={t("pool.title")}>
          <Link to="/pool">{t("pool.title")}</Link>
        </nav>
        <h1>
          {t("pool.userTitle", { puid })}{" "}
          {user.data ? <small>{t("pool.workerCount", { count: user.data.workers })}</small> : null}
        </h1>
      </div>
      {user.error && !user.data ? (
        <div className="bm-panel">
          <ErrorState
            error={user.error}
            onRetry={() => void user.refetch()}
            permission="pool.read"
            missing={t("pool.noUser", { puid })}
            wayOut={wayOut}
          />
        </div>
      ) : (
        <>
          <PoolTrend stored={pools.data?.pools[0]} puid={puid} live />
          <div className="bm-pool-columns">
            <WindowsPanel row={user.data} scale="miner" />
            {user.data ? <ReasonsPanel reasons={user.data.reject_reasons} /> : null}
          </div>
          <WorkersPanel puid={puid} />
        </>
      )}
    </div>
  );
}

function WorkersPanel({ puid }: { puid: string }) {
  const { t } = useLang();
  const { params, set } = useUrlState();
  const page = Math.max(1, Number(params.get("page")) || 1);
  const query = { page, per_page: PER_PAGE };
  const workers = useRoute(ListPoolWorkers, { params: { puid }, query }, { every: EVERY_MS, keep: true });
  const total = workers.data?.pagination.total ?? 0;
  return (
    <Panel title={t("pool.workers")} hint={workers.data ? number(total) : null} flush>
      {workers.error && !workers.data ? (
        <ErrorState error={workers.error} onRetry={() => void workers.refetch()} permission="pool.read" />
      ) : null}
      {workers.isPending ? <SkeletonRows rows={8} /> : null}
      {workers.data ? <WorkersTable workers={workers.data.workers} label={t("pool.workers")} /> : null}
      <PageFoot total={total} perPage={PER_PAGE} page={page} set={set} />
    </Panel>
  );
}
