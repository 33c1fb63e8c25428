import { type SecondFactorKind, type SecondFactorNeeded, type Session, SignInSecondFactor } from "@banksman/wire/api";
import { type PublicKeyCredentialRequestOptionsJSON, startAuthentication } from "@simplewebauthn/browser";
import { Button, Form, Input } from "antd";
import { useState } from "react";
import { call } from "../../api/client.ts";
import { ApiProblem } from "../../api/problem.ts";
import { duration } from "../../format/time.ts";
import { useLang } from "../../hooks/use-lang.ts";

type Props = {
  needed: SecondFactorNeeded;
  onSignedIn: (session: Session) => Promise<void>;
  onBack: () => void;
};

/** After the password: a code, a passkey, or one of the recovery codes. */
export function SecondFactorForm({ needed, onSignedIn, onBack }: Props) {
  const { t, lang } = useLang();
  const has = (kind: SecondFactorKind) => needed.factors.includes(kind);
  const [kind, setKind] = useState<SecondFactorKind>(has("totp") ? "totp" : "passkey");
  const [message, setMessage] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  const show = async (
    shown: () => Promise<{ code?: string; recovery_code?: string; passkey?: Record<string, unknown> }>,
  ) => {
    setBusy(true);
    setMessage(null);
    try {
      await onSignedIn(await call(SignInSecondFactor, { body: { ticket: needed.ticket, ...(await shown()) } }));
    } catch (error) {
      if (!(error instanceof ApiProblem)) setMessage(t("signIn.passkeyCancelled"));
      else if (error.code === "TICKET_OVER") onBack();
      else if (error.status === 429)
        setMessage(t("signIn.locked", { wait: duration(error.retryAfterSeconds ?? 0, lang) }));
      else setMessage(error.isSignedOut ? t("signIn.wrongCode") : error.detail);
    } finally {
      setBusy(false);
    }
  };
  const withPasskey = () =>
    show(async () => {
      // The server made these options for this very call; the browser checks each member itself.
      const optionsJSON = needed.passkey_options as unknown as PublicKeyCredentialRequestOptionsJSON;
      return { passkey: { ...(await startAuthentication({ optionsJSON })) } };
    });
  const others = needed.factors.filter((one) => one !== kind && (one !== "passkey" || needed.passkey_options));
  return (
    <div className="bm-stack">
      <p className="bm-secondary">{t(`signIn.factor.${kind === "recovery code" ? "recovery" : kind}`)}</p>
      {kind === "passkey" ? (
        <Button type="primary" size="large" block loading={busy} onClick={() => void withPasskey()} autoFocus>
          {t("signIn.usePasskey")}
        </Button>
      ) : (
        <CodeForm
          key={kind}
          kind={kind}
          busy={busy}
          message={message}
          onCode={(code) => void show(async () => (kind === "totp" ? { code } : { recovery_code: code }))}
        />
      )}
      {kind === "passkey" && message !== null ? (
        <p className="bm-form-problem" role="alert">
          {message}
        </p>
      ) : null}
      <div className="bm-buttons">
        {others.map((one) => (
          <Button key={one} type="link" size="small" onClick={() => setKind(one)}>
            {t(`signIn.instead.${one === "recovery code" ? "recovery" : one}`)}
          </Button>
        ))}
        <span className="bm-grow" />
        <Button type="link" size="small" onClick={onBack}>
          {t("signIn.back")}
        </Button>
      </div>
    </div>
  );
}

type CodeProps = { kind: SecondFactorKind; busy: boolean; message: string | null; onCode: (code: string) => void };

function CodeForm({ kind, busy, message, onCode }: CodeProps) {
  const { t } = useLang();
  const isApp = kind === "totp";
  return (
    <Form layout="vertical" requiredMark={false} onFinish={({ code }: { code: string }) => onCode(code)}>
      <Form.Item
        name="code"
        label={t(isApp ? "signIn.code" : "signIn.recoveryCode")}
        rules={[{ required: true, message: t("signIn.required") }]}
        {...(message === null ? {} : { validateStatus: "error", help: <span role="alert">{message}</span> })}
      >
        <Input
          size="large"
          autoFocus
          autoComplete={isApp ? "one-time-code" : "off"}
          inputMode={isApp ? "numeric" : "text"}
          spellCheck={false}
          maxLength={isApp ? 10 : 40}
        />
      </Form.Item>
      <Button type="primary" size="large" htmlType="submit" block loading={busy}>
        {t("signIn.submit")}
      </Button>
    </Form>
  );
}
