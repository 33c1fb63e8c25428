import { Button, Dropdown, Select, Tooltip } from "antd";
import { Link, useNavigate } from "react-router";
import { Icon, Logo } from "../components/icons.tsx";
import { browserZone, clock, zoneLabel } from "../format/time.ts";
import { useLang } from "../hooks/use-lang.ts";
import { usePhone, useTablet } from "../hooks/use-media.ts";
import { useNow } from "../hooks/use-now.ts";
import { useRoleWord } from "../hooks/use-role-word.ts";
import { AlertBell } from "./alert-bell.tsx";
import { LiveStatus } from "./live-status.tsx";
import { LanguageButton, ThemeButton } from "./preference-buttons.tsx";
import { useSession } from "./session.tsx";
import { useCurrentSiteId, useSites } from "./use-current-site.ts";
import { SEARCH_KEYS } from "./use-shortcuts.ts";

/** 48 pixels at the top: site, search, how live the data is, clock, preferences, account. */
export function TopBar({ onSearch, onHelp }: { onSearch: () => void; onHelp: () => void }) {
  const { t } = useLang();
  const isPhone = usePhone();
  const isTablet = useTablet();
  return (
    <header className="bm-top">
      {isTablet ? (
        <Link to="/" className="bm-brand" aria-label={t("product")}>
          <Logo />
        </Link>
      ) : null}
      <SiteSwitcher />
      {isTablet ? null : (
        <button type="button" className="bm-search" onClick={onSearch}>
          <Icon name="search" size={14} />
          <span>{t("top.search")}</span>
          <kbd>{SEARCH_KEYS}</kbd>
        </button>
      )}
      <span className="bm-grow" />
      <LiveStatus short={isPhone} />
      {isTablet ? null : <Clock />}
      <div className="bm-top-tools">
        {isPhone ? null : <AlertBell />}
        {isTablet ? (
          <Button
            type="text"
            className="bm-icon-button"
            aria-label={t("search.title")}
            icon={<Icon name="search" />}
            onClick={onSearch}
          />
        ) : (
          <>
            <Tooltip title={t("top.shortcuts")}>
              <Button
                type="text"
                className="bm-icon-button"
                aria-label={t("top.shortcuts")}
                icon={<Icon name="help" />}
                onClick={onHelp}
              />
            </Tooltip>
            <Tooltip title={t("wall.show")}>
              <Link to="/wall" className="ant-btn ant-btn-text bm-icon-button" aria-label={t("wall.show")}>
                <Icon name="system" />
              </Link>
            </Tooltip>
            <ThemeButton />
            <LanguageButton />
          </>
        )}
        {isPhone ? null : <AccountButton />}
      </div>
    </header>
  );
}

function SiteSwitcher() {
  const { t } = useLang();
  const current = useCurrentSiteId();
  const { data } = useSites();
  const navigate = useNavigate();
  const sites = (data?.sites ?? []).map((site) => ({ value: site.site_id, label: site.name }));
  return (
    <Select
      className="bm-site-switch"
      aria-label={t("nav.chooseSite")}
      value={current ?? ""}
      options={[{ value: "", label: t("nav.allSites") }, ...sites]}
      onChange={(site) => void navigate(site === "" ? "/" : `/monitor/${encodeURIComponent(site)}`)}
      prefix={<Icon name="sites" />}
      suffixIcon={<Icon name="down" size={14} />}
      popupMatchSelectWidth={false}
    />
  );
}

/** The time in the zone of the site, or in the person's own on pages of no site. */
function Clock() {
  const now = useNow();
  const current = useCurrentSiteId();
  const { data } = useSites();
  const zone = data?.sites.find((site) => site.site_id === current)?.time_zone ?? browserZone();
  return (
    <span className="bm-clock">
      {clock(now, zone)} <span className="bm-muted">{zoneLabel(now, zone)}</span>
    </span>
  );
}

function AccountButton() {
  const { t } = useLang();
  const { session, signOut } = useSession();
  const roleWord = useRoleWord();
  const initials = session.username.slice(0, 2).toUpperCase();
  const navigate = useNavigate();
  const items = [
    {
      key: "who",
      disabled: true,
      label: t("top.signedInAs", { name: session.username, role: roleWord(session.role) }),
    },
    { key: "password", icon: <Icon name="key" />, label: t("top.changePassword") },
    { key: "out", icon: <Icon name="exit" />, label: t("top.signOut") },
  ];
  const choose = ({ key }: { key: string }) => void (key === "out" ? signOut() : navigate("/account"));
  return (
    <Dropdown menu={{ items, onClick: choose }} trigger={["click"]} placement="bottomRight">
      <button type="button" className="bm-avatar" aria-label={`${initials}, ${t("top.account")}`}>
        {initials}
      </button>
    </Dropdown>
  );
}
