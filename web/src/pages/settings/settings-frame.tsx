import { type ReactNode, useEffect } from "react";
import { PageTabs } from "../../components/page-tabs.tsx";
import { useLang } from "../../hooks/use-lang.ts";
import { useSession } from "../../shell/session.tsx";

const TABS = [
  { tab: "settings", to: "/settings", needs: "settings.manage" },
  { tab: "jobs", to: "/settings/jobs", needs: "job.manage" },
  { tab: "webhooks", to: "/settings/webhooks", needs: "webhook.manage" },
  { tab: "customers", to: "/settings/customers", needs: "customer.read" },
] as const;

/** What the pages of settings have in common: title and the tabs between them. */
export function SettingsFrame({ extra, children }: { extra?: ReactNode; children: ReactNode }) {
  const { t } = useLang();
  const { can } = useSession();
  useEffect(() => {
    document.title = `${t("settings.title")} · Banksman`;
  }, [t]);
  return (
    <div className="bm-stack">
      <div className="bm-page-head">
        <h1>{t("settings.title")}</h1>
        <span className="bm-grow" />
        {extra}
      </div>
      <PageTabs
        label={t("settings.tabs")}
        tabs={TABS.filter(({ needs }) => can(needs)).map(({ tab, to }) => ({
          to,
          text: t(`settings.tab.${tab}`),
          end: true,
        }))}
      />
      {children}
    </div>
  );
}
