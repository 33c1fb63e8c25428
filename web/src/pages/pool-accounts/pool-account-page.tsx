import {
  GetPoolAccount,
  ListPoolAccounts,
  type PoolAccount,
  ReadPoolAccount,
  RemovePoolAccount,
} from "@banksman/wire/api";
import { App, Button, Popconfirm } from "antd";
import { useEffect } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { useChange, useRoute } from "../../api/query.ts";
import { Age } from "../../components/age.tsx";
import { StatTile } from "../../components/stat-tile.tsx";
import { ErrorState, ProblemText } from "../../components/states.tsx";
import { number, percent } from "../../format/format.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { useSession } from "../../shell/session.tsx";
import { poolHashrate } from "../pool/pool-figures.ts";
import { accountDifference, difference } from "./account-figures.ts";
import { BothSides } from "./both-sides.tsx";
import { WorkersPanel } from "./workers-panel.tsx";

const EVERY_MS = 30_000;

/** One account: both sides over time, and each worker's verdict. */
export default function PoolAccountPage() {
  const { t } = useLang();
  const params = useParams();
  const accountNo = Number(params.accountNo);
  const found = useRoute(
    GetPoolAccount,
    { params: { account_no: accountNo }, query: { per_page: 1 } },
    { every: EVERY_MS, keep: true },
  );
  const account = found.data?.account;
  useEffect(() => {
    document.title = `${account?.account ?? t("poolAccounts.title")} · Banksman`;
  }, [t, account?.account]);
  return (
    <div className="bm-stack">
      <div className="bm-page-head">
        <nav className="bm-crumbs" aria-label={t("poolAccounts.title")}>
          <Link to="/pool-accounts">{t("poolAccounts.title")}</Link>
        </nav>
        <h1>
          {account?.account ?? params.accountNo}{" "}
          {account ? (
            <small>
              {account.pool} · {account.coin} · {account.site_id}
            </small>
          ) : null}
        </h1>
        <span className="bm-grow" />
        {account ? <Actions account={account} /> : null}
      </div>
      {found.error && !found.data ? (
        <div className="bm-panel">
          <ErrorState
            error={found.error}
            onRetry={() => void found.refetch()}
            permission="pool.read"
            missing={t("poolAccounts.missing")}
            wayOut={<Link to="/pool-accounts">{t("poolAccounts.title")}</Link>}
          />
        </div>
      ) : (
        <>
          {account?.trouble != null ? (
            <p className="bm-late" role="status">
              {t("poolAccounts.troubleSince", { count: account.failures })} {account.trouble}
            </p>
          ) : null}
          <Figures account={account} />
          <BothSides accountNo={accountNo} worker={null} />
          <WorkersPanel accountNo={accountNo} />
        </>
      )}
    </div>
  );
}

function Figures({ account }: { account: PoolAccount | undefined }) {
  const { t } = useLang();
  const late = account?.trouble != null;
  const share = account ? accountDifference(account) : null;
  return (
    <div className="bm-tiles">
      <StatTile
        label={t("poolAccounts.atPool")}
        figure={account && poolHashrate(account.hashrate_hs, "site")}
        context={account ? <Age at={account.read_at} /> : null}
        late={late}
      />
      <StatTile
        label={t("poolAccounts.atDevices")}
        figure={account && poolHashrate(account.device_hashrate_hs, "site")}
        context={t("poolAccounts.hourMean")}
        late={late}
      />
      <StatTile
        label={t("poolAccounts.difference")}
        figure={account && { text: difference(share), unit: "" }}
        context={t("poolAccounts.differenceHelp")}
        late={late}
      />
      <StatTile
        label={t("poolAccounts.workers")}
        figure={account && { text: number(account.workers_online), unit: "" }}
        context={account ? t("poolAccounts.ofWorkers", { total: number(account.workers) }) : null}
        late={late}
      />
      <StatTile
        label={t("pool.rejectShare")}
        figure={account && { text: percent(account.reject_share, 2), unit: "" }}
        late={late}
      />
    </div>
  );
}

function Actions({ account }: { account: PoolAccount }) {
  const { t } = useLang();
  const { canAtSites } = useSession();
  const { message } = App.useApp();
  const navigate = useNavigate();
  const params = { account_no: account.account_no };
  const read = useChange(ReadPoolAccount, [GetPoolAccount, ListPoolAccounts]);
  const remove = useChange(RemovePoolAccount, [ListPoolAccounts]);
  if (!canAtSites("pool.manage")) return null;
  const failed = (error: unknown) => void message.error(<ProblemText error={error} />);
  return (
    <>
      {account.source === "server" ? (
        <Button loading={read.isPending} onClick={() => void read.mutateAsync({ params }).catch(failed)}>
          {t("poolAccounts.readNow")}
        </Button>
      ) : null}
      <Popconfirm
        title={t("poolAccounts.removeTitle")}
        description={t("poolAccounts.removeDetail")}
        okText={t("poolAccounts.remove")}
        cancelText={t("common.cancel")}
        onConfirm={() =>
          remove
            .mutateAsync({ params })
            .then(() => navigate("/pool-accounts"))
            .catch(failed)
        }
      >
        <Button danger>{t("poolAccounts.remove")}</Button>
      </Popconfirm>
    </>
  );
}
