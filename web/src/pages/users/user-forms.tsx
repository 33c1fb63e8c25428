import { CreateUser, ListUsers, Role, UpdateUser } from "@banksman/wire/api";
import { App, Button, Drawer, Form, Input, Select } from "antd";
import { useChange } from "../../api/query.ts";
import { FormProblem } from "../../components/form-problem.tsx";
import { useLang } from "../../hooks/use-lang.ts";
import { tokens } from "../../theme/tokens.ts";

const SHORTEST_PASSWORD = 12;

/** The rules of a new password, the same everywhere one is set. */
export function usePasswordRules() {
  const { t } = useLang();
  return [{ required: true, min: SHORTEST_PASSWORD, max: 256, message: t("users.passwordRule") }];
}

/** Makes an account. */
export function UserForm({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useLang();
  return (
    <Drawer
      open={open}
      onClose={onClose}
      size={tokens.size.drawer}
      title={t("users.create")}
      closable={{ "aria-label": t("common.close") }}
      destroyOnHidden
    >
      <UserFields onDone={onClose} />
    </Drawer>
  );
}

type NewUser = { username: string; password: string; role: Role };

function UserFields({ onDone }: { onDone: () => void }) {
  const { t } = useLang();
  const { message } = App.useApp();
  const passwordRules = usePasswordRules();
  const create = useChange(CreateUser, [ListUsers]);
  const submit = async (body: NewUser) => {
    const user = await create.mutateAsync({ body }).catch(() => null);
    if (!user) return;
    void message.success(t("users.created", { name: user.username }));
    onDone();
  };
  const roles = Role.options.map((role) => ({ value: role, label: t(`users.role_${role}`) }));
  return (
    <Form<NewUser> layout="vertical" requiredMark={false} onFinish={submit} initialValues={{ role: "viewer" }}>
      <Form.Item
        name="username"
        label={t("users.user")}
        rules={[{ required: true, pattern: /^[\w.@+-]+$/, max: 64, message: t("users.usernameRule") }]}
      >
        <Input autoFocus autoComplete="off" spellCheck={false} />
      </Form.Item>
      <Form.Item name="password" label={t("signIn.password")} extra={t("users.passwordHelp")} rules={passwordRules}>
        <Input.Password autoComplete="new-password" />
      </Form.Item>
      <Form.Item name="role" label={t("users.role")} extra={t("users.roleHelp")}>
        <Select options={roles} />
      </Form.Item>
      <FormProblem error={create.error} />
      <Button type="primary" htmlType="submit" loading={create.isPending}>
        {t("users.create")}
      </Button>
    </Form>
  );
}

/** Sets another person's password, which ends their sessions. */
export function PasswordForm({ username, onClose }: { username: string | null; onClose: () => void }) {
  const { t } = useLang();
  const passwordRules = usePasswordRules();
  const update = useChange(UpdateUser, [ListUsers]);
  const submit = async ({ password }: { password: string }) => {
    const user = await update
      .mutateAsync({ params: { username: username ?? "" }, body: { password } })
      .catch(() => null);
    if (user) onClose();
  };
  return (
    <Drawer
      open={username !== null}
      onClose={onClose}
      size={tokens.size.drawer}
      title={username}
      closable={{ "aria-label": t("common.close") }}
      destroyOnHidden
    >
      <Form layout="vertical" requiredMark={false} onFinish={submit}>
        <Form.Item name="password" label={t("account.next")} extra={t("users.passwordHelp")} rules={passwordRules}>
          <Input.Password autoFocus autoComplete="new-password" />
        </Form.Item>
        <FormProblem error={update.error} />
        <Button type="primary" htmlType="submit" loading={update.isPending}>
          {t("common.save")}
        </Button>
      </Form>
    </Drawer>
  );
}
