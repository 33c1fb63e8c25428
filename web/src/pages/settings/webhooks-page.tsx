import { DeleteWebhook, ListWebhooks, RenewWebhookSecret, TestWebhook, type Webhook } from "@banksman/wire/api";
import { App, Button, Table } from "antd";
import { useState } from "react";
import { useChange, useRoute } from "../../api/query.ts";
import { Age } from "../../components/age.tsx";
import { ColumnCards } from "../../components/column-cards.tsx";
import { Icon } from "../../components/icons.tsx";
import { EmptyState, ErrorState, Forbidden, ProblemText, SkeletonRows } from "../../components/states.tsx";
import { number } from "../../format/format.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { usePhone } from "../../hooks/use-media.ts";
import { useSession } from "../../shell/session.tsx";
import { eventWord } from "./event-word.ts";
import { SettingsFrame } from "./settings-frame.tsx";
import { WebhookDeliveries } from "./webhook-deliveries.tsx";
import { type Editing, SecretDialog, WebhookForm } from "./webhook-form.tsx";

/** Endpoints of third parties, what they are told, and how that went. */
export default function WebhooksPage() {
  const { t } = useLang();
  const { canEverywhere } = useSession();
  const allowed = canEverywhere("webhook.manage");
  const [editing, edit] = useState<Editing>(null);
  const [secret, showSecret] = useState<string | null>(null);
  const [shown, show] = useState<Webhook | null>(null);
  const found = useRoute(ListWebhooks, {}, { enabled: allowed, every: 10_000, keep: true });
  if (!allowed) return <Forbidden permission="webhook.manage" />;
  const webhooks = found.data?.webhooks ?? [];
  const add = (
    <Button icon={<Icon name="plus" />} onClick={() => edit("new")}>
      {t("webhooks.add")}
    </Button>
  );
  return (
    <SettingsFrame extra={add}>
      <section className="bm-panel bm-panel-flush" aria-label={t("settings.tab.webhooks")}>
        {found.error && !found.data ? (
          <ErrorState error={found.error} onRetry={() => void found.refetch()} permission="webhook.manage" />
        ) : null}
        {found.isPending ? <SkeletonRows rows={4} /> : null}
        {found.data && webhooks.length === 0 ? (
          <EmptyState icon="bell" title={t("webhooks.none")} detail={t("webhooks.noneDetail")} action={add} />
        ) : null}
        {webhooks.length > 0 ? <Rows webhooks={webhooks} onEdit={edit} onSecret={showSecret} onShow={show} /> : null}
      </section>
      <WebhookForm editing={editing} onClose={() => edit(null)} onSecret={showSecret} />
      <WebhookDeliveries webhook={shown} onClose={() => show(null)} />
      <SecretDialog secret={secret} onClose={() => showSecret(null)} />
    </SettingsFrame>
  );
}

type RowsProps = {
  webhooks: readonly Webhook[];
  onEdit: (webhook: Webhook) => void;
  onSecret: (secret: string) => void;
  onShow: (webhook: Webhook) => void;
};

function Rows({ webhooks, ...does }: RowsProps) {
  const { t } = useLang();
  const columns = useColumns(does);
  const keyOf = ({ webhook_id }: Webhook) => webhook_id;
  const label = t("settings.tab.webhooks");
  if (usePhone()) return <ColumnCards rows={webhooks} columns={columns} keyOf={keyOf} label={label} />;
  return (
    <Table<Webhook>
      size="small"
      rowKey={keyOf}
      dataSource={webhooks}
      pagination={false}
      scroll={{ x: 960 }}
      aria-label={label}
      columns={columns}
    />
  );
}

function useColumns({ onEdit, onSecret, onShow }: Omit<RowsProps, "webhooks">) {
  const { t } = useLang();
  return [
    {
      key: "url",
      title: t("webhooks.url"),
      render: (_: unknown, { url, description }: Webhook) => (
        <span className="bm-wrap">
          <strong>{url}</strong> {description === "" ? null : <small className="bm-muted">{description}</small>}
        </span>
      ),
    },
    {
      key: "events",
      title: t("webhooks.events"),
      render: (_: unknown, { events, site_id }: Webhook) => (
        <span className="bm-wrap">
          {events.map((event) => t(`webhooks.event.${eventWord(event)}`)).join(", ")}
          {site_id === null ? null : <small className="bm-muted"> {site_id}</small>}
        </span>
      ),
    },
    {
      key: "state",
      title: t("webhooks.state"),
      render: (_: unknown, { enabled, trouble, waiting }: Webhook) => (
        <span className="bm-with-glyph bm-wrap">
          {trouble === null ? null : <Icon name="warning" size={14} />}
          {!enabled ? t("webhooks.off") : (trouble ?? t("webhooks.on"))}
          {waiting > 0 ? <small className="bm-muted">{t("webhooks.waiting", { count: waiting })}</small> : null}
        </span>
      ),
    },
    {
      key: "sent",
      title: t("webhooks.lastSent"),
      align: "right" as const,
      render: (_: unknown, { last_sent_at }: Webhook) => <Age at={last_sent_at} />,
    },
    {
      key: "actions",
      title: t("common.actions"),
      render: (_: unknown, webhook: Webhook) => (
        <Actions webhook={webhook} onEdit={onEdit} onSecret={onSecret} onShow={onShow} />
      ),
    },
  ];
}

function Actions({ webhook, onEdit, onSecret, onShow }: { webhook: Webhook } & Omit<RowsProps, "webhooks">) {
  const { t } = useLang();
  const { message, modal } = App.useApp();
  const params = { webhook_id: webhook.webhook_id };
  const test = useChange(TestWebhook);
  const renew = useChange(RenewWebhookSecret, [ListWebhooks]);
  const remove = useChange(DeleteWebhook, [ListWebhooks]);
  const tell = (error: unknown) => void message.error(<ProblemText error={error} />);
  const tryOut = async () => {
    const answer = await test.mutateAsync({ params }).catch(tell);
    if (!answer) return;
    if (answer.error === null) void message.success(t("webhooks.tested", { status: number(answer.status) }));
    else void message.error(t("webhooks.testFailed", { why: answer.error }));
  };
  const confirm = (title: string, okText: string, run: () => Promise<unknown>) =>
    modal.confirm({ title, content: webhook.url, okText, onOk: () => run().catch(tell) });
  return (
    <span className="bm-buttons">
      <Button size="small" loading={test.isPending} onClick={() => void tryOut()}>
        {t("webhooks.test")}
      </Button>
      <Button size="small" onClick={() => onShow(webhook)}>
        {t("webhooks.deliveries")}
      </Button>
      <Button size="small" onClick={() => onEdit(webhook)}>
        {t("webhooks.edit")}
      </Button>
      <Button
        size="small"
        onClick={() =>
          confirm(t("webhooks.renewTitle"), t("webhooks.renew"), async () =>
            onSecret((await renew.mutateAsync({ params })).secret),
          )
        }
      >
        {t("webhooks.renewDots")}
      </Button>
      <Button
        size="small"
        danger
        onClick={() => confirm(t("webhooks.removeTitle"), t("webhooks.remove"), () => remove.mutateAsync({ params }))}
      >
        {t("webhooks.removeDots")}
      </Button>
    </span>
  );
}
