import { GetPoolAccount, type ReconciledWorker, Verdict } from "@banksman/wire/api";
import { Input, Pagination, Select, Table } from "antd";
import { useRoute } from "../../api/query.ts";
import { Age } from "../../components/age.tsx";
import { ColumnCards } from "../../components/column-cards.tsx";
import { LevelGlyph } from "../../components/level-pill.tsx";
import { Panel } from "../../components/panel.tsx";
import { EmptyState, ErrorState, SkeletonRows } from "../../components/states.tsx";
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
      <Input
        size="small"
        allowClear
        className="bm-table-search"
        aria-label={t("poolAccounts.find")}
        placeholder={t("poolAccounts.find")}
        defaultValue={q}
        onChange={({ target }) => set({ q: target.value === "" ? null : target.value, page: null })}
      />
      <Select
        size="small"
        allowClear
        aria-label={t("poolAccounts.verdictTitle")}
        placeholder={t("poolAccounts.verdictTitle")}
        value={verdict ?? null}
        popupMatchSelectWidth={false}
        options={Verdict.options.map((value) => ({ value, label: t(`poolAccounts.verdict.${value}`) }))}
        onChange={(value: string | null) => set({ verdict: value ?? null, page: null })}
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
      {total > PER_PAGE ? (
        <div className="bm-table-foot">
          <Pagination
            size="small"
            current={page}
            pageSize={PER_PAGE}
            total={total}
            showSizeChanger={false}
            onChange={(next) => set({ page: next === 1 ? null : String(next) })}
          />
        </div>
      ) : null}
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
