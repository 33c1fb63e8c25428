import { GetPoolAccount, type ReconciledWorker } from "@banksman/wire/api";
import { Link } from "react-router";
import { useRoute } from "../../api/query.ts";
import { SideDrawer } from "../../components/side-drawer.tsx";
import { useLang } from "../../hooks/use-lang.ts";
import { BothSides } from "./both-sides.tsx";

type Props = { accountNo: number; worker: string | null; onClose: () => void };

/** One worker: what its verdict means, its miners, and both sides over time. */
export function WorkerDrawer({ accountNo, worker, onClose }: Props) {
  return (
    <SideDrawer open={worker !== null} title={worker} onClose={onClose}>
      {worker === null ? null : <Content accountNo={accountNo} worker={worker} />}
    </SideDrawer>
  );
}

function Content({ accountNo, worker }: { accountNo: number; worker: string }) {
  const found = useRoute(GetPoolAccount, { params: { account_no: accountNo }, query: { q: worker } });
  const row = found.data?.workers.find((one) => one.worker === worker);
  const siteId = found.data?.account.site_id;
  return (
    <div className="bm-stack">
      {row && siteId !== undefined ? <Meaning row={row} siteId={siteId} /> : null}
      <BothSides accountNo={accountNo} worker={worker} />
    </div>
  );
}

function Meaning({ row, siteId }: { row: ReconciledWorker; siteId: string }) {
  const { t } = useLang();
  return (
    <>
      <p>
        <strong>{t(`poolAccounts.verdict.${row.verdict}`)}</strong> {t(`poolAccounts.advice.${row.verdict}`)}
      </p>
      {row.miner_ids.length > 0 ? (
        <ul className="bm-plain-list" aria-label={t("poolAccounts.miners")}>
          {row.miner_ids.map((id) => (
            <li key={id}>
              <Link to={`/miners/${encodeURIComponent(siteId)}/${encodeURIComponent(id)}`}>{id}</Link>
            </li>
          ))}
        </ul>
      ) : null}
    </>
  );
}
