import { type GivenOrder, ListOrders } from "@banksman/wire/api";
import { Table } from "antd";
import { useEffect } from "react";
import { Link, NavLink } from "react-router";
import { useRoute } from "../../api/query.ts";
import { classNames } from "../../components/class-names.ts";
import { ColumnCards } from "../../components/column-cards.tsx";
import { CommandTrail } from "../../components/orders/command-trail.tsx";
import { orderWords } from "../../components/orders/order-words.ts";
import { Paused } from "../../components/orders/paused.tsx";
import { EmptyState, ErrorState, Forbidden, SkeletonRows } from "../../components/states.tsx";
import { number } from "../../format/format.ts";
import { browserZone, fullTime } from "../../format/time.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { usePhone } from "../../hooks/use-media.ts";
import { useUrlState } from "../../hooks/use-url-state.ts";
import { useLive } from "../../shell/live-context.tsx";
import { useSession } from "../../shell/session.tsx";
import { useSiteName } from "../../shell/use-current-site.ts";
import { OrderDrawer } from "./order-drawer.tsx";
import { PoliciesPanel } from "./policies-panel.tsx";

const TABS = ["active", "all", "approval", "policies"] as const;
type Tab = (typeof TABS)[number];
const REFRESH_MS = 10_000;
const SHOWN = 100;

/** The command centre: what waits and runs, what was, what needs a second person, and what keeps orders back. */
export default function CommandsPage() {
  const { t } = useLang();
  const { can, canAtSites } = useSession();
  const { client } = useLive();
  const { params, set } = useUrlState();
  // Policies are of sites, orders are told by container and customer too.
  const tabs = TABS.filter((one) => one !== "policies" || canAtSites("command.read"));
  const tab: Tab = tabs.find((one) => one === params.get("tab")) ?? "active";
  const allowed = can("command.read");
  useEffect(() => {
    document.title = `${t("orders.title")} · Banksman`;
  }, [t]);
  useEffect(() => {
    if (!allowed) return;
    client.followCommands(true);
    return () => client.followCommands(false);
  }, [client, allowed]);
  if (!allowed) return <Forbidden permission="command.read" />;
  return (
    <div className="bm-stack">
      <div className="bm-page-head">
        <h1>{t("orders.title")}</h1>
      </div>
      <nav className="bm-tabs" aria-label={t("orders.tabs")}>
        {tabs.map((one) => (
          <NavLink
            key={one}
            to={one === "active" ? "/commands" : `/commands?tab=${one}`}
            aria-current={one === tab ? "page" : undefined}
            className={classNames("bm-tab", one === tab && "bm-tab-on")}
          >
            {t(`orders.tab.${one}`)}
          </NavLink>
        ))}
      </nav>
      {tab === "policies" ? <PoliciesPanel /> : <Orders show={tab} />}
      <OrderDrawer orderId={params.get("order")} onClose={() => set({ order: null })} />
    </div>
  );
}

function Orders({ show }: { show: Exclude<Tab, "policies"> }) {
  const { t } = useLang();
  const found = useRoute(ListOrders, { query: { show, limit: SHOWN } }, { every: REFRESH_MS, keep: true });
  const orders = found.data?.orders ?? [];
  return (
    <section className="bm-panel bm-panel-flush" aria-label={t(`orders.tab.${show}`)}>
      {found.error && !found.data ? (
        <ErrorState error={found.error} onRetry={() => void found.refetch()} permission="command.read" />
      ) : null}
      {found.isPending ? <SkeletonRows rows={6} /> : null}
      {found.data && orders.length === 0 ? (
        <EmptyState icon="rule" title={t(`orders.none.${show}`)} detail={t("orders.noneDetail")} />
      ) : null}
      {orders.length > 0 ? <Rows orders={orders} show={show} /> : null}
    </section>
  );
}

function Rows({ orders, show }: { orders: readonly GivenOrder[]; show: Tab }) {
  const { t } = useLang();
  const columns = useColumns(show);
  const keyOf = ({ order_id }: GivenOrder) => order_id;
  if (usePhone()) return <ColumnCards rows={orders} columns={columns} keyOf={keyOf} label={t("orders.title")} />;
  return (
    <Table<GivenOrder>
      size="small"
      rowKey={keyOf}
      dataSource={orders}
      pagination={false}
      scroll={{ x: 1040 }}
      aria-label={t("orders.title")}
      columns={columns}
    />
  );
}

function useColumns(show: Tab) {
  const { t } = useLang();
  const zone = browserZone();
  const nameOf = useSiteName();
  return [
    {
      key: "what",
      title: t("orders.what"),
      width: 150,
      render: (_: unknown, { order, order_id }: GivenOrder) => (
        <Link to={`/commands?${show === "active" ? "" : `tab=${show}&`}order=${order_id}`}>{orderWords(t, order)}</Link>
      ),
    },
    {
      key: "site",
      title: t("orders.site"),
      width: 110,
      ellipsis: true,
      render: (_: unknown, { site_id }: GivenOrder) => nameOf(site_id),
    },
    {
      key: "devices",
      title: t("orders.devices"),
      align: "right" as const,
      width: 80,
      render: (_: unknown, { devices }: GivenOrder) => number(devices),
    },
    {
      key: "state",
      title: t("orders.state"),
      render: (_: unknown, order: GivenOrder) => <OrderState order={order} />,
    },
    {
      key: "reason",
      title: t("orders.reason"),
      ellipsis: true,
      render: (_: unknown, { reason }: GivenOrder) => reason,
    },
    { key: "by", title: t("orders.by"), width: 110, render: (_: unknown, { given_by }: GivenOrder) => given_by },
    {
      key: "when",
      title: t("orders.when"),
      width: 200,
      render: (_: unknown, { given_at }: GivenOrder) => fullTime(Date.parse(given_at), zone),
    },
  ];
}

function OrderState({ order }: { order: GivenOrder }) {
  const { t } = useLang();
  const { by_state, paused_because, rolling, step, steps } = order;
  return (
    <span className="bm-findings">
      <CommandTrail counts={by_state} />
      {rolling && steps > 1 ? (
        <span className="bm-secondary">{t("orders.rollingStep", { step: step + 1, steps })}</span>
      ) : null}
      {paused_because === null ? null : (
        <span className="bm-secondary">
          <Paused order={order} />
        </span>
      )}
    </span>
  );
}
