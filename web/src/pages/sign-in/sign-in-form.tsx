import { type SecondFactorNeeded, type Session, SignIn } from "@banksman/wire/api";
import { Button, Form, Input, type InputRef } from "antd";
import { useRef, useState } from "react";
import { call } from "../../api/client.ts";
import { ApiProblem } from "../../api/problem.ts";
import { duration } from "../../format/time.ts";
import { useLang } from "../../hooks/use-lang.ts";

type Fields = { username: string; password: string };
type Props = {
  onSignedIn: (session: Session) => Promise<void>;
  onSecondFactor: (needed: SecondFactorNeeded) => void;
  onDown: () => void;
  username: string;
};

const DEFAULT_LOCK_SECONDS = 60;

/** User and password. A wrong password clears only itself and takes the focus back. */
export function SignInForm({ onSignedIn, onSecondFactor, onDown, username }: Props) {
  const { t, lang } = useLang();
  const [form] = Form.useForm<Fields>();
  const password = useRef<InputRef>(null);
  const [message, setMessage] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  const refuse = (error: unknown) => {
    if (!(error instanceof ApiProblem)) throw error;
    if (error.status === 429)
      setMessage(t("signIn.locked", { wait: duration(error.retryAfterSeconds ?? DEFAULT_LOCK_SECONDS, lang) }));
    else if (error.mayPass) onDown();
    else setMessage(error.isSignedOut ? t("signIn.wrong") : error.detail);
    form.setFieldsValue({ password: "" });
    password.current?.focus();
  };
  const submit = async (body: Fields) => {
    setBusy(true);
    setMessage(null);
    try {
      const reply = await call(SignIn, { body });
      if ("ticket" in reply) onSecondFactor(reply);
      else await onSignedIn(reply);
    } catch (error) {
      refuse(error);
    } finally {
      setBusy(false);
    }
  };
  const required = [{ required: true, message: t("signIn.required") }];
  return (
    <Form form={form} layout="vertical" requiredMark={false} initialValues={{ username }} onFinish={submit}>
      <Form.Item name="username" label={t("signIn.user")} rules={required}>
        <Input size="large" autoComplete="username" autoFocus={username === ""} spellCheck={false} />
      </Form.Item>
      <Form.Item
        name="password"
        label={t("signIn.password")}
        rules={required}
        {...(message === null ? {} : { validateStatus: "error", help: <span role="alert">{message}</span> })}
      >
        <Input.Password ref={password} size="large" autoComplete="current-password" autoFocus={username !== ""} />
      </Form.Item>
      <Button type="primary" size="large" htmlType="submit" block loading={busy}>
        {t("signIn.submit")}
      </Button>
    </Form>
  );
}
