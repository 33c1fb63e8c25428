import { CreateApiToken, GRANTABLE, ListOwnApiTokens, LONGEST_TOKEN_DAYS, RevokeOwnApiToken } from "@banksman/wire/api";
import { Button, Form, Input, InputNumber, Modal, Select } from "antd";
import { useState } from "react";
import { useChange, useRoute } from "../../api/query.ts";
import { FormEnd } from "../../components/form-end.tsx";
import { Icon } from "../../components/icons.tsx";
import { Panel } from "../../components/panel.tsx";
import { ShownOnce } from "../../components/shown-once.tsx";
import { useConfirmed } from "../../components/use-confirmed.tsx";
import { useLang } from "../../hooks/use-lang.ts";
import { useSession } from "../../shell/session.tsx";
import { type ScopeDraft, ScopeFields, toScope } from "../access/scope-fields.tsx";
import { TokenTable } from "../access/token-table.tsx";

/** One's own API tokens; a new one is shown once. */
export function TokensPanel() {
  const { t } = useLang();
  const confirm = useConfirmed();
  const [isOpen, setOpen] = useState(false);
  const [token, setToken] = useState<string | null>(null);
  const found = useRoute(ListOwnApiTokens, {}, { keep: true });
  const revoke = useChange(RevokeOwnApiToken, [ListOwnApiTokens]);
  const close = () => {
    setOpen(false);
    setToken(null);
  };
  const add = (
    <Button icon={<Icon name="plus" />} onClick={() => setOpen(true)}>
      {t("access.newToken")}
    </Button>
  );
  return (
    <Panel title={t("access.tab.tokens")} extra={add} flush>
      <TokenTable
        tokens={found.data?.tokens}
        error={found.error}
        onRetry={() => void found.refetch()}
        onRevoke={({ token_id, name }) =>
          confirm({
            title: t("access.revokeTitle", { name }),
            detail: t("access.revokeDetail"),
            action: t("access.revoke"),
            run: () => revoke.mutateAsync({ params: { token_id } }),
          })
        }
      />
      <Modal
        open={isOpen}
        mask={{ closable: token === null }}
        keyboard={token === null}
        onCancel={close}
        title={t("access.newToken")}
        footer={null}
        width={560}
        destroyOnHidden
      >
        {token === null ? <TokenForm onMade={setToken} /> : <ShownOnce secret={token} onDone={close} />}
      </Modal>
    </Panel>
  );
}

type Fields = { name: string; permissions: (typeof GRANTABLE)[number][]; scope: ScopeDraft; days: number };

function TokenForm({ onMade }: { onMade: (token: string) => void }) {
  const { t } = useLang();
  const { can } = useSession();
  const create = useChange(CreateApiToken, [ListOwnApiTokens]);
  const submit = async ({ scope, ...fields }: Fields) => {
    const made = await create.mutateAsync({ body: { ...fields, scope: toScope(scope) } }).catch(() => null);
    if (made) onMade(made.token);
  };
  const required = [{ required: true, message: t("signIn.required") }];
  return (
    <Form<Fields>
      layout="vertical"
      requiredMark={false}
      onFinish={submit}
      initialValues={{ scope: { of: "all" }, days: 90, permissions: [] }}
    >
      <Form.Item name="name" label={t("common.name")} rules={required}>
        <Input data-first maxLength={100} />
      </Form.Item>
      <Form.Item name="permissions" label={t("access.permissions")} extra={t("access.tokenHelp")} rules={required}>
        <Select mode="multiple" options={GRANTABLE.filter(can).map((value) => ({ value, label: value }))} />
      </Form.Item>
      <ScopeFields name={["scope"]} path={["scope"]} />
      <Form.Item name="days" label={t("access.days")} rules={required}>
        <InputNumber min={1} max={LONGEST_TOKEN_DAYS} precision={0} />
      </Form.Item>
      <FormEnd error={create.error} isPending={create.isPending} label={t("access.makeToken")} />
    </Form>
  );
}
