import { GetSummary } from "@banksman/wire/api";
import { Button, Pagination } from "antd";
import { useCallback, useEffect, useMemo, useState } from "react";
import { useNavigate } from "react-router";
import { useRoute } from "../../api/query.ts";
import { saveFile } from "../../components/save-file.ts";
import { EmptyState, ErrorState, SkeletonRows } from "../../components/states.tsx";
import { number } from "../../format/format.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { usePhone } from "../../hooks/use-media.ts";
import { useUrlState } from "../../hooks/use-url-state.ts";
import { useSession } from "../../shell/session.tsx";
import { useSite } from "../../shell/use-current-site.ts";
import type { CellContext } from "./columns.tsx";
import { fetchAll, toCsv } from "./csv.ts";
import { FleetTable } from "./fleet-table.tsx";
import { MinerCards } from "./miner-cards.tsx";
import { SelectionBar } from "./selection-bar.tsx";
import { isFiltered, NO_FILTERS, PAGE_SIZES, type TableState } from "./table-state.ts";
import { TableTools } from "./table-tools.tsx";
import { useColumns } from "./use-columns.ts";
import type { useMiners } from "./use-miners.ts";

type Props = {
  siteId: string;
  state: TableState;
  miners: ReturnType<typeof useMiners>;
  onOpen: (minerId: string) => void;
  openId: string | null;
};

/** The table with its tools above and its pages below. */
export function MinersPanel({ siteId, state, miners, onOpen, openId }: Props) {
  const { set } = useUrlState();
  const { keys, choose, shown } = useColumns();
  const isPhone = usePhone();
  const { can, canEverywhere } = useSession();
  const [selected, select] = useState<string[]>([]);
  const summary = useRoute(GetSummary, { params: { site_id: siteId } }, { enabled: false });
  const models = (summary.data?.models ?? []).flatMap(({ model }) => model ?? []);
  const change = useCallback((next: Record<string, string | null>) => set(next), [set]);
  useLastPage(miners);
  const download = async () => saveFile(`miners-${siteId}.csv`, "text/csv", toCsv(await fetchAll(siteId, state)));
  return (
    <section className="bm-panel bm-miners">
      <TableTools
        state={state}
        models={models}
        onChange={change}
        columns={keys}
        onColumns={choose}
        onExport={() => void download()}
        moved={miners.moved}
        onResort={miners.resort}
        cards={isPhone}
      />
      <MinerList
        siteId={siteId}
        state={state}
        miners={miners}
        onOpen={onOpen}
        openId={openId}
        columns={shown}
        selection={can("command.give") || canEverywhere("customer.manage") ? { ids: selected, set: select } : null}
      />
      <SelectionBar
        siteId={siteId}
        state={state}
        total={miners.latest.data?.pagination.total ?? 0}
        ids={selected}
        onClear={() => select([])}
      />
      <Pages miners={miners} state={state} />
    </section>
  );
}

/** A page that a shrinking list no longer has leads to the last one: an empty one would say that there are no miners. */
function useLastPage({ latest }: Props["miners"]): void {
  const { set } = useUrlState();
  const { page = 1, pages = 0 } = latest.data?.pagination ?? {};
  const isBeyond = !latest.isPlaceholderData && pages > 0 && page > pages;
  useEffect(() => {
    if (isBeyond) set({ page: pages === 1 ? null : String(pages) });
  }, [isBeyond, pages, set]);
}

type ListProps = Props & {
  columns: ReturnType<typeof useColumns>["shown"];
  selection: { ids: readonly string[]; set: (ids: string[]) => void } | null;
};

function MinerList({ siteId, state, miners, onOpen, openId, columns, selection }: ListProps) {
  const lang = useLang();
  const { t } = lang;
  const { set } = useUrlState();
  const isPhone = usePhone();
  const site = useSite(siteId).data;
  const { latest, rows, sparkline } = miners;
  const interval = site?.interval_seconds ?? null;
  const zone = site?.time_zone ?? "UTC";
  // biome-ignore lint/correctness/useExhaustiveDependencies: t changes with the language alone
  const context: CellContext = useMemo(
    () => ({ ...lang, siteId, interval, zone, sparkline }),
    [lang.lang, siteId, interval, zone, sparkline],
  );
  if (latest.error && !latest.data) return <ErrorState error={latest.error} onRetry={() => void latest.refetch()} />;
  if (!latest.data) return <SkeletonRows rows={14} />;
  if (rows.length === 0)
    return <NoMiners siteId={siteId} filtered={isFiltered(state)} onClear={() => set(NO_FILTERS)} />;
  const label = t("monitor.tableLabel", { site: site?.name ?? siteId });
  if (isPhone) return <MinerCards rows={rows} context={context} onOpen={onOpen} label={label} />;
  return (
    <FleetTable
      rows={rows}
      columns={columns}
      context={context}
      sort={state.sort}
      order={state.order}
      onSort={(sort, order) => set({ sort, order: sort === null || order === "asc" ? null : order, page: null })}
      onOpen={onOpen}
      openId={openId}
      label={label}
      stale={latest.isPlaceholderData}
      selection={selection}
    />
  );
}

function NoMiners({ siteId, filtered, onClear }: { siteId: string; filtered: boolean; onClear: () => void }) {
  const { t } = useLang();
  const navigate = useNavigate();
  if (filtered)
    return (
      <EmptyState
        icon="search"
        title={t("empty.filtered")}
        detail={t("empty.filteredDetail")}
        action={<Button onClick={onClear}>{t("empty.clear")}</Button>}
      />
    );
  const toCollector = () => void navigate(`/sites/${encodeURIComponent(siteId)}/collector`);
  return (
    <EmptyState
      title={t("empty.miners")}
      detail={t("empty.minersDetail")}
      action={<Button onClick={toCollector}>{t("nav.collector")}</Button>}
    />
  );
}

function Pages({ miners, state }: { miners: Props["miners"]; state: TableState }) {
  const { t } = useLang();
  const { set } = useUrlState();
  const isPhone = usePhone();
  const pagination = miners.latest.data?.pagination;
  if (!pagination || pagination.total === 0) return null;
  const from = (pagination.page - 1) * pagination.per_page + 1;
  const to = Math.min(pagination.total, pagination.page * pagination.per_page);
  const range = t("monitor.pageOf", { from: number(from), to: number(to), total: number(pagination.total) });
  return (
    <footer className="bm-table-foot">
      <span className="bm-secondary">{range}</span>
      <span className="bm-grow" />
      <Pagination
        size="small"
        current={state.page}
        pageSize={state.perPage}
        total={pagination.total}
        showSizeChanger={!isPhone}
        simple={isPhone}
        pageSizeOptions={[...PAGE_SIZES]}
        onChange={(page, size) =>
          set({
            page: page === 1 || size !== state.perPage ? null : String(page),
            per_page: size === PAGE_SIZES[0] ? null : String(size),
          })
        }
      />
    </footer>
  );
}
