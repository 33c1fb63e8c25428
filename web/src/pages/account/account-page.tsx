import { ChangePassword } from "@banksman/wire/api";
import { App, Button, Checkbox, Form, Input } from "antd";
import { useEffect, useState } from "react";
import { call } from "../../api/client.ts";
import { ApiProblem } from "../../api/problem.ts";
import { Panel } from "../../components/panel.tsx";
import { ProblemText } from "../../components/states.tsx";
import { useLang } from "../../hooks/use-lang.ts";
import { useRoleWord } from "../../hooks/use-role-word.ts";
import { useSession } from "../../shell/session.tsx";
import { usePasswordRules } from "../users/user-forms.tsx";
import { FactorsPanel } from "./factors-panel.tsx";
import { SessionsPanel } from "./sessions-panel.tsx";
import { TokensPanel } from "./tokens-panel.tsx";

type Fields = { current: string; next: string; repeat: string; revoke_tokens: boolean };

/** Changes one's own password. */
export default function AccountPage() {
  const { t } = useLang();
  const { session } = useSession();
  const roleWord = useRoleWord();
  useEffect(() => {
    document.title = `${t("account.title")} · Banksman`;
  }, [t]);
  return (
    <div className="bm-stack">
      <div className="bm-page-head">
        <h1>
          {t("account.title")}{" "}
          <small>{t("top.signedInAs", { name: session.username, role: roleWord(session.role) })}</small>
        </h1>
      </div>
      <Panel title={t("account.change")}>
        <div className="bm-narrow">
          <PasswordFields username={session.username} />
        </div>
      </Panel>
      <FactorsPanel />
      <SessionsPanel />
      <TokensPanel />
    </div>
  );
}

function PasswordFields({ username }: { username: string }) {
  const { t } = useLang();
  const { message } = App.useApp();
  const [form] = Form.useForm<Fields>();
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const passwordRules = usePasswordRules();
  const submit = async ({ current, next, revoke_tokens }: Fields) => {
    setBusy(true);
    setError(null);
    try {
      await call(ChangePassword, { body: { current, next, revoke_tokens } });
      void message.success(t("account.changed"));
      form.resetFields();
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  };
  const isWrong = error instanceof ApiProblem && (error.isSignedOut || error.isForbidden);
  return (
    <Form<Fields> form={form} layout="vertical" requiredMark={false} onFinish={submit}>
      <input type="text" name="username" autoComplete="username" defaultValue={username} hidden readOnly />
      <Form.Item
        name="current"
        label={t("account.current")}
        rules={[{ required: true, message: t("signIn.required") }]}
      >
        <Input.Password autoComplete="current-password" />
      </Form.Item>
      <Form.Item name="next" label={t("account.next")} extra={t("users.passwordHelp")} rules={passwordRules}>
        <Input.Password autoComplete="new-password" />
      </Form.Item>
      <Form.Item
        name="repeat"
        label={t("account.repeat")}
        dependencies={["next"]}
        rules={[
          { required: true, message: t("signIn.required") },
          ({ getFieldValue }) => ({
            validator: (_, value) =>
              value === getFieldValue("next") ? Promise.resolve() : Promise.reject(new Error(t("account.differs"))),
          }),
        ]}
      >
        <Input.Password autoComplete="new-password" />
      </Form.Item>
      <Form.Item name="revoke_tokens" valuePropName="checked" initialValue>
        <Checkbox>{t("account.revokeTokens")}</Checkbox>
      </Form.Item>
      {error === null ? null : (
        <p className="bm-form-problem" role="alert">
          {isWrong ? t("account.wrong") : <ProblemText error={error} />}
        </p>
      )}
      <Button type="primary" htmlType="submit" loading={busy}>
        {t("account.change")}
      </Button>
    </Form>
  );
}
