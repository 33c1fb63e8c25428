import { ListPoolAccounts, type PoolAccount } from "@banksman/wire/api";
import { Button, Table } from "antd";
import { useEffect } from "react";
import { Link, useNavigate } from "react-router";
import { useRoute } from "../../api/query.ts";
import { Age } from "../../components/age.tsx";
import { ColumnCards } from "../../components/column-cards.tsx";
import { Icon } from "../../components/icons.tsx";
import { LevelGlyph } from "../../components/level-pill.tsx";
import { EmptyState, ErrorState, SkeletonRows } from "../../components/states.tsx";
import { number, percent } from "../../format/format.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { usePhone } from "../../hooks/use-media.ts";
import { useUrlState } from "../../hooks/use-url-state.ts";
import { useSession } from "../../shell/session.tsx";
import { useSiteName } from "../../shell/use-current-site.ts";
import { poolHashrate } from "../pool/pool-figures.ts";
import { accountDifference, accountPath, difference, VERDICT_LEVELS } from "./account-figures.ts";
import { AccountForm } from "./account-form.tsx";

const EVERY_MS = 30_000;

/** Accounts at third-party pools: what the pool counts, beside what the devices say. */
export default function PoolAccountsPage() {
  const { t } = useLang();
  const { canAtSites } = useSession();
  const { params, set, push } = useUrlState();
  const accounts = useRoute(ListPoolAccounts, {}, { every: EVERY_MS, keep: true });
  useEffect(() => {
    document.title = `${t("poolAccounts.title")} · Banksman`;
  }, [t]);
  const add = canAtSites("pool.manage") ? (
    <Button type="primary" icon={<Icon name="plus" />} onClick={() => push({ create: "yes" })}>
      {t("poolAccounts.add")}
    </Button>
  ) : null;
  const rows = accounts.data?.accounts ?? [];
  return (
    <div className="bm-stack">
      <div className="bm-page-head">
        <h1>{t("poolAccounts.title")}</h1>
        <span className="bm-grow" />
        {rows.length > 0 ? add : null}
      </div>
      <div className="bm-panel bm-panel-flush">
        {accounts.error && !accounts.data ? (
          <ErrorState error={accounts.error} onRetry={() => void accounts.refetch()} permission="pool.read" />
        ) : null}
        {accounts.isPending ? <SkeletonRows rows={4} /> : null}
        {accounts.data && rows.length === 0 ? (
          <EmptyState icon="pool" title={t("poolAccounts.none")} detail={t("poolAccounts.noneDetail")} action={add} />
        ) : null}
        {rows.length > 0 ? <AccountRows accounts={rows} /> : null}
      </div>
      <AccountForm
        open={params.get("create") === "yes"}
        pools={accounts.data?.pools ?? []}
        onClose={() => set({ create: null })}
      />
    </div>
  );
}

function AccountRows({ accounts }: { accounts: readonly PoolAccount[] }) {
  const { t } = useLang();
  const navigate = useNavigate();
  const columns = useColumns();
  const keyOf = ({ account_no }: PoolAccount) => account_no;
  if (usePhone())
    return <ColumnCards rows={accounts} columns={columns} keyOf={keyOf} label={t("poolAccounts.title")} />;
  return (
    <Table<PoolAccount>
      size="small"
      rowKey={keyOf}
      dataSource={accounts}
      pagination={false}
      scroll={{ x: 900 }}
      aria-label={t("poolAccounts.title")}
      rowClassName="bm-row"
      onRow={({ account_no }) => ({ onClick: () => void navigate(accountPath(account_no)) })}
      columns={columns}
    />
  );
}

function useColumns() {
  const { t } = useLang();
  const siteName = useSiteName();
  const right = "right" as const;
  return [
    {
      key: "account",
      title: t("poolAccounts.account"),
      render: (_: unknown, { account_no, account, pool }: PoolAccount) => (
        <>
          <Link to={accountPath(account_no)} onClick={(event) => event.stopPropagation()}>
            {account}
          </Link>{" "}
          <span className="bm-muted">{pool}</span>
        </>
      ),
    },
    { key: "site", title: t("poolAccounts.site"), render: (_: unknown, { site_id }: PoolAccount) => siteName(site_id) },
    {
      key: "pool",
      title: t("poolAccounts.poolSide"),
      align: right,
      render: (_: unknown, { hashrate_hs }: PoolAccount) => poolHashrate(hashrate_hs, "column").text,
    },
    {
      key: "device",
      title: t("poolAccounts.deviceSide"),
      align: right,
      render: (_: unknown, { device_hashrate_hs }: PoolAccount) => poolHashrate(device_hashrate_hs, "column").text,
    },
    {
      key: "difference",
      title: t("poolAccounts.difference"),
      align: right,
      render: (_: unknown, account: PoolAccount) => difference(accountDifference(account)),
    },
    {
      key: "workers",
      title: t("poolAccounts.workers"),
      align: right,
      render: (_: unknown, { workers, workers_offline }: PoolAccount) =>
        workers_offline > 0
          ? t("poolAccounts.workersOffline", { total: number(workers), offline: number(workers_offline) })
          : number(workers),
    },
    {
      key: "rejects",
      title: t("pool.rejectShare"),
      align: right,
      render: (_: unknown, { reject_share }: PoolAccount) => percent(reject_share, 2),
    },
    {
      key: "findings",
      title: t("poolAccounts.findings"),
      render: (_: unknown, row: PoolAccount) => <Findings {...row} />,
    },
    {
      key: "age",
      title: t("poolAccounts.read"),
      align: right,
      render: (_: unknown, { read_at }: PoolAccount) => <Age at={read_at} />,
    },
  ];
}

/** What needs a hand, loudest first: the pool that can't be read, then workers by verdict. */
function Findings({ verdicts, trouble, failures }: PoolAccount) {
  const { t } = useLang();
  const found = Object.entries(VERDICT_LEVELS).flatMap(([verdict, level]) => {
    const count = verdicts[verdict as keyof typeof VERDICT_LEVELS] ?? 0;
    return level === null || count === 0 ? [] : [{ verdict: verdict as keyof typeof VERDICT_LEVELS, level, count }];
  });
  const unsure = verdicts.unsure ?? 0;
  return (
    <span className="bm-findings">
      {trouble === null ? null : (
        <span title={trouble}>
          <LevelGlyph level="severe" /> {t("poolAccounts.unreadable", { count: failures })}
        </span>
      )}
      {found.map(({ verdict, level, count }) => (
        <span key={verdict}>
          <LevelGlyph level={level} /> {t(`poolAccounts.verdict.${verdict}`)} {number(count)}
        </span>
      ))}
      {unsure > 0 ? <span className="bm-muted">{t("poolAccounts.judging", { count: unsure })}</span> : null}
      {trouble === null && found.length === 0 && unsure === 0 ? (
        <span className="bm-muted">{t("poolAccounts.nothing")}</span>
      ) : null}
    </span>
  );
}
