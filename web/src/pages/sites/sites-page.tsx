import { Button } from "antd";
import { useEffect } from "react";
import { Icon } from "../../components/icons.tsx";
import { EmptyState, ErrorState, SkeletonRows } from "../../components/states.tsx";
import { useLang } from "../../hooks/use-lang.ts";
import { useUrlState } from "../../hooks/use-url-state.ts";
import { useSession } from "../../shell/session.tsx";
import { useSites } from "../../shell/use-current-site.ts";
import { useEfficiency } from "../overview/use-efficiency.ts";
import { SiteForm } from "./site-form.tsx";
import { SiteTable } from "./site-table.tsx";

/** Every site, and making a new one. */
export default function SitesPage() {
  const { t } = useLang();
  const { canEverywhere } = useSession();
  const { params, set, push } = useUrlState();
  const sites = useSites();
  useEffect(() => {
    document.title = `${t("sites.title")} · Banksman`;
  }, [t]);
  const list = sites.data?.sites;
  const efficiency = useEfficiency(list ?? []);
  const create = canEverywhere("site.manage") ? (
    <Button type="primary" icon={<Icon name="plus" />} onClick={() => push({ create: "yes" })}>
      {t("sites.create")}
    </Button>
  ) : null;
  return (
    <div className="bm-stack">
      <div className="bm-page-head">
        <h1>
          {t("sites.title")} {list ? <small>{t("common.sites", { count: list.length })}</small> : null}
        </h1>
        <span className="bm-grow" />
        {create}
      </div>
      <div className="bm-panel bm-panel-flush">
        {sites.error && !list ? (
          <ErrorState error={sites.error} onRetry={() => void sites.refetch()} permission="site.read" />
        ) : null}
        {sites.isPending ? <SkeletonRows rows={6} /> : null}
        {list?.length === 0 ? (
          <EmptyState icon="sites" title={t("empty.sites")} detail={t("empty.sitesDetail")} />
        ) : null}
        {list && list.length > 0 ? <SiteTable sites={list} efficiencies={efficiency.bySite} /> : null}
      </div>
      <SiteForm
        open={params.get("create") === "yes" && canEverywhere("site.manage")}
        onClose={() => set({ create: null })}
      />
    </div>
  );
}
