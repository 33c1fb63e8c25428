import {
  type Customer,
  type CustomerMiner,
  ListCustomerMiners,
  ListCustomers,
  ReleaseMiners,
} from "@banksman/wire/api";
import { Button, Segmented, Table } from "antd";
import { useState } from "react";
import { Link } from "react-router";
import { useChange, useRoute } from "../../api/query.ts";
import { PageFoot } from "../../components/page-foot.tsx";
import { SideDrawer } from "../../components/side-drawer.tsx";
import { EmptyState, ErrorState, SkeletonRows } from "../../components/states.tsx";
import { useConfirmed } from "../../components/use-confirmed.tsx";
import { MISSING } from "../../format/format.ts";
import { browserZone, date, shortClock, zoneLabel } from "../../format/time.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { useSession } from "../../shell/session.tsx";
import { useSiteName } from "../../shell/use-current-site.ts";

const PER_PAGE = 100;
const STATES = ["now", "all"] as const;
type State = (typeof STATES)[number];

/** The miners of one customer: those that are theirs by now, or ever were. */
export function CustomerMiners({ customer, onClose }: { customer: Customer | null; onClose: () => void }) {
  const { t } = useLang();
  return (
    <SideDrawer
      open={customer !== null}
      title={t("customers.minersOf", { name: customer?.name ?? "" })}
      onClose={onClose}
    >
      {customer ? <Miners key={customer.customer_id} customer={customer} /> : null}
    </SideDrawer>
  );
}

const rowKey = ({ site_id, miner_id, valid_from }: CustomerMiner) => `${site_id} ${miner_id} ${valid_from}`;

function Miners({ customer }: { customer: Customer }) {
  const { t } = useLang();
  const { canEverywhere } = useSession();
  const [{ state, page }, turn] = useState<{ state: State; page: number }>({ state: "now", page: 1 });
  const [chosen, choose] = useState<readonly CustomerMiner[]>([]);
  const params = { customer_id: customer.customer_id };
  const found = useRoute(ListCustomerMiners, { params, query: { state, page, per_page: PER_PAGE } }, { keep: true });
  const columns = useColumns();
  const go = (next: Partial<{ state: State; page: number }>) => {
    choose([]);
    turn({ state, page: 1, ...next });
  };
  const canRelease = canEverywhere("customer.manage") && state === "now";
  return (
    <div className="bm-stack">
      <div className="bm-buttons">
        <Segmented<State>
          aria-label={t("customers.which")}
          value={state}
          options={STATES.map((value) => ({ value, label: t(`customers.state.${value}`) }))}
          onChange={(value) => go({ state: value })}
        />
        {canRelease ? <Release customerId={customer.customer_id} miners={chosen} onDone={() => choose([])} /> : null}
      </div>
      {found.error && !found.data ? <ErrorState error={found.error} onRetry={() => void found.refetch()} /> : null}
      {found.isPending ? <SkeletonRows rows={6} /> : null}
      {found.data?.total === 0 ? (
        <EmptyState title={t("customers.noMiners")} detail={t("customers.noMinersDetail")} />
      ) : null}
      {found.data && found.data.total > 0 ? (
        <>
          <Table<CustomerMiner>
            size="small"
            rowKey={rowKey}
            dataSource={found.data.miners}
            columns={columns}
            pagination={false}
            scroll={{ x: 420 }}
            aria-label={t("customers.miners")}
            {...(canRelease && {
              rowSelection: {
                selectedRowKeys: chosen.map(rowKey),
                onChange: (_: unknown, rows: CustomerMiner[]) => choose(rows),
              },
            })}
          />
          <PageFoot
            total={found.data.total}
            perPage={PER_PAGE}
            page={page}
            set={(change) => go({ page: Number(change.page ?? 1) })}
          />
        </>
      ) : null}
    </div>
  );
}

function useColumns() {
  const { t } = useLang();
  const siteName = useSiteName();
  const zone = browserZone();
  const moment = (text: string | null) => {
    const ms = Date.parse(text ?? "");
    return text === null ? MISSING : `${date(ms, zone)} ${shortClock(ms, zone)} ${zoneLabel(ms, zone)}`;
  };
  return [
    {
      key: "miner",
      title: t("customers.miners"),
      render: (_: unknown, { site_id, miner_id, model }: CustomerMiner) => (
        <span className="bm-wrap">
          <Link to={`/miners/${encodeURIComponent(site_id)}/${encodeURIComponent(miner_id)}`}>{miner_id}</Link>{" "}
          <small className="bm-muted">
            {siteName(site_id)} {model}
          </small>
        </span>
      ),
    },
    {
      key: "from",
      title: t("customers.from"),
      render: (_: unknown, { valid_from }: CustomerMiner) => moment(valid_from),
    },
    {
      key: "to",
      title: t("customers.to"),
      render: (_: unknown, { valid_to }: CustomerMiner) => moment(valid_to),
    },
  ];
}

type ReleaseProps = { customerId: string; miners: readonly CustomerMiner[]; onDone: () => void };

/** The button that makes miners nobody's. */
function Release({ customerId, miners, onDone }: ReleaseProps) {
  const { t } = useLang();
  const confirm = useConfirmed();
  const release = useChange(ReleaseMiners, [ListCustomers, ListCustomerMiners]);
  const count = miners.length;
  const run = async () => {
    for (const [site_id, own] of Map.groupBy(miners, (miner) => miner.site_id))
      await release.mutateAsync({
        params: { customer_id: customerId },
        body: { miners: { site_id, miner_ids: own.map(({ miner_id }) => miner_id) } },
      });
    onDone();
  };
  const ask = () =>
    confirm({
      title: t("customers.releaseTitle", { count }),
      detail: t("customers.releaseDetail"),
      action: t("customers.releaseDo"),
      run,
    });
  return (
    <Button disabled={count === 0} onClick={ask}>
      {t("customers.release", { count })}
    </Button>
  );
}
