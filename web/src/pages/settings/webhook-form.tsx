import { CreateWebhook, ListWebhooks, UpdateWebhook, type Webhook, WebhookEvent } from "@banksman/wire/api";
import { Form, Input, Modal, Select, Switch } from "antd";
import { useChange } from "../../api/query.ts";
import { CopyButton } from "../../components/copy-button.tsx";
import { FormEnd } from "../../components/form-end.tsx";
import { SideDrawer } from "../../components/side-drawer.tsx";
import { useLang } from "../../hooks/use-lang.ts";
import { useSites } from "../../shell/use-current-site.ts";
import { eventWord } from "./event-word.ts";

export type Editing = Webhook | "new" | null;
type Props = { editing: Editing; onClose: () => void; onSecret: (secret: string) => void };

/** Registers an endpoint or changes one. */
export function WebhookForm({ editing, onClose, onSecret }: Props) {
  const { t } = useLang();
  return (
    <SideDrawer open={editing !== null} title={t("webhooks.add")} onClose={onClose}>
      {editing === null ? null : (
        <Fields webhook={editing === "new" ? null : editing} onDone={onClose} onSecret={onSecret} />
      )}
    </SideDrawer>
  );
}

type Typed = { url: string; events: WebhookEvent[]; site_id: string | null; description: string; enabled: boolean };
type FieldsProps = { webhook: Webhook | null; onDone: () => void; onSecret: (secret: string) => void };

function Fields({ webhook, onDone, onSecret }: FieldsProps) {
  const { t } = useLang();
  const { data } = useSites();
  const create = useChange(CreateWebhook, [ListWebhooks]);
  const update = useChange(UpdateWebhook, [ListWebhooks]);
  const submit = async (typed: Typed) => {
    const body = { ...typed, site_id: typed.site_id ?? null, description: typed.description ?? "" };
    if (webhook) {
      if (await update.mutateAsync({ params: { webhook_id: webhook.webhook_id }, body }).catch(() => null)) onDone();
      return;
    }
    const made = await create.mutateAsync({ body }).catch(() => null);
    if (!made) return;
    onDone();
    onSecret(made.secret);
  };
  const initial = webhook ?? {
    events: ["alert.fired", "alert.resolved"],
    site_id: null,
    description: "",
    enabled: true,
  };
  const sites = (data?.sites ?? []).map(({ site_id, name }) => ({ value: site_id, label: name }));
  return (
    <Form<Typed> layout="vertical" requiredMark={false} initialValues={initial} onFinish={submit}>
      <Form.Item
        name="url"
        label={t("webhooks.url")}
        rules={[{ required: true, type: "url", message: t("webhooks.urlRule") }]}
      >
        <Input data-first autoComplete="off" spellCheck={false} placeholder="https://example.com/banksman" />
      </Form.Item>
      <Form.Item
        name="events"
        label={t("webhooks.events")}
        rules={[{ required: true, message: t("webhooks.eventsRule") }]}
      >
        <Select
          mode="multiple"
          options={WebhookEvent.options.map((value) => ({ value, label: t(`webhooks.event.${eventWord(value)}`) }))}
        />
      </Form.Item>
      <Form.Item name="site_id" label={t("webhooks.site")}>
        <Select allowClear placeholder={t("webhooks.allSites")} options={sites} />
      </Form.Item>
      <Form.Item name="description" label={t("webhooks.description")}>
        <Input maxLength={200} />
      </Form.Item>
      <Form.Item name="enabled" label={t("webhooks.enabled")} valuePropName="checked">
        <Switch />
      </Form.Item>
      <FormEnd error={create.error ?? update.error} isPending={create.isPending || update.isPending} />
    </Form>
  );
}

/** The secret, this once. */
export function SecretDialog({ secret, onClose }: { secret: string | null; onClose: () => void }) {
  const { t } = useLang();
  return (
    <Modal
      open={secret !== null}
      title={t("webhooks.secretTitle")}
      okText={t("common.stored")}
      cancelButtonProps={{ hidden: true }}
      closable={false}
      mask={{ closable: false }}
      onOk={onClose}
    >
      <p>{t("webhooks.secretOnce")}</p>
      <div className="bm-secret">
        <code data-testid="webhook-secret">{secret}</code>
        <CopyButton text={secret ?? ""} label={t("common.copy")} />
      </div>
    </Modal>
  );
}
