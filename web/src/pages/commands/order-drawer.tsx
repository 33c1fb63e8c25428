import {
  ApproveOrder,
  CancelOrder,
  type Command,
  GetOrder,
  type GivenOrder,
  ListCommands,
  ListInterlocks,
  ListOrders,
  PauseOrder,
  RejectOrder,
  ResumeOrder,
} from "@banksman/wire/api";
import { isOver } from "@banksman/wire/model";
import { Button, Table } from "antd";
import { Link } from "react-router";
import { useChange, useRoute } from "../../api/query.ts";
import { FormProblem } from "../../components/form-problem.tsx";
import { CommandEnd } from "../../components/orders/command-end.tsx";
import { CommandBadge, CommandTrail } from "../../components/orders/command-trail.tsx";
import { orderWords } from "../../components/orders/order-words.ts";
import { Paused } from "../../components/orders/paused.tsx";
import { SideDrawer } from "../../components/side-drawer.tsx";
import { ErrorState, SkeletonRows } from "../../components/states.tsx";
import { browserZone, fullTime } from "../../format/time.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { useSession } from "../../shell/session.tsx";
import { useSiteName } from "../../shell/use-current-site.ts";

const REFRESH_MS = 5_000;
const SHOWN = 500;

/** One order: what exactly, who and why, what can be decided, and each device's command. */
export function OrderDrawer({ orderId, onClose }: { orderId: string | null; onClose: () => void }) {
  const { t } = useLang();
  const params = { order_id: orderId ?? "" };
  const options = { enabled: orderId !== null, every: REFRESH_MS, keep: true };
  const order = useRoute(GetOrder, { params }, options);
  const commands = useRoute(ListCommands, { query: { order_id: orderId ?? undefined, limit: SHOWN } }, options);
  const shown = order.data?.order_id === orderId ? order.data : undefined;
  return (
    <SideDrawer
      open={orderId !== null}
      title={shown ? orderWords(t, shown.order) : t("orders.title")}
      onClose={onClose}
    >
      {order.error && !shown ? <ErrorState error={order.error} onRetry={() => void order.refetch()} /> : null}
      {shown ? (
        <div className="bm-order">
          <Facts order={shown} />
          <Decisions order={shown} />
          <Devices order={shown} commands={commands.data?.commands ?? []} />
        </div>
      ) : (
        <SkeletonRows rows={8} />
      )}
    </SideDrawer>
  );
}

function Facts({ order }: { order: GivenOrder }) {
  const { t } = useLang();
  const zone = browserZone();
  const nameOf = useSiteName();
  const { order: what, reason, given_by, given_at, site_id, devices, approval, payload_hash, paused_because } = order;
  return (
    <>
      <CommandTrail counts={order.by_state} />
      <dl className="bm-facts">
        <div>
          <dt>{t("orders.site")}</dt>
          <dd>
            <Link to={`/monitor/${encodeURIComponent(site_id)}`}>{nameOf(site_id)}</Link>,{" "}
            {t("orders.device", { count: devices })}
          </dd>
        </div>
        <div>
          <dt>{t("orders.by")}</dt>
          <dd>
            {given_by}, {fullTime(Date.parse(given_at), zone)}
          </dd>
        </div>
        <div>
          <dt>{t("orders.reason")}</dt>
          <dd>{reason}</dd>
        </div>
        <div>
          <dt>{t("orders.details")}</dt>
          <dd>
            {orderWords(t, what)} <code className="bm-code">{JSON.stringify(what)}</code>
          </dd>
        </div>
        <div>
          <dt>{t("orders.hash")}</dt>
          <dd>
            <code className="bm-code">{payload_hash}</code>
          </dd>
        </div>
      </dl>
      {paused_because === null ? null : (
        <p>
          <Paused order={order} />
        </p>
      )}
      {approval ? (
        <p>
          {t(`orders.approval.${approval.state}`, {
            who: approval.decided_by ?? "",
            time: fullTime(Date.parse(approval.expires_at), zone),
          })}{" "}
          <Policy name={approval.policy} />
          {approval.note ? ` (${approval.note})` : null}
        </p>
      ) : null}
    </>
  );
}

