import { GetPoolAccount, type ReconciledWorker, Verdict } from "@banksman/wire/api";
import { Table } from "antd";
import { useRoute } from "../../api/query.ts";
import { Age } from "../../components/age.tsx";
import { ColumnCards } from "../../components/column-cards.tsx";
import { LevelGlyph } from "../../components/level-pill.tsx";
import { PageFoot } from "../../components/page-foot.tsx";
import { Panel } from "../../components/panel.tsx";
import { EmptyState, ErrorState, SkeletonRows } from "../../components/states.tsx";
import { ChoiceFilter, TextFilter } from "../../components/table-filters.tsx";
import { MISSING, number, percent } from "../../format/format.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { usePhone } from "../../hooks/use-media.ts";
import { useUrlState } from "../../hooks/use-url-state.ts";
import { poolHashrate } from "../pool/pool-figures.ts";
import { difference, VERDICT_LEVELS } from "./account-figures.ts";
import { WorkerDrawer } from "./worker-drawer.tsx";

const EVERY_MS = 30_000;
const PER_PAGE = 50;

/** Each worker's pool side beside its devices', the worst verdict first. */
export function WorkersPanel({ accountNo }: { accountNo: number }) {
  const { t } = useLang();
  const { params, set, push } = useUrlState();
  const verdict = Verdict.options.find((one) => one === params.get("verdict"));
  const q = params.get("q") ?? "";
  const page = Math.max(1, Number(params.get("page")) || 1);
  const query = { page, per_page: PER_PAGE, ...(verdict ? { verdict } : {}), ...(q === "" ? {} : { q }) };
  const found = useRoute(GetPoolAccount, { params: { account_no: accountNo }, query }, { every: EVERY_MS, keep: true });
  const total = found.data?.total ?? 0;
  const isFiltered = verdict !== undefined || q !== "";
  const tools = (
    <div className="bm-table-tools">
      <TextFilter
        size="small"
        label={t("poolAccounts.find")}
        value={q}
        onChange={(typed) => set({ q: typed, page: null })}
      />
      <ChoiceFilter
        label={t("poolAccounts.verdictTitle")}
        value={verdict ?? null}
        options={Verdict.options.map((value) => ({ value, label: t(`poolAccounts.verdict.${value}`) }))}
        onChange={(chosen) => set({ verdict: chosen, page: null })}
      />
    </div>
  );
  return (
    <Panel title={t("poolAccounts.workers")} hint={found.data ? number(total) : null} flush>
      {tools}
      {found.error && !found.data ? (
        <ErrorState error={found.error} onRetry={() => void found.refetch()} permission="pool.read" />
      ) : null}
      {found.isPending ? <SkeletonRows rows={8} /> : null}
      {found.data && total === 0 ? (
        <EmptyState
          icon="users"
          title={isFiltered ? t("poolAccounts.noMatch") : t("poolAccounts.noWorkers")}
          detail={isFiltered ? t("poolAccounts.noMatchDetail") : t("poolAccounts.noWorkersDetail")}
        />
      ) : null}
      {total > 0 ? <Rows workers={found.data?.workers ?? []} onOpen={(worker) => push({ worker })} /> : null}
      <PageFoot total={total} perPage={PER_PAGE} page={page} set={set} />
      <WorkerDrawer accountNo={accountNo} worker={params.get("worker")} onClose={() => set({ worker: null })} />
    </Panel>
  );
}

type RowsProps = { workers: readonly ReconciledWorker[]; onOpen: (worker: string) => void };

function Rows({ workers, onOpen }: RowsProps) {
  const { t } = useLang();
  const columns = useColumns(onOpen);
  const keyOf = ({ worker }: ReconciledWorker) => worker;
  if (usePhone())
    return <ColumnCards rows={workers} columns={columns} keyOf={keyOf} label={t("poolAccounts.workers")} />;
  return (
    <Table<ReconciledWorker>
      size="small"
      rowKey={keyOf}
      dataSource={workers}
      pagination={false}
      scroll={{ x: 900 }}
      aria-label={t("poolAccounts.workers")}
      columns={columns}
    />
  );
}

function useColumns(onOpen: (worker: string) => void) {
  const { t } = useLang();
  const right = "right" as const;
  return [
    {
      key: "verdict",
      title: t("poolAccounts.verdictTitle"),
      render: (_: unknown, { verdict, is_elsewhere }: ReconciledWorker) => {
        const level = VERDICT_LEVELS[verdict];
        return (
          <span className="bm-with-glyph" title={t(`poolAccounts.advice.${verdict}`)}>
            {level ? <LevelGlyph level={level} /> : null} {t(`poolAccounts.verdict.${verdict}`)}
            {is_elsewhere ? <span className="bm-muted"> · {t("poolAccounts.elsewhere")}</span> : null}
          </span>
        );
      },
    },
    {
      key: "worker",
      title: t("poolAccounts.worker"),
      render: (_: unknown, { worker }: ReconciledWorker) => (
        <button type="button" className="bm-id bm-text-button" onClick={() => onOpen(worker)}>
          {worker}
        </button>
      ),
    },
    {
      key: "miners",
      title: t("poolAccounts.miners"),
      render: (_: unknown, { miner_ids }: ReconciledWorker) =>
        miner_ids.length === 0 ? MISSING : `${miner_ids.slice(0, 2).join(", ")}${miner_ids.length > 2 ? " …" : ""}`,
    },
    {
      key: "pool",
      title: t("poolAccounts.poolThs"),
      align: right,
      render: (_: unknown, { pool_hs }: ReconciledWorker) => poolHashrate(pool_hs, "miner").text,
    },
    {
      key: "device",
      title: t("poolAccounts.deviceThs"),
      align: right,
      render: (_: unknown, { device_hs }: ReconciledWorker) => poolHashrate(device_hs, "miner").text,
    },
    {
      key: "difference",
      title: t("poolAccounts.difference"),
      align: right,
      render: (_: unknown, row: ReconciledWorker) => difference(row.difference),
    },
    {
      key: "rejects",
      title: t("pool.rejectShare"),
      align: right,
      render: (_: unknown, { reject_share }: ReconciledWorker) => percent(reject_share, 2),
    },
    {
      key: "source",
      title: t("poolAccounts.source"),
      render: (_: unknown, { source_ip }: ReconciledWorker) => <span className="bm-mono">{source_ip ?? MISSING}</span>,
    },
    {
      key: "last",
      title: t("pool.lastShare"),
      align: right,
      render: (_: unknown, { last_share_at }: ReconciledWorker) => <Age at={last_share_at} />,
    },
  ];
}
