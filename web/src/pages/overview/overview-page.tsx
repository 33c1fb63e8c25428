import { Button } from "antd";
import { useEffect } from "react";
import { useNavigate } from "react-router";
import { Panel } from "../../components/panel.tsx";
import { fromFirst } from "../../components/sparkline.tsx";
import { StatTile } from "../../components/stat-tile.tsx";
import { EmptyState, ErrorState, SkeletonRows } from "../../components/states.tsx";
import { StatusCounters } from "../../components/status-counters.tsx";
import { hashrate, number, percent, power, shareOf } from "../../format/format.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { usePowerCoverage } from "../../hooks/use-power-coverage.ts";
import { useSession } from "../../shell/session.tsx";
import { useSites } from "../../shell/use-current-site.ts";
import { SiteTable } from "../sites/site-table.tsx";
import { fleetTotals } from "./fleet-totals.ts";
import { TrendPanel } from "./trend-panel.tsx";
import { useEfficiency } from "./use-efficiency.ts";
import { useFleetTrend } from "./use-fleet-trend.ts";

/** All sites at once: how many machines do what, the fleet's figures, a day of hashrate, and each site. */
export default function OverviewPage() {
  const { t } = useLang();
  const sites = useSites();
  useEffect(() => {
    document.title = `${t("overview.title")} · Banksman`;
  }, [t]);
  if (sites.error && !sites.data)
    return <ErrorState error={sites.error} onRetry={() => void sites.refetch()} permission="site.read" />;
  if (!sites.data) return <SkeletonRows rows={14} />;
  return sites.data.sites.length === 0 ? <NoSites /> : <Fleet />;
}

function Fleet() {
  const { t } = useLang();
  const { data } = useSites();
  const sites = data?.sites ?? [];
  const totals = fleetTotals(sites);
  const coverage = usePowerCoverage({ ...totals, power_consumption: totals.power });
  const { canAt } = useSession();
  // A site's history is the whole site's.
  const whole = sites.filter(({ site_id }) => canAt("reading.read", site_id));
  const trend = useFleetTrend(whole);
  const efficiency = useEfficiency(sites);
  const subtitle = t("overview.subtitle", {
    sites: t("common.sites", { count: sites.length }),
    miners: t("common.miners", { count: totals.total }),
  });
  const share = shareOf(totals.hashrate, totals.expected);
  const only = sites.length === 1 ? `/monitor/${encodeURIComponent(sites[0]?.site_id ?? "")}` : "/sites";
  return (
    <div className="bm-stack">
      <div className="bm-page-head">
        <h1>
          {t("overview.title")} <small>{subtitle}</small>
        </h1>
      </div>
      <StatusCounters counts={totals.counts} strip />
      <div className="bm-tiles">
        <StatTile
          label={t("figure.hashrate")}
          figure={hashrate(totals.hashrate, "site")}
          exact={totals.hashrate}
          context={t("figure.ofNameplateOnly", { percent: percent(share) })}
          trend={fromFirst(trend.trend.map((point) => point.hashrate))}
          trendColour="var(--bm-data-own)"
          to={only}
        />
        <StatTile
          label={t("figure.power")}
          figure={power(totals.power, "site")}
          exact={totals.power}
          context={totals.power === null ? t("figure.notGiven") : (coverage ?? `${number(totals.power / 1_000, 1)} kW`)}
          trend={fromFirst(trend.trend.map((point) => point.power))}
          trendColour="var(--bm-data-power)"
          to={only}
        />
        <StatTile
          label={t("figure.efficiency")}
          figure={{ text: number(efficiency.fleet, 2), unit: "J/TH" }}
          exact={efficiency.fleet}
          context={t("figure.poweredOnly")}
          to={only}
        />
        <StatTile
          label={t("figure.online")}
          figure={{ text: number(totals.online), unit: "" }}
          context={t("figure.ofTotal", { total: number(totals.total) })}
          to={only}
        />
      </div>
      {whole.length > 0 ? <TrendPanel trend={trend} /> : null}
      <Panel title={t("overview.sites")} flush>
        <SiteTable sites={sites} histories={trend.bySite} efficiencies={efficiency.bySite} />
      </Panel>
    </div>
  );
}

function NoSites() {
  const { t } = useLang();
  const { canEverywhere } = useSession();
  const navigate = useNavigate();
  const create = canEverywhere("site.manage") ? (
    <Button type="primary" onClick={() => void navigate("/sites?create=yes")}>
      {t("sites.create")}
    </Button>
  ) : null;
  return <EmptyState icon="sites" title={t("empty.sites")} detail={t("empty.sitesDetail")} action={create} />;
}
