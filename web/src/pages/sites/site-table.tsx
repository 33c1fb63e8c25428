import type { GetSiteHistory, Site } from "@banksman/wire/api";
import { Table } from "antd";
import { Link, useNavigate } from "react-router";
import type { DataOf } from "../../api/client.ts";
import { Age } from "../../components/age.tsx";
import { fromFirst, Sparkline } from "../../components/sparkline.tsx";
import { StatusStrip } from "../../components/status-counters.tsx";
import { hashrate, number, percent, power, shareOf } from "../../format/format.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { usePhone } from "../../hooks/use-media.ts";
import { usePowerCoverage } from "../../hooks/use-power-coverage.ts";
import { SiteCards } from "./site-cards.tsx";

type Points = DataOf<typeof GetSiteHistory>["points"];
type Props = {
  sites: readonly Site[];
  histories?: ReadonlyMap<string, Points>;
  efficiencies: ReadonlyMap<string, number | null>;
};

export const monitorOf = (site: Site): string => `/monitor/${encodeURIComponent(site.site_id)}`;
const SPARK_POINTS = 48;

/** About 48 of a day's points: a sparkline 56 pixels wide can't show more. */
function thin(points: Points | undefined): readonly (number | null)[] | undefined {
  if (!points) return undefined;
  const step = Math.max(1, Math.ceil(points.length / SPARK_POINTS));
  return fromFirst(points.filter((_, index) => index % step === 0).map((point) => point.hashrate_ghs));
}

function SitePower({ site }: { site: Site }) {
  const coverage = usePowerCoverage(site);
  return (
    <>
      {power(site.power_consumption, "column").text}
      {coverage === null ? null : (
        <>
          <br />
          <small className="bm-secondary">{coverage}</small>
        </>
      )}
    </>
  );
}

/** Each site in a row that leads to its monitor; cards on phones. */
export function SiteTable({ sites, histories, efficiencies }: Props) {
  const { t } = useLang();
  const navigate = useNavigate();
  if (usePhone()) return <SiteCards sites={sites} />;
  const spark = histories
    ? [
        {
          key: "spark",
          title: t("miner.hours", { count: 24 }),
          width: 76,
          render: (_: unknown, site: Site) => <Sparkline values={thin(histories.get(site.site_id))} />,
        },
      ]
    : [];
  return (
    <Table<Site>
      size="small"
      rowKey="site_id"
      dataSource={sites}
      pagination={sites.length > 50 ? { pageSize: 50, size: "small" } : false}
      aria-label={t("sites.title")}
      scroll={{ x: 820 }}
      rowClassName="bm-row"
      onRow={(site) => ({ onClick: () => void navigate(monitorOf(site)) })}
      columns={[
        {
          key: "site",
          title: t("sites.site"),
          render: (_, site) => (
            <>
              <Link className="bm-id" to={monitorOf(site)} onClick={(event) => event.stopPropagation()}>
                {site.name}
              </Link>{" "}
              <span className="bm-muted">{[site.site_id, site.region].filter(Boolean).join(" · ")}</span>
            </>
          ),
        },
        { key: "miners", title: t("sites.miners"), width: 80, align: "right", render: (_, site) => number(site.total) },
        {
          key: "states",
          title: t("sites.states"),
          width: 120,
          render: (_, site) => <StatusStrip counts={site.by_health} thin />,
        },
        {
          key: "hashrate",
          title: "PH/s",
          width: 84,
          align: "right",
          render: (_, site) => <b className="bm-medium">{hashrate(site.hashrate_ghs, "column").text}</b>,
        },
        {
          key: "share",
          title: t("sites.ofNameplate"),
          width: 104,
          align: "right",
          render: (_, site) => percent(shareOf(site.hashrate_ghs, site.expected_hashrate_ghs)),
        },
        ...spark,
        {
          key: "power",
          title: "MW",
          width: 130,
          align: "right",
          render: (_, site) => <SitePower site={site} />,
        },
        {
          key: "jth",
          title: "J/TH",
          width: 72,
          align: "right",
          render: (_, site) => number(efficiencies.get(site.site_id), 1),
        },
        {
          key: "age",
          title: t("sites.age"),
          width: 100,
          align: "right",
          render: (_, site) => (
            <Age at={site.newest_reading_at} interval={site.reading_seconds} zone={site.time_zone} />
          ),
        },
      ]}
    />
  );
}
