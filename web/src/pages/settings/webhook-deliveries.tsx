import { ListWebhookDeliveries, type Webhook, type WebhookDelivery } from "@banksman/wire/api";
import { Table } from "antd";
import { useState } from "react";
import { useRoute } from "../../api/query.ts";
import { Age } from "../../components/age.tsx";
import { PageFoot } from "../../components/page-foot.tsx";
import { SideDrawer } from "../../components/side-drawer.tsx";
import { EmptyState, ErrorState, SkeletonRows } from "../../components/states.tsx";
import { useLang } from "../../hooks/use-lang.ts";

const PER_PAGE = 25;

/** What was posted to an endpoint or waits for it. */
export function WebhookDeliveries({ webhook, onClose }: { webhook: Webhook | null; onClose: () => void }) {
  const { t } = useLang();
  return (
    <SideDrawer open={webhook !== null} title={t("webhooks.deliveries")} onClose={onClose}>
      {webhook === null ? null : <List webhookId={webhook.webhook_id} />}
    </SideDrawer>
  );
}

function List({ webhookId }: { webhookId: number }) {
  const { t } = useLang();
  const [page, setPage] = useState(1);
  const call = { params: { webhook_id: webhookId }, query: { page, per_page: PER_PAGE } };
  const found = useRoute(ListWebhookDeliveries, call, { every: 5_000, keep: true });
  if (found.error && !found.data)
    return <ErrorState error={found.error} onRetry={() => void found.refetch()} permission="webhook.manage" />;
  if (!found.data) return <SkeletonRows rows={6} />;
  const { deliveries, total } = found.data;
  if (total === 0)
    return <EmptyState icon="bell" title={t("webhooks.noneSent")} detail={t("webhooks.noneSentDetail")} />;
  return (
    <>
      <Table<WebhookDelivery>
        size="small"
        rowKey="message_id"
        dataSource={deliveries}
        pagination={false}
        aria-label={t("webhooks.deliveries")}
        expandable={{
          expandedRowRender: ({ body }) => <pre className="bm-preview">{JSON.stringify(body, null, 1)}</pre>,
        }}
        columns={[
          { key: "type", title: t("webhooks.events"), render: (_, { type }) => type },
          {
            key: "state",
            title: t("webhooks.state"),
            render: (_, { state, tries, error }) => (
              <span className="bm-wrap">
                {t(`webhooks.sent.${state}`)}{" "}
                {tries > 1 ? <small className="bm-muted">{t("channels.tries", { count: tries })}</small> : null}{" "}
                {error === null ? null : <small className="bm-muted">{error}</small>}
              </span>
            ),
          },
          {
            key: "age",
            title: t("channels.age"),
            align: "right",
            render: (_, { created_at }) => <Age at={created_at} />,
          },
        ]}
      />
      <PageFoot
        total={total}
        perPage={PER_PAGE}
        page={page}
        set={({ page: next }) => setPage(next === null ? 1 : Number(next))}
      />
    </>
  );
}
