import type { Alert } from "@banksman/wire/api";
import { StatusCounters } from "../../components/status-counters.tsx";
import { efficiency, hashrate, number, percent, power, shareOf } from "../../format/format.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { usePowerCoverage } from "../../hooks/use-power-coverage.ts";
import { useSession } from "../../shell/session.tsx";
import { useSites } from "../../shell/use-current-site.ts";
import { fleetTotals } from "../overview/fleet-totals.ts";
import { TrendPanel } from "../overview/trend-panel.tsx";
import { useEfficiency } from "../overview/use-efficiency.ts";
import { useFleetTrend } from "../overview/use-fleet-trend.ts";
import { WallAlerts } from "./wall-alerts.tsx";
import { WallFigure } from "./wall-figure.tsx";

/** All miners: the fleet's figures, how many do what, a day of hashrate, what is wrong, each site. */
export function WallFleet({ alerts }: { alerts: readonly Alert[] }) {
  const { t } = useLang();
  const { data } = useSites();
  const sites = data?.sites ?? [];
  const totals = fleetTotals(sites);
  const { canAt, canAtSites } = useSession();
  const whole = sites.filter(({ site_id }) => canAt("reading.read", site_id));
  const trend = useFleetTrend(whole);
  const { fleet } = useEfficiency(sites);
  const coverage = usePowerCoverage({ ...totals, power_consumption: totals.power });
  const share = shareOf(totals.hashrate, totals.expected);
  const lost = totals.expected === null || totals.hashrate === null ? null : totals.expected - totals.hashrate;
  return (
    <div className="bm-wall-view">
      <div className="bm-wall-figures">
        <WallFigure
          hero
          label={t("figure.hashrate")}
          figure={hashrate(totals.hashrate, "site")}
          context={t("figure.ofNameplateOnly", { percent: percent(share) })}
        />
        <WallFigure label={t("figure.power")} figure={power(totals.power, "site")} context={coverage} />
        <WallFigure
          label={t("figure.efficiency")}
          figure={fleet === null ? efficiency(null, null) : { text: number(fleet, 2), unit: "J/TH" }}
        />
        <WallFigure label={t("wall.below")} figure={hashrate(lost === null ? null : Math.max(0, lost), "site")} loud />
      </div>
      <StatusCounters counts={totals.counts} />
      <div className="bm-wall-columns">
        {whole.length > 0 ? <TrendPanel trend={trend} /> : null}
        {canAtSites("alert.read") ? <WallAlerts alerts={alerts} label={t("wall.alerts")} /> : null}
      </div>
      <ul className="bm-wall-sites">
        {sites.slice(0, 8).map((site) => (
          <li key={site.site_id} className="bm-panel">
            <span className="bm-wall-label">{site.name}</span>
            <span className="bm-wall-number">
              <b>{hashrate(site.hashrate_ghs, "site").text}</b>{" "}
              <small className="bm-wall-unit">{hashrate(site.hashrate_ghs, "site").unit}</small>
            </span>
            <span className="bm-secondary">{percent(shareOf(site.hashrate_ghs, site.expected_hashrate_ghs))}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
