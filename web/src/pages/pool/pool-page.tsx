import { GetPool, ListPools, type PoolTotals } from "@banksman/wire/api";
import { useEffect } from "react";
import { useRoute } from "../../api/query.ts";
import { Age } from "../../components/age.tsx";
import { LateBanner } from "../../components/late-banner.tsx";
import { StatTile } from "../../components/stat-tile.tsx";
import { EmptyState, ErrorState, SkeletonRows } from "../../components/states.tsx";
import { number, percent } from "../../format/format.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { listHashrate, poolHashrate, windowOf } from "./pool-figures.ts";
import { PoolNotices } from "./pool-notices.tsx";
import { PoolTrend } from "./pool-trend.tsx";
import { ReasonsPanel, RefusedPanel } from "./reasons-panel.tsx";
import { TopPanel } from "./top-panel.tsx";
import { UsersPanel } from "./users-panel.tsx";
import { WindowsPanel } from "./windows-panel.tsx";

const EVERY_MS = 15_000;

/** A pool's own figures: hashrate, users and workers, what is rejected, and how far its share log has been read. */
export default function PoolPage() {
  const { t } = useLang();
  const pools = useRoute(ListPools, {}, { every: 60_000, keep: true });
  useEffect(() => {
    document.title = `${t("pool.title")} · Banksman`;
  }, [t]);
  const stored = pools.data?.pools[0];
  return (
    <div className="bm-stack">
      <div className="bm-page-head">
        <h1>{t("pool.title")}</h1>
      </div>
      {pools.error && !pools.data ? (
        <div className="bm-panel">
          <ErrorState error={pools.error} onRetry={() => void pools.refetch()} permission="pool.read" />
        </div>
      ) : null}
      {pools.isPending ? <SkeletonRows rows={14} /> : null}
      {pools.data?.live ? <LivePool stored={stored} /> : null}
      {pools.data && !pools.data.live ? (
        <>
          <div className="bm-panel">
            <EmptyState icon="pool" title={t("pool.none")} detail={t("pool.noneDetail")} />
          </div>
          {stored ? <PoolTrend stored={stored} puid={null} live={false} /> : null}
        </>
      ) : null}
    </div>
  );
}

type Stored = { site_id: string; pool: string } | undefined;

function LivePool({ stored }: { stored: Stored }) {
  const { t } = useLang();
  const pool = useRoute(GetPool, {}, { every: EVERY_MS, keep: true });
  if (pool.error && !pool.data)
    return (
      <>
        <div className="bm-panel">
          <ErrorState error={pool.error} onRetry={() => void pool.refetch()} permission="pool.read" />
        </div>
        {stored ? <PoolTrend stored={stored} puid={null} live={false} /> : null}
      </>
    );
  const isLate = pool.error !== null;
  return (
    <>
      {isLate ? (
        <LateBanner
          headline={t("late.refreshFailed")}
          detail={<Age at={pool.data?.at} interval={EVERY_MS / 1_000} ago />}
        />
      ) : null}
      {pool.data ? <PoolNotices pool={pool.data} /> : null}
      <Tiles pool={pool.data} late={isLate} />
      <PoolTrend stored={stored} puid={null} live />
      <div className="bm-pool-columns">
        <WindowsPanel row={pool.data} scale="site" />
        {pool.data ? <ReasonsPanel reasons={pool.data.reject_reasons} /> : null}
        {pool.data ? <RefusedPanel refused={pool.data.refused} /> : null}
      </div>
      <UsersPanel />
      <TopPanel />
    </>
  );
}

function Tiles({ pool, late }: { pool: PoolTotals | undefined; late: boolean }) {
  const { t, lang } = useLang();
  const hour = pool && windowOf(pool, "1h");
  const hs = pool && listHashrate(pool);
  const flush = pool?.last_flush_at;
  return (
    <div className="bm-tiles" lang={lang}>
      <StatTile
        late={late}
        label={t("pool.hashrate15")}
        figure={pool && poolHashrate(hs, "site")}
        exact={hs}
        context={hour && t("pool.overHour", { hashrate: textOf(hour.hashrate_hs) })}
      />
      <StatTile
        late={late}
        label={t("pool.users")}
        figure={pool && { text: number(pool.users), unit: "" }}
        context={t("pool.liveHour")}
      />
      <StatTile
        late={late}
        label={t("pool.workers")}
        figure={pool && { text: number(pool.workers), unit: "" }}
        context={pool && pool.instances > 1 ? t("pool.instances", { count: pool.instances }) : t("pool.liveHour")}
      />
      <StatTile
        late={late}
        label={t("pool.rejected")}
        figure={pool && { text: percent(hour?.reject_share, 2), unit: "" }}
        exact={hour?.reject_share}
        context={t("pool.ofDifficulty")}
        missingReason={t("pool.noShares")}
      />
      <StatTile
        late={late}
        label={t("pool.lag")}
        figure={pool && { text: number(pool.lag), unit: "" }}
        context={
          flush ? (
            <>
              {t("pool.flushed")} <Age at={flush} ago />
            </>
          ) : (
            t("pool.notFlushed")
          )
        }
        missingReason={t("pool.brokersAway")}
      />
    </div>
  );
}

function textOf(hs: number | null): string {
  const { text, unit } = poolHashrate(hs, "site");
  return `${text} ${unit}`;
}
