import { CreateUser, ListUsers, SHORTEST_PASSWORD, UpdateUser } from "@banksman/wire/api";
import { App, Checkbox, Form, Input } from "antd";
import { useChange } from "../../api/query.ts";
import { FormEnd } from "../../components/form-end.tsx";
import { SideDrawer } from "../../components/side-drawer.tsx";
import { useLang } from "../../hooks/use-lang.ts";
import { type GrantDraft, RoleField, toGrants } from "../access/grants-form.tsx";
import { ScopeFields } from "../access/scope-fields.tsx";

/** The rules of a new password, the same everywhere one is set. */
export function usePasswordRules() {
  const { t } = useLang();
  return [{ required: true, min: SHORTEST_PASSWORD, max: 256, message: t("users.passwordRule") }];
}

/** Makes an account. */
export function UserForm({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useLang();
  return (
    <SideDrawer open={open} title={t("users.create")} onClose={onClose}>
      <UserFields onDone={onClose} />
    </SideDrawer>
  );
}

type NewUser = { username: string; password: string; grant: GrantDraft };

function UserFields({ onDone }: { onDone: () => void }) {
  const { t } = useLang();
  const { message } = App.useApp();
  const passwordRules = usePasswordRules();
  const create = useChange(CreateUser, [ListUsers]);
  const submit = async ({ grant, ...account }: NewUser) => {
    const user = await create.mutateAsync({ body: { ...account, grants: toGrants([grant]) } }).catch(() => null);
    if (!user) return;
    void message.success(t("users.created", { name: user.username }));
    onDone();
  };
  return (
    <Form<NewUser>
      layout="vertical"
      requiredMark={false}
      onFinish={submit}
      initialValues={{ grant: { role: "viewer", scope: { of: "all" } } }}
    >
      <Form.Item
        name="username"
        label={t("users.user")}
        rules={[{ required: true, pattern: /^[\w.@+-]+$/, max: 64, message: t("users.usernameRule") }]}
      >
        <Input data-first autoComplete="off" spellCheck={false} />
      </Form.Item>
      <Form.Item name="password" label={t("signIn.password")} extra={t("users.passwordHelp")} rules={passwordRules}>
        <Input.Password autoComplete="new-password" />
      </Form.Item>
      <RoleField name={["grant", "role"]} />
      <p className="bm-secondary">{t("users.roleHelp")}</p>
      <ScopeFields name={["grant", "scope"]} path={["grant", "scope"]} />
      <FormEnd error={create.error} isPending={create.isPending} label={t("users.create")} />
    </Form>
  );
}

/** Sets another person's password, which ends their sessions, and their API tokens unless that is taken away. */
export function PasswordForm({ username, onClose }: { username: string | null; onClose: () => void }) {
  const { t } = useLang();
  const passwordRules = usePasswordRules();
  const update = useChange(UpdateUser, [ListUsers]);
  const submit = async (body: { password: string; revoke_tokens: boolean }) => {
    const user = await update.mutateAsync({ params: { username: username ?? "" }, body }).catch(() => null);
    if (user) onClose();
  };
  return (
    <SideDrawer open={username !== null} title={username} onClose={onClose}>
      <Form layout="vertical" requiredMark={false} onFinish={submit}>
        <Form.Item name="password" label={t("account.next")} extra={t("users.passwordHelp")} rules={passwordRules}>
          <Input.Password data-first autoComplete="new-password" />
        </Form.Item>
        <Form.Item name="revoke_tokens" valuePropName="checked" initialValue>
          <Checkbox>{t("users.revokeTokens")}</Checkbox>
        </Form.Item>
        <FormEnd error={update.error} isPending={update.isPending} />
      </Form>
    </SideDrawer>
  );
}
