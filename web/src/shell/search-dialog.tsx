import { GetLatest } from "@banksman/wire/api";
import { Input, Modal } from "antd";
import { type KeyboardEvent, useDeferredValue, useState } from "react";
import { useNavigate } from "react-router";
import { useRoute } from "../api/query.ts";
import { classNames } from "../components/class-names.ts";
import { Icon, type IconName } from "../components/icons.tsx";
import { useLang } from "../hooks/use-lang.ts";
import { useSession } from "./session.tsx";
import { useCurrentSiteId, useSites } from "./use-current-site.ts";

type Hit = { key: string; icon: IconName; text: string; detail: string; to: string };
const MOST_MINERS = 8;

/** Finds pages, sites, and miners of the site in view by id, address, MAC or worker. */
export function SearchDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useLang();
  return (
    <Modal open={open} onCancel={onClose} footer={null} title={t("search.title")} width={520} destroyOnHidden>
      <SearchBody onClose={onClose} />
    </Modal>
  );
}

function SearchBody({ onClose }: { onClose: () => void }) {
  const { t } = useLang();
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState(0);
  const hits = useHits(useDeferredValue(text.trim()));
  const navigate = useNavigate();
  const open = (hit: Hit | undefined) => {
    if (!hit) return;
    onClose();
    void navigate(hit.to);
  };
  const onKey = (event: KeyboardEvent) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      setChosen(Math.max(0, Math.min(hits.length - 1, chosen + step)));
    }
    if (event.key === "Enter") open(hits[chosen]);
  };
  const type = (value: string) => {
    setText(value);
    setChosen(0);
  };
  return (
    <div className="bm-find">
      <Input
        data-first
        size="large"
        value={text}
        aria-label={t("top.search")}
        placeholder={t("top.search")}
        prefix={<Icon name="search" />}
        onChange={(event) => type(event.target.value)}
        onKeyDown={onKey}
      />
      <ul aria-label={t("search.title")}>
        {hits.map((hit, index) => (
          <li key={hit.key}>
            <button
              type="button"
              className={classNames("bm-hit", index === chosen && "bm-hit-on")}
              onClick={() => open(hit)}
            >
              <Icon name={hit.icon} />
              <span>{hit.text}</span>
              <span className="bm-muted">{hit.detail}</span>
            </button>
          </li>
        ))}
      </ul>
      <p className="bm-muted" aria-live="polite">
        {hits.length === 0 ? t("search.nothing") : t("search.hint")}
      </p>
    </div>
  );
}

function useHits(text: string): Hit[] {
  const { t } = useLang();
  const { can, canAtSites, canEverywhere } = useSession();
  const current = useCurrentSiteId();
  const { data } = useSites();
  const siteId = current ?? data?.sites[0]?.site_id ?? "";
  const site = encodeURIComponent(siteId);
  const miners = useRoute(
    GetLatest,
    { params: { site_id: siteId }, query: { q: text, per_page: MOST_MINERS } },
    { enabled: text !== "" && siteId !== "", keep: true },
  );
  const pages: Hit[] = [
    { key: "overview", icon: "overview", text: t("nav.overview"), detail: "", to: "/" },
    { key: "sites", icon: "sites", text: t("nav.sites"), detail: "", to: "/sites" },
    ...(canAtSites("alert.read")
      ? [{ key: "alerts", icon: "bell" as const, text: t("alerts.title"), detail: "", to: "/alerts" }]
      : []),
    ...(canAtSites("video.watch")
      ? [{ key: "video", icon: "camera" as const, text: t("video.title"), detail: "", to: "/video" }]
      : []),
    ...(canAtSites("site.read")
      ? [{ key: "profit", icon: "profit" as const, text: t("profit.title"), detail: "", to: "/profitability" }]
      : []),
    ...(canEverywhere("pool.read")
      ? [{ key: "pool", icon: "pool" as const, text: t("pool.title"), detail: "", to: "/pool" }]
      : []),
    ...(canAtSites("pool.read")
      ? [
          {
            key: "accounts",
            icon: "account" as const,
            text: t("poolAccounts.title"),
            detail: "",
            to: "/pool-accounts",
          },
        ]
      : []),
    ...(canAtSites("command.read")
      ? [{ key: "automations", icon: "retry" as const, text: t("automations.title"), detail: "", to: "/automations" }]
      : []),
    ...(can("report.read")
      ? [{ key: "reports", icon: "note" as const, text: t("reports.title"), detail: "", to: "/reports" }]
      : []),
    ...(canEverywhere("user.manage")
      ? [{ key: "users", icon: "users" as const, text: t("nav.users"), detail: "", to: "/users" }]
      : []),
    ...(canEverywhere("settings.manage")
      ? [{ key: "settings", icon: "columns" as const, text: t("nav.settings"), detail: "", to: "/settings" }]
      : []),
    ...(can("audit.read")
      ? [{ key: "audit", icon: "lock" as const, text: t("nav.audit"), detail: "", to: "/audit" }]
      : []),
  ];
  const sites = (data?.sites ?? []).flatMap((one): Hit[] => {
    const at = encodeURIComponent(one.site_id);
    return [
      { key: `s${at}`, icon: "sites", text: one.name, detail: one.site_id, to: `/monitor/${at}` },
      {
        key: `r${at}`,
        icon: "racks",
        text: `${one.name} · ${t("nav.racks")}`,
        detail: one.site_id,
        to: `/sites/${at}/racks`,
      },
    ];
  });
  const wanted = text.toLowerCase();
  const named = [...pages, ...sites]
    .filter((hit) => `${hit.text} ${hit.detail}`.toLowerCase().includes(wanted))
    .slice(0, 8);
  const found = (text === "" ? [] : (miners.data?.miners ?? [])).map(
    (row): Hit => ({
      key: `m${row.miner_id}`,
      icon: "miners",
      text: row.miner_id,
      detail: [row.model, row.ip_address].filter(Boolean).join(" · "),
      to: `/miners/${site}/${encodeURIComponent(row.miner_id)}`,
    }),
  );
  return [...found, ...named];
}
