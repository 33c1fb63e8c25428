import { Button } from "antd";
import { type ReactNode, useEffect } from "react";
import { Icon } from "../../components/icons.tsx";
import { PageTabs } from "../../components/page-tabs.tsx";
import { number } from "../../format/format.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { useAlertFeed } from "../../shell/alert-feed.tsx";
import { useSession } from "../../shell/session.tsx";

const TABS = ["active", "history", "rules", "channels", "silences", "onCall", "statistics"] as const;
const PATHS: Record<(typeof TABS)[number], string> = {
  active: "/alerts",
  history: "/alerts/history",
  rules: "/alerts/rules",
  channels: "/alerts/channels",
  silences: "/alerts/silences",
  onCall: "/alerts/on-call",
  statistics: "/alerts/statistics",
};

/** Of the whole installation, and not of single sites. */
const EVERYWHERE: readonly (typeof TABS)[number][] = ["channels", "onCall"];

/** What the alert pages have in common: title, sound, and the tabs between them. */
export function AlertsFrame({ extra, children }: { extra?: ReactNode; children: ReactNode }) {
  const { t } = useLang();
  const { canEverywhere } = useSession();
  const { counts, muted, setMuted } = useAlertFeed();
  useEffect(() => {
    document.title = `${t("alerts.title")} · Banksman`;
  }, [t]);
  const open = counts ? Object.values(counts.open).reduce((sum, count) => sum + count, 0) : null;
  return (
    <div className="bm-stack bm-alerts">
      <div className="bm-page-head">
        <h1>{t("alerts.title")}</h1>
        <span className="bm-grow" />
        <Button icon={<Icon name={muted ? "mute" : "sound"} />} aria-pressed={!muted} onClick={() => setMuted(!muted)}>
          {muted ? t("alerts.soundOff") : t("alerts.soundOn")}
        </Button>
        {extra}
      </div>
      <PageTabs
        label={t("alerts.tabs")}
        tabs={TABS.filter((tab) => canEverywhere("alert.read") || !EVERYWHERE.includes(tab)).map((tab) => ({
          to: PATHS[tab],
          text: `${t(`alerts.tab.${tab}`)}${tab === "active" && open !== null ? ` ${number(open)}` : ""}`,
          end: tab === "active",
        }))}
      />
      {children}
    </div>
  );
}
