import { Tooltip } from "antd";
import { type ReactNode, useState } from "react";
import { Link, NavLink, useLocation } from "react-router";
import { LATE_AFTER } from "../components/age.tsx";
import { classNames } from "../components/class-names.ts";
import { Icon, type IconName, Logo } from "../components/icons.tsx";
import { useLang } from "../hooks/use-lang.ts";
import { useNow } from "../hooks/use-now.ts";
import { useAlertFeed } from "./alert-feed.tsx";
import { useSession } from "./session.tsx";
import { SITES_EVERY_MS, useSites } from "./use-current-site.ts";

type Props = { collapsed: boolean; onToggle: () => void };

/** What people administer, each with the permission it needs, and where. */
const ADMINISTRATION = [
  { to: "/users", icon: "users", name: "users", needs: "user.manage", where: "canEverywhere" },
  { to: "/settings", icon: "columns", name: "settings", needs: "settings.manage", where: "canEverywhere" },
  { to: "/audit", icon: "lock", name: "audit", needs: "audit.read", where: "can" },
] as const;

/** The navigation at the left: only what exists and what the person may see. */
export function Rail({ collapsed, onToggle }: Props) {
  const { t } = useLang();
  const { can, canAtSites, canEverywhere } = useSession();
  const isOpen = { can, canEverywhere };
  const administration = ADMINISTRATION.filter(({ needs, where }) => isOpen[where](needs));
  return (
    <nav className="bm-rail" aria-label={t("nav.main")}>
      <Link className="bm-brand" to="/" aria-label={t("product")}>
        <Logo />
        {collapsed ? null : <span>{t("product")}</span>}
      </Link>
      <RailLink to="/" icon="overview" label={t("nav.overview")} collapsed={collapsed} end />
      {canAtSites("alert.read") ? <AlertsLink collapsed={collapsed} /> : null}
      <RailGroup label={t("nav.hosting")} collapsed={collapsed}>
        <RailLink
          to="/sites"
          icon="sites"
          label={t("nav.sites")}
          collapsed={collapsed}
          also={/^\/(monitor|miners)\//}
        />
        {canAtSites("reading.read") ? (
          <RailLink to="/cooling" icon="cooling" label={t("cooling.title")} collapsed={collapsed} />
        ) : null}
        {canAtSites("video.watch") ? (
          <RailLink to="/video" icon="camera" label={t("video.title")} collapsed={collapsed} />
        ) : null}
        {can("command.read") ? (
          <>
            <RailLink to="/commands" icon="rule" label={t("orders.title")} collapsed={collapsed} />
            {canAtSites("command.read") ? (
              <RailLink to="/automations" icon="retry" label={t("automations.title")} collapsed={collapsed} />
            ) : null}
          </>
        ) : null}
        {canAtSites("site.read") ? (
          <RailLink to="/profitability" icon="profit" label={t("profit.title")} collapsed={collapsed} />
        ) : null}
        {canEverywhere("pool.read") ? (
          <RailLink to="/pool" icon="pool" label={t("pool.title")} collapsed={collapsed} />
        ) : null}
        {canAtSites("pool.read") ? (
          <RailLink to="/pool-accounts" icon="account" label={t("poolAccounts.title")} collapsed={collapsed} />
        ) : null}
        {can("report.read") ? (
          <RailLink to="/reports" icon="note" label={t("reports.title")} collapsed={collapsed} />
        ) : null}
      </RailGroup>
      {administration.length > 0 ? (
        <RailGroup label={t("nav.administration")} collapsed={collapsed}>
          {administration.map(({ to, icon, name }) => (
            <RailLink key={to} to={to} icon={icon} label={t(`nav.${name}`)} collapsed={collapsed} />
          ))}
        </RailGroup>
      ) : null}
      <span className="bm-grow" />
      <button
        type="button"
        className="bm-nav bm-nav-toggle"
        onClick={onToggle}
        aria-expanded={!collapsed}
        aria-label={collapsed ? t("nav.expand") : t("nav.collapse")}
      >
        <Icon name="collapse" />
      </button>
      {collapsed ? null : <RailFoot />}
    </nav>
  );
}

/** With how many urgent alerts nobody has taken. */
function AlertsLink({ collapsed }: { collapsed: boolean }) {
  const { t } = useLang();
  const urgent = useAlertFeed().counts?.unacknowledged.urgent ?? 0;
  const badge = urgent > 0 ? <span className="bm-nav-count">{urgent}</span> : null;
  return <RailLink to="/alerts" icon="bell" label={t("alerts.title")} collapsed={collapsed} badge={badge} />;
}

type LinkProps = {
  to: string;
  icon: IconName;
  label: string;
  collapsed: boolean;
  end?: boolean;
  also?: RegExp;
  badge?: ReactNode;
};

function RailLink({ to, icon, label, collapsed, end = false, also, badge }: LinkProps) {
  const { pathname } = useLocation();
  const isAlso = also?.test(pathname) ?? false;
  return (
    <Tooltip title={collapsed ? label : null} placement="right">
      <NavLink
        to={to}
        end={end}
        className={({ isActive }) => classNames("bm-nav", (isActive || isAlso) && "bm-nav-on")}
        {...(collapsed ? { "aria-label": label } : {})}
      >
        <Icon name={icon} />
        {collapsed ? null : <span>{label}</span>}
        {badge}
      </NavLink>
    </Tooltip>
  );
}

/** A group that can be folded; the narrow rail shows its entries under a line. */
function RailGroup({ label, collapsed, children }: { label: string; collapsed: boolean; children: ReactNode }) {
  const [open, setOpen] = useState(true);
  if (collapsed)
    return (
      <>
        <hr />
        {children}
      </>
    );
  return (
    <>
      <button type="button" className="bm-nav-group" aria-expanded={open} onClick={() => setOpen(!open)}>
        {label}
        <Icon name={open ? "down" : "right"} size={12} />
      </button>
      {open ? children : null}
    </>
  );
}

/** How many sites report, by the interval each edge told. */
function RailFoot() {
  const { t } = useLang();
  const { data } = useSites();
  const now = useNow();
  if (!data) return null;
  const reporting = data.sites.filter(
    ({ newest_reading_at: at, reading_seconds: interval }) =>
      at !== null && now - Date.parse(at) < LATE_AFTER * (interval ?? 30) * 1_000 + SITES_EVERY_MS,
  );
  return (
    <p className="bm-rail-foot">{t("nav.sitesReporting", { reporting: reporting.length, total: data.sites.length })}</p>
  );
}
