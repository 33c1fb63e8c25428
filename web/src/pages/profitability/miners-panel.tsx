import { GetMinerProfits, type MinerProfit } from "@banksman/wire/api";
import { Link } from "react-router";
import { useRoute } from "../../api/query.ts";
import { PageFoot } from "../../components/page-foot.tsx";
import { Panel } from "../../components/panel.tsx";
import { EmptyState, ErrorState, SkeletonRows } from "../../components/states.tsx";
import { useLang } from "../../hooks/use-lang.ts";
import { useUrlState } from "../../hooks/use-url-state.ts";
import { ProfitTable, useProfitColumns } from "./profit-panels.tsx";

const PER_PAGE = 50;

/** The hashing miners of one site, those that burn most for what they earn first. */
export function MinersPanel({ siteId, siteName }: { siteId: string; siteName: string }) {
  const { t } = useLang();
  const { params, set } = useUrlState();
  const page = Math.max(1, Number(params.get("page")) || 1);
  const input = { params: { site_id: siteId }, query: { page, per_page: PER_PAGE } };
  const miners = useRoute(GetMinerProfits, input, { every: 30_000, keep: true });
  const label = t("profit.miners", { site: siteName });
  const own = useProfitColumns<MinerProfit>("miner");
  const columns = [
    {
      key: "miner",
      title: t("column.miner_id"),
      render: (_: unknown, row: MinerProfit) => (
        <Link to={`/miners/${encodeURIComponent(row.site_id)}/${encodeURIComponent(row.miner_id)}`}>
          {row.miner_id}
        </Link>
      ),
    },
    {
      key: "model",
      title: t("column.model"),
      render: (_: unknown, row: MinerProfit) => row.model ?? t("profit.noModel"),
    },
    ...own,
  ];
  const { data, error } = miners;
  return (
    <Panel title={label} hint={t("profit.worstFirst")} flush>
      {error && !data ? (
        <ErrorState error={error} onRetry={() => void miners.refetch()} permission="site.read" />
      ) : null}
      {miners.isPending ? <SkeletonRows rows={8} /> : null}
      {data?.total === 0 && page === 1 ? (
        <EmptyState icon="miners" title={t("profit.empty")} detail={t("profit.emptyDetail")} />
      ) : null}
      {data && data.miners.length > 0 ? (
        <ProfitTable rows={data.miners} columns={columns} keyOf={(row) => row.miner_id} label={label} />
      ) : null}
      {data ? <PageFoot total={data.total} perPage={PER_PAGE} page={page} set={set} /> : null}
    </Panel>
  );
}
