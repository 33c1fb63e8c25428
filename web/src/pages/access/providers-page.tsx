import { CreateProvider, DeleteProvider, ListProviders, type SignInProvider, UpdateProvider } from "@banksman/wire/api";
import { Button, Form, Input, Switch } from "antd";
import { useState } from "react";
import { useChange, useRoute } from "../../api/query.ts";
import { CopyButton } from "../../components/copy-button.tsx";
import { FormEnd } from "../../components/form-end.tsx";
import { Icon } from "../../components/icons.tsx";
import { SideDrawer } from "../../components/side-drawer.tsx";
import { useConfirmed } from "../../components/use-confirmed.tsx";
import { useLang } from "../../hooks/use-lang.ts";
import { useSession } from "../../shell/session.tsx";
import { AccessFrame } from "./access-frame.tsx";
import { type GrantDraft, RoleField, toGrants } from "./grants-form.tsx";
import { type RowColumn, RowTable } from "./row-table.tsx";
import { ScopeFields } from "./scope-fields.tsx";

/** Where people may sign in from, and what their groups there are here. */
export default function ProvidersPage() {
  const { t } = useLang();
  const [editing, edit] = useState<SignInProvider | "new" | null>(null);
  const { canEverywhere } = useSession();
  const found = useRoute(ListProviders, {}, { enabled: canEverywhere("role.manage"), keep: true });
  const columns: RowColumn<SignInProvider>[] = [
    { key: "title", title: t("common.name"), render: (_, { title }) => <b className="bm-medium">{title}</b> },
    { key: "issuer", title: t("access.issuer"), render: (_, { issuer }) => <span className="bm-mono">{issuer}</span> },
    { key: "groups", title: t("access.groups"), render: (_, { mappings }) => mappings.length },
    {
      key: "state",
      title: t("users.state"),
      render: (_, { enabled }) => t(enabled ? "users.active" : "users.disabled"),
    },
    {
      key: "do",
      title: <span className="bm-spoken">{t("common.actions")}</span>,
      align: "right",
      render: (_, row) => (
        <Button size="small" onClick={() => edit(row)}>
          {t("access.edit")}
        </Button>
      ),
    },
  ];
  const add = (
    <Button type="primary" icon={<Icon name="plus" />} onClick={() => edit("new")}>
      {t("access.newProvider")}
    </Button>
  );
  return (
    <AccessFrame tab="providers" extra={add}>
      <section className="bm-panel bm-panel-flush" aria-label={t("access.tab.providers")}>
        <RowTable
          rows={found.data?.providers}
          columns={columns}
          keyOf={({ provider }) => provider}
          label={t("access.tab.providers")}
          empty={{ icon: "key", title: t("access.noProviders"), detail: t("access.noProvidersDetail") }}
          error={found.error}
          onRetry={() => void found.refetch()}
          isOff={({ enabled }) => !enabled}
        />
      </section>
      <SideDrawer open={editing !== null} title={t("access.provider")} onClose={() => edit(null)}>
        {editing === null ? null : <ProviderForm provider={editing} onDone={() => edit(null)} />}
      </SideDrawer>
    </AccessFrame>
  );
}

type Fields = Pick<
  SignInProvider,
  "provider" | "title" | "issuer" | "client_id" | "scopes" | "group_claim" | "enabled"
> & {
  client_secret?: string;
  mappings: { group: string; grant: GrantDraft }[];
};
const EMPTY = { scopes: "openid profile email", group_claim: "groups", enabled: true, mappings: [] };

function ProviderForm({ provider, onDone }: { provider: SignInProvider | "new"; onDone: () => void }) {
  const { t } = useLang();
  const confirm = useConfirmed();
  const create = useChange(CreateProvider, [ListProviders]);
  const update = useChange(UpdateProvider, [ListProviders]);
  const remove = useChange(DeleteProvider, [ListProviders]);
  const isNew = provider === "new";
  const submit = async ({ provider: id, client_secret, mappings, ...rest }: Fields) => {
    const [grants, secret] = [toGrants(mappings.map(({ grant }) => grant)), client_secret ? { client_secret } : {}];
    const mapped = mappings.flatMap(({ group }, index) => (grants[index] ? [{ group, grant: grants[index] }] : []));
    const body = { ...rest, ...secret, mappings: mapped };
    const saved = isNew
      ? create.mutateAsync({ body: { provider: id, ...body } })
      : update.mutateAsync({ params: { provider: provider.provider }, body });
    if (await saved.catch(() => null)) onDone();
  };
  const required = [{ required: true, message: t("signIn.required") }];
  const text = (name: keyof Fields, label: string, extra?: string) => (
    <Form.Item name={name} label={label} rules={required} {...(extra === undefined ? {} : { extra })}>
      <Input spellCheck={false} />
    </Form.Item>
  );
  return (
    <Form<Fields> layout="vertical" requiredMark={false} onFinish={submit} initialValues={isNew ? EMPTY : provider}>
      {isNew ? text("provider", t("access.providerId"), t("access.providerIdHelp")) : null}
      {text("title", t("common.name"), t("access.providerTitleHelp"))}
      {text("issuer", t("access.issuer"))}
      {text("client_id", t("access.clientId"))}
      <Form.Item name="client_secret" label={t("access.clientSecret")} extra={t("access.clientSecretHelp")}>
        <Input.Password autoComplete="off" />
      </Form.Item>
      {text("scopes", t("access.scopes"))}
      {text("group_claim", t("access.groupClaim"))}
      <Form.Item name="enabled" label={t("webhooks.enabled")} valuePropName="checked">
        <Switch />
      </Form.Item>
      <Mappings />
      {isNew ? null : (
        <div className="bm-secret">
          <code>{provider.redirect_uri}</code>
          <CopyButton text={provider.redirect_uri} label={t("access.copyRedirect")} />
        </div>
      )}
      <FormEnd error={create.error ?? update.error} isPending={create.isPending || update.isPending} />
      {isNew ? null : (
        <Button
          danger
          className="bm-form-second"
          onClick={() =>
            confirm({
              title: t("access.dropProvider", { name: provider.title }),
              detail: t("access.dropProviderDetail"),
              action: t("access.remove"),
              run: () => remove.mutateAsync({ params: { provider: provider.provider } }).then(onDone),
            })
          }
        >
          {t("access.remove")}…
        </Button>
      )}
    </Form>
  );
}

/** Which group is what here. */
function Mappings() {
  const { t } = useLang();
  return (
    <Form.List name="mappings">
      {(fields, { add, remove }) => (
        <div className="bm-stack bm-form-list">
          {fields.map((field) => (
            <fieldset key={field.key} className="bm-fieldset">
              <legend>{t("access.mapping", { n: field.name + 1 })}</legend>
              <Form.Item
                name={[field.name, "group"]}
                label={t("access.group")}
                rules={[{ required: true, message: t("signIn.required") }]}
              >
                <Input />
              </Form.Item>
              <RoleField name={[field.name, "grant", "role"]} />
              <ScopeFields name={[field.name, "grant", "scope"]} path={["mappings", field.name, "grant", "scope"]} />
              <Button size="small" onClick={() => remove(field.name)}>
                {t("access.removeMapping")}
              </Button>
            </fieldset>
          ))}
          <Button icon={<Icon name="plus" />} onClick={() => add({ grant: { role: "viewer", scope: { of: "all" } } })}>
            {t("access.addMapping")}
          </Button>
        </div>
      )}
    </Form.List>
  );
}
