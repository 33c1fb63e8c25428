import { ListTopPoolWorkers } from "@banksman/wire/api";
import { Segmented } from "antd";
import { useRoute } from "../../api/query.ts";
import { Panel } from "../../components/panel.tsx";
import { EmptyState, ErrorState, SkeletonRows } from "../../components/states.tsx";
import { useLang } from "../../hooks/use-lang.ts";
import { useUrlState } from "../../hooks/use-url-state.ts";
import { WorkersTable } from "./workers-table.tsx";

const EVERY_MS = 60_000;

/** The workers of the whole pool that do the most, or lose the most. */
export function TopPanel() {
  const { t } = useLang();
  const { params, set } = useUrlState();
  const by = params.get("top") === "rejected" ? "rejected" : "hashrate";
  const top = useRoute(ListTopPoolWorkers, { query: { by, limit: 10 } }, { every: EVERY_MS, keep: true });
  const choose = (
    <Segmented
      size="small"
      aria-label={t("monitor.sortBy")}
      options={[
        { value: "hashrate", label: t("pool.mostHashrate") },
        { value: "rejected", label: t("pool.mostRejects") },
      ]}
      value={by}
      onChange={(value) => set({ top: value === "hashrate" ? null : value })}
    />
  );
  return (
    <Panel title={t("pool.top")} extra={choose} flush>
      {top.error && !top.data ? (
        <ErrorState error={top.error} onRetry={() => void top.refetch()} permission="pool.read" />
      ) : null}
      {top.isPending ? <SkeletonRows rows={6} /> : null}
      {top.data?.workers.length === 0 ? (
        <EmptyState icon="miners" title={t("pool.noWorkers")} detail={t("pool.noUsersDetail")} />
      ) : null}
      {top.data && top.data.workers.length > 0 ? (
        <WorkersTable workers={top.data.workers} withUser label={t("pool.top")} />
      ) : null}
    </Panel>
  );
}
