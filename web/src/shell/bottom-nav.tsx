import { Badge, Dropdown } from "antd";
import { NavLink, useNavigate } from "react-router";
import { classNames } from "../components/class-names.ts";
import { Icon, type IconName } from "../components/icons.tsx";
import { useLang } from "../hooks/use-lang.ts";
import { switchLang } from "../i18n/index.ts";
import { useTheme } from "../theme/theme-context.tsx";
import { useAlertFeed } from "./alert-feed.tsx";
import { useSession } from "./session.tsx";
import { useCurrentSiteId, useSites } from "./use-current-site.ts";

/** The phone's navigation: five targets of at least 44 pixels. */
export function BottomNav() {
  const { t } = useLang();
  const { canAtSites } = useSession();
  const urgent = useAlertFeed().counts?.unacknowledged.urgent ?? 0;
  const current = useCurrentSiteId();
  const { data } = useSites();
  const site = encodeURIComponent(current ?? data?.sites[0]?.site_id ?? "");
  return (
    <nav className="bm-bottom" aria-label={t("nav.main")}>
      {canAtSites("alert.read") ? <Target to="/alerts" icon="bell" label={t("alerts.title")} count={urgent} /> : null}
      <Target to="/" icon="overview" label={t("nav.overview")} />
      <Target to="/sites" icon="sites" label={t("sites.site")} />
      {site ? <Target to={`/monitor/${site}`} icon="miners" label={t("nav.miners")} /> : null}
      <More site={site} />
    </nav>
  );
}

type TargetProps = { to: string; icon: IconName; label: string; count?: number };

function Target({ to, icon, label, count = 0 }: TargetProps) {
  return (
    <NavLink to={to} end className={({ isActive }) => classNames("bm-bottom-target", isActive && "bm-bottom-on")}>
      <Badge title="" count={count} size="small" overflowCount={99}>
        <Icon name={icon} size={20} />
      </Badge>
      {label}
    </NavLink>
  );
}

function More({ site }: { site: string }) {
  const { t } = useLang();
  const { can, canAtSites, canEverywhere, signOut } = useSession();
  const { mode, choose } = useTheme();
  const navigate = useNavigate();
  const actions: Record<string, () => void> = {
    racks: () => void navigate(`/sites/${site}/racks`),
    cooling: () => void navigate("/cooling"),
    video: () => void navigate("/video"),
    profit: () => void navigate("/profitability"),
    pool: () => void navigate("/pool"),
    poolAccounts: () => void navigate("/pool-accounts"),
    reports: () => void navigate("/reports"),
    users: () => void navigate("/users"),
    settings: () => void navigate("/settings"),
    audit: () => void navigate("/audit"),
    orders: () => void navigate("/commands"),
    automations: () => void navigate("/automations"),
    password: () => void navigate("/account"),
    theme: () => choose(mode === "dark" ? "light" : "dark"),
    lang: () => void switchLang(),
    out: () => void signOut(),
  };
  const items = [
    ...(site ? [{ key: "racks", icon: <Icon name="racks" />, label: t("nav.racks") }] : []),
    ...(canAtSites("reading.read")
      ? [{ key: "cooling", icon: <Icon name="cooling" />, label: t("cooling.title") }]
      : []),
    ...(canAtSites("video.watch") ? [{ key: "video", icon: <Icon name="camera" />, label: t("video.title") }] : []),
    ...(canAtSites("site.read") ? [{ key: "profit", icon: <Icon name="profit" />, label: t("profit.title") }] : []),
    ...(canEverywhere("pool.read") ? [{ key: "pool", icon: <Icon name="pool" />, label: t("pool.title") }] : []),
    ...(canAtSites("pool.read")
      ? [{ key: "poolAccounts", icon: <Icon name="account" />, label: t("poolAccounts.title") }]
      : []),
    ...(can("command.read") ? [{ key: "orders", icon: <Icon name="rule" />, label: t("orders.title") }] : []),
    ...(canAtSites("command.read")
      ? [{ key: "automations", icon: <Icon name="retry" />, label: t("automations.title") }]
      : []),
    ...(can("report.read") ? [{ key: "reports", icon: <Icon name="note" />, label: t("reports.title") }] : []),
    ...(canEverywhere("user.manage") ? [{ key: "users", icon: <Icon name="users" />, label: t("nav.users") }] : []),
    ...(canEverywhere("settings.manage")
      ? [{ key: "settings", icon: <Icon name="columns" />, label: t("nav.settings") }]
      : []),
    ...(can("audit.read") ? [{ key: "audit", icon: <Icon name="lock" />, label: t("nav.audit") }] : []),
    { key: "password", icon: <Icon name="key" />, label: t("top.changePassword") },
    {
      key: "theme",
      icon: <Icon name={mode === "dark" ? "sun" : "moon"} />,
      label: `${t("top.theme")}: ${mode === "dark" ? t("top.themeLight") : t("top.themeDark")}`,
    },
    { key: "lang", icon: <Icon name="account" />, label: t("top.language") },
    { key: "out", icon: <Icon name="exit" />, label: t("top.signOut") },
  ];
  return (
    <Dropdown menu={{ items, onClick: ({ key }) => actions[key]?.() }} trigger={["click"]} placement="topRight">
      <button type="button" className="bm-bottom-target">
        <Icon name="more" size={20} />
        {t("nav.more")}
      </button>
    </Dropdown>
  );
}
