import { type Delivery, ListDeliveries } from "@banksman/wire/api";
import { Table } from "antd";
import { useRoute } from "../../api/query.ts";
import { Age } from "../../components/age.tsx";
import { ColumnCards } from "../../components/column-cards.tsx";
import { LevelGlyph } from "../../components/level-pill.tsx";
import { PageFoot } from "../../components/page-foot.tsx";
import { Panel } from "../../components/panel.tsx";
import { EmptyState, ErrorState, SkeletonRows } from "../../components/states.tsx";
import { ChoiceFilter } from "../../components/table-filters.tsx";
import { number } from "../../format/format.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { usePhone } from "../../hooks/use-media.ts";
import { useUrlState } from "../../hooks/use-url-state.ts";

const PER_PAGE = 25;
const STATES = ["waiting", "sent", "failed", "merged"] as const;

/** What was sent, what waits and why. */
export function DeliveriesPanel() {
  const { t } = useLang();
  const { params, set } = useUrlState();
  const page = Math.max(1, Number(params.get("page")) || 1);
  const state = STATES.find((one) => one === params.get("delivery"));
  const query = { page, per_page: PER_PAGE, ...(state ? { state } : {}) };
  const found = useRoute(ListDeliveries, { query }, { every: 15_000, keep: true });
  const total = found.data?.total ?? 0;
  const choose = (
    <ChoiceFilter
      label={t("alerts.stateTitle")}
      value={state ?? null}
      options={STATES.map((value) => ({ value, label: t(`alerts.delivery.${value}`) }))}
      onChange={(chosen) => set({ delivery: chosen, page: null })}
    />
  );
  return (
    <Panel title={t("alerts.messages")} hint={found.data ? number(total) : null} extra={choose} flush>
      {found.error && !found.data ? (
        <ErrorState error={found.error} onRetry={() => void found.refetch()} permission="alert.read" />
      ) : null}
      {found.isPending ? <SkeletonRows rows={5} /> : null}
      {found.data && total === 0 ? (
        <EmptyState icon="bell" title={t("channels.noMessages")} detail={t("channels.noMessagesDetail")} />
      ) : null}
      {total > 0 ? <Rows deliveries={found.data?.deliveries ?? []} /> : null}
      <PageFoot total={total} perPage={PER_PAGE} page={page} set={set} />
    </Panel>
  );
}

function Rows({ deliveries }: { deliveries: readonly Delivery[] }) {
  const { t } = useLang();
  const columns = useColumns();
  const keyOf = ({ delivery_id }: Delivery) => delivery_id;
  if (usePhone()) return <ColumnCards rows={deliveries} columns={columns} keyOf={keyOf} label={t("alerts.messages")} />;
  return (
    <Table<Delivery>
      size="small"
      rowKey={keyOf}
      dataSource={deliveries}
      pagination={false}
      scroll={{ x: 760 }}
      aria-label={t("alerts.messages")}
      columns={columns}
    />
  );
}

function useColumns() {
  const { t } = useLang();
  return [
    {
      key: "title",
      title: t("channels.message"),
      render: (_: unknown, { title, level, text }: Delivery) => (
        <span className="bm-with-glyph" title={text}>
          <LevelGlyph level={level} /> {title}
        </span>
      ),
    },
    { key: "channel", title: t("channels.channel"), render: (_: unknown, { channel }: Delivery) => channel },
    {
      key: "state",
      title: t("alerts.stateTitle"),
      render: (_: unknown, { state, tries, error }: Delivery) => (
        <span title={error ?? ""}>
          {t(`alerts.delivery.${state}`)}
          {tries > 1 ? <span className="bm-muted"> {t("channels.tries", { count: tries })}</span> : null}
          {error !== null && state !== "sent" ? <small className="bm-muted bm-wrap"> {error}</small> : null}
        </span>
      ),
    },
    {
      key: "age",
      title: t("channels.age"),
      align: "right" as const,
      render: (_: unknown, { created_at }: Delivery) => <Age at={created_at} />,
    },
  ];
}
