import type { Site } from "@banksman/wire/api";
import { Link } from "react-router";
import { Age } from "../../components/age.tsx";
import { StatusStrip } from "../../components/status-counters.tsx";
import { hashrate, joined, percent, shareOf } from "../../format/format.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { monitorOf } from "./site-table.tsx";

/** Sites as cards for phones. */
export function SiteCards({ sites }: { sites: readonly Site[] }) {
  const { t } = useLang();
  return (
    <ul className="bm-cards" aria-label={t("sites.title")}>
      {sites.map((site) => (
        <li key={site.site_id}>
          <Link className="bm-card" to={monitorOf(site)}>
            <span className="bm-card-line">
              <b className="bm-card-id">{site.name}</b>
              <span className="bm-muted">{site.site_id}</span>
              <span className="bm-grow" />
              <Age at={site.newest_reading_at} interval={site.reading_seconds} zone={site.time_zone} plain />
            </span>
            <span className="bm-card-line bm-secondary">
              <b className="bm-medium">{joined(hashrate(site.hashrate_ghs, "site"))}</b>
              <span>{percent(shareOf(site.hashrate_ghs, site.expected_hashrate_ghs))}</span>
              <span className="bm-grow" />
              <span>{t("common.miners", { count: site.total })}</span>
            </span>
            <StatusStrip counts={site.by_health} thin />
          </Link>
        </li>
      ))}
    </ul>
  );
}
