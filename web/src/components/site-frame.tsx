import { GetSummary } from "@banksman/wire/api";
import { type ReactNode, useEffect } from "react";
import { Link, useParams } from "react-router";
import { ApiProblem } from "../api/problem.ts";
import { useRoute } from "../api/query.ts";
import { useLang } from "../hooks/use-lang.ts";
import { useFollow } from "../shell/live-context.tsx";
import { useSession } from "../shell/session.tsx";
import { useSite } from "../shell/use-current-site.ts";
import { classNames } from "./class-names.ts";
import { OrderMenu } from "./orders/order-menu.tsx";
import { PageTabs } from "./page-tabs.tsx";
import { RefreshCountdown } from "./refresh-countdown.tsx";
import { SiteFigures } from "./site-figures.tsx";
import { ErrorState } from "./states.tsx";

export const REFRESH_MS = 30_000;
const NONE: readonly string[] = [];

/** The site's id from the address. */
export function useSiteParam(): string {
  return useParams().siteId ?? "";
}

type Props = {
  /** The rows on the screen, whose changes are pushed. */
  watch?: readonly string[];
  /** Fills the window's height, so that only lists inside scroll. */
  fill?: boolean;
  children: ReactNode;
};

/** What all pages of a site share: where one is, the site's figures, and the tabs. */
export function SiteFrame({ watch = NONE, fill = false, children }: Props) {
  const { t } = useLang();
  const siteId = useSiteParam();
  const site = useSite(siteId);
  useFollow(siteId, watch);
  const name = site.data?.name ?? siteId;
  useEffect(() => {
    document.title = `${name} · Banksman`;
  }, [name]);
  if (site.error instanceof ApiProblem && !site.data)
    return (
      <ErrorState
        error={site.error}
        onRetry={() => void site.refetch()}
        missing={t("error.missingSite", { site: siteId })}
        wayOut={<Link to="/sites">{t("error.toSites")}</Link>}
      />
    );
  return (
    <div className={classNames("bm-stack", fill && "bm-fill")}>
      <div className="bm-site-head">
        <SiteTitle siteId={siteId} name={name} />
        <span className="bm-grow" />
        <SiteFigures siteId={siteId} />
        <OrderMenu target={{ site_id: siteId, filter: {} }} edge label={t("orders.wholeSite")} />
      </div>
      <SiteTabs siteId={siteId} />
      {children}
    </div>
  );
}

function SiteTitle({ siteId, name }: { siteId: string; name: string }) {
  const { t } = useLang();
  const summary = useRoute(GetSummary, { params: { site_id: siteId } }, { every: REFRESH_MS, keep: true });
  const parts = [siteId, summary.data ? t("common.miners", { count: summary.data.total }) : null];
  return (
    <div className="bm-title">
      <nav className="bm-crumbs" aria-label="breadcrumb">
        <Link to="/sites">{t("nav.sites")}</Link> / {name}
      </nav>
      <h1>
        {name} <small>{parts.filter(Boolean).join(" · ")}</small>
      </h1>
    </div>
  );
}

function SiteTabs({ siteId }: { siteId: string }) {
  const { t } = useLang();
  const { canAt } = useSession();
  const site = encodeURIComponent(siteId);
  const tabs = [
    { to: `/monitor/${site}`, text: t("monitor.miners") },
    { to: `/sites/${site}/racks`, text: t("monitor.racks") },
    ...(canAt("reading.read", siteId) ? [{ to: `/sites/${site}/collector`, text: t("monitor.collector") }] : []),
    ...(canAt("video.watch", siteId) ? [{ to: `/video?site=${site}`, text: t("video.title") }] : []),
  ];
  return (
    <PageTabs label={t("monitor.tabsLabel")} tabs={tabs}>
      <span className="bm-grow" />
      <RefreshCountdown siteId={siteId} />
    </PageTabs>
  );
}
