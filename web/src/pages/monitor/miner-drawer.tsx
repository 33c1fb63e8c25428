import { GetMiner } from "@banksman/wire/api";
import { readingSeconds } from "@banksman/wire/model";
import { Drawer } from "antd";
import { useEffect, useRef } from "react";
import { Link } from "react-router";
import { useRoute } from "../../api/query.ts";
import { serverNow } from "../../api/server-clock.ts";
import { Age } from "../../components/age.tsx";
import { ErrorState, SkeletonRows } from "../../components/states.tsx";
import { StatusBadge } from "../../components/status-badge.tsx";
import { useLang } from "../../hooks/use-lang.ts";
import { useSite } from "../../shell/use-current-site.ts";
import { isTyping } from "../../shell/use-shortcuts.ts";
import { tokens } from "../../theme/tokens.ts";
import { FaultList } from "../miner/fault-list.tsx";
import { HistoryChart } from "../miner/history-chart.tsx";
import { MinerFigures } from "../miner/miner-figures.tsx";
import { spanOf, type View } from "../miner/ranges.ts";
import { useHistory } from "../miner/use-history.ts";
import { placeOf } from "./columns.tsx";

const REFRESH_MS = 30_000;
const VIEW: View = { range: 6, picked: null };
const HEIGHTS = { hashrate: 100, other: 72 };

type Props = { siteId: string; minerId: string | null; onClose: () => void };

/** A look at one miner without leaving the list: figures, six hours of charts, the way to its page. */
export default function MinerDrawer({ siteId, minerId, onClose }: Props) {
  const { t } = useLang();
  useEscape(minerId !== null, onClose);
  const link = minerId === null ? "" : `/miners/${encodeURIComponent(siteId)}/${encodeURIComponent(minerId)}`;
  return (
    <Drawer
      open={minerId !== null}
      onClose={onClose}
      size={tokens.size.drawer}
      mask={false}
      className="bm-drawer"
      title={minerId}
      extra={<Link to={link}>{t("common.openPage")}</Link>}
      closable={{ "aria-label": t("common.close") }}
      destroyOnHidden
    >
      {minerId === null ? null : <DrawerBody key={minerId} siteId={siteId} minerId={minerId} />}
    </Drawer>
  );
}

/** The list stays in use beside the drawer, so Escape closes it wherever the focus is. */
function useEscape(isOpen: boolean, onClose: () => void): void {
  const latest = useRef(onClose);
  latest.current = onClose;
  useEffect(() => {
    if (!isOpen) return;
    const press = (event: KeyboardEvent) => {
      if (event.key === "Escape" && !isTyping(event)) latest.current();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [isOpen]);
}

function DrawerBody({ siteId, minerId }: { siteId: string; minerId: string }) {
  const { t } = useLang();
  const site = useSite(siteId).data;
  const miner = useRoute(GetMiner, { params: { site_id: siteId, miner_id: minerId } }, { every: REFRESH_MS });
  const row = miner.data;
  const firstAt = row ? Date.parse(row.first_seen_at) : null;
  const { hours } = spanOf(VIEW, serverNow(), firstAt);
  const history = useHistory(siteId, minerId, hours, row?.expected_hashrate_ghs ?? null, HEIGHTS);
  if (miner.error && !row)
    return (
      <ErrorState
        error={miner.error}
        onRetry={() => void miner.refetch()}
        missing={t("error.missingMiner", { miner: minerId })}
      />
    );
  if (!row) return <SkeletonRows rows={10} />;
  return (
    <div className="bm-stack">
      <div className="bm-drawer-facts">
        <StatusBadge
          status={row.health}
          pill
          {...(row.offline_reason ? { detail: t(`reason.${row.offline_reason}`) } : {})}
        />
        <span className="bm-secondary">{[row.model, placeOf(row), row.ip_address].filter(Boolean).join(" · ")}</span>
        <span className="bm-grow" />
        <Age
          at={row.collected_at}
          interval={readingSeconds(row.driver, site?.interval_seconds ?? null)}
          zone={site?.time_zone ?? "UTC"}
        />
      </div>
      <MinerFigures row={row} />
      {row.faults.length + row.warnings.length > 0 ? <FaultList faults={row.faults} warnings={row.warnings} /> : null}
      <HistoryChart history={history} view={VIEW} firstAt={firstAt} zone={site?.time_zone ?? "UTC"} />
    </div>
  );
}