/** The policy that asks for a second person, in its own words; its parts count together for an hour. */
function Policy({ name }: { name: string }) {
  const { t, lang } = useLang();
  const { canAtSites } = useSession();
  const { data } = useRoute(ListInterlocks, {}, { enabled: canAtSites("command.read"), keep: true });
  const policy = data?.approval_policies.find((one) => one.name === name);
  return <span className="bm-secondary">{t("orders.because", { policy: policy?.title[lang] ?? name })}</span>;
}

function Decisions({ order }: { order: GivenOrder }) {
  const { t } = useLang();
  const { can, session } = useSession();
  const again = [GetOrder, ListOrders, ListCommands];
  const approve = useChange(ApproveOrder, again);
  const reject = useChange(RejectOrder, again);
  const cancel = useChange(CancelOrder, again);
  const pause = useChange(PauseOrder, again);
  const resume = useChange(ResumeOrder, again);
  const params = { order_id: order.order_id };
  const isWaiting = order.approval?.state === "waiting";
  const isOwn = order.authors.includes(session.username);
  const waits = (order.by_state.queued ?? 0) + (order.by_state["pending-approval"] ?? 0) > 0;
  const failed = [approve, reject, cancel, pause, resume].find(({ error }) => error !== null);
  return (
    <>
      <div className="bm-order-row">
        {isWaiting && can("command.approve") && !isOwn ? (
          <>
            <Button
              type="primary"
              loading={approve.isPending}
              onClick={() => approve.mutate({ params, body: { payload_hash: order.payload_hash } })}
            >
              {t("orders.approve")}
            </Button>
            <Button loading={reject.isPending} onClick={() => reject.mutate({ params, body: {} })}>
              {t("orders.reject")}
            </Button>
          </>
        ) : null}
        {waits && can("command.give") ? (
          <>
            {isWaiting ? null : order.paused_because === null ? (
              <Button loading={pause.isPending} onClick={() => pause.mutate({ params })}>
                {t("orders.pause")}
              </Button>
            ) : (
              <Button loading={resume.isPending} onClick={() => resume.mutate({ params })}>
                {t("orders.resume")}
              </Button>
            )}
            <Button danger loading={cancel.isPending} onClick={() => cancel.mutate({ params })}>
              {t("orders.cancel")}
            </Button>
          </>
        ) : null}
      </div>
      {isWaiting && isOwn ? <p className="bm-secondary">{t("orders.own")}</p> : null}
      <FormProblem error={failed?.error ?? null} />
    </>
  );
}

function Devices({ order, commands }: { order: GivenOrder; commands: readonly Command[] }) {
  const { t } = useLang();
  // What is under way and what failed comes first: that is what somebody looks for here.
  const rank = ({ state }: Command) => (isOver(state) ? (state === "succeeded" ? 2 : 1) : 0);
  const rows = commands.filter(({ order_id }) => order_id === order.order_id).toSorted((a, b) => rank(a) - rank(b));
  return (
    <Table<Command>
      size="small"
      rowKey="command_id"
      dataSource={rows}
      pagination={rows.length > 50 ? { pageSize: 50, size: "small" } : false}
      aria-label={t("orders.devices")}
      columns={[
        {
          key: "device",
          title: t("orders.device", { count: rows.length }),
          render: (_: unknown, command: Command) => <DeviceLink command={command} />,
        },
        {
          key: "state",
          title: t("orders.state"),
          render: (_: unknown, { state }: Command) => <CommandBadge state={state} />,
        },
        {
          key: "told",
          title: t("orders.told"),
          render: (_: unknown, { note, code, result }: Command) => (
            <CommandEnd note={note} code={code} result={result} />
          ),
        },
      ]}
    />
  );
}

/** To the page of what was ordered; the site's edge has none. */
function DeviceLink({ command: { site_id, miner_id, cooling_host } }: { command: Command }) {
  const { t } = useLang();
  const site = encodeURIComponent(site_id);
  if (cooling_host !== null)
    return <Link to={`/cooling/${site}/${encodeURIComponent(cooling_host)}`}>{cooling_host}</Link>;
  if (miner_id === null) return t("orders.edge");
  return <Link to={`/miners/${site}/${encodeURIComponent(miner_id)}`}>{miner_id}</Link>;
}
