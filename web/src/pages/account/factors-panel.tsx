import {
  AddPasskey,
  BeginPasskey,
  BeginTotp,
  ConfirmTotp,
  GetSecondFactors,
  RemovePasskey,
  RemoveTotp,
  RenewRecoveryCodes,
  type SecondFactors,
} from "@banksman/wire/api";
import { type PublicKeyCredentialCreationOptionsJSON, startRegistration } from "@simplewebauthn/browser";
import { useQueryClient } from "@tanstack/react-query";
import { Button, Form, Input, Modal, QRCode } from "antd";
import { useState } from "react";
import { call } from "../../api/client.ts";
import { keyOf, useRoute } from "../../api/query.ts";
import { Age } from "../../components/age.tsx";
import { FormEnd } from "../../components/form-end.tsx";
import { Panel } from "../../components/panel.tsx";
import { ShownOnce } from "../../components/shown-once.tsx";
import { ErrorState, SkeletonRows } from "../../components/states.tsx";
import { useLang } from "../../hooks/use-lang.ts";

type Done = { factors: SecondFactors; recovery_codes: string[] | null };
type Doing =
  | { is: "totp"; begun: { secret: string; uri: string } | null }
  | { is: "passkey" }
  | { is: "codes" }
  | { is: "removeTotp" }
  | { is: "removePasskey"; passkeyId: string };

/** One's own second factors: an authenticator app, passkeys, recovery codes. */
export function FactorsPanel() {
  const { t } = useLang();
  const client = useQueryClient();
  const [doing, start] = useState<Doing | null>(null);
  const [codes, setCodes] = useState<string[] | null>(null);
  const found = useRoute(GetSecondFactors, {}, { keep: true });
  const done = ({ factors, recovery_codes }: Done) => {
    client.setQueryData(keyOf(GetSecondFactors, {}), factors);
    setCodes(recovery_codes);
    start(null);
  };
  return (
    <Panel title={t("factors.title")} hint={t("factors.hint")}>
      {found.error && !found.data ? <ErrorState error={found.error} onRetry={() => void found.refetch()} /> : null}
      {found.isPending ? <SkeletonRows rows={3} /> : null}
      {found.data ? <Factors factors={found.data} onStart={start} /> : null}
      <Modal
        open={doing !== null}
        onCancel={() => start(null)}
        title={t("factors.title")}
        footer={null}
        destroyOnHidden
      >
        {doing ? <Step doing={doing} onStart={start} onDone={done} /> : null}
      </Modal>
      <Modal
        open={codes !== null}
        mask={{ closable: false }}
        keyboard={false}
        closable={false}
        title={t("factors.codes")}
        footer={null}
      >
        {codes ? <ShownOnce secret={codes.join("\n")} onDone={() => setCodes(null)} /> : null}
      </Modal>
    </Panel>
  );
}

function Factors({ factors, onStart }: { factors: SecondFactors; onStart: (doing: Doing) => void }) {
  const { t } = useLang();
  const hasAny = factors.totp || factors.passkeys.length > 0;
  return (
    <ul className="bm-plain-list">
      <li>
        <span className="bm-grow">
          <b className="bm-medium">{t("factors.app")}</b>{" "}
          <span className="bm-secondary">{t(factors.totp ? "factors.on" : "factors.off")}</span>
        </span>
        <Button
          size="small"
          danger={factors.totp}
          onClick={() => onStart(factors.totp ? { is: "removeTotp" } : { is: "totp", begun: null })}
        >
          {t(factors.totp ? "factors.removeApp" : "factors.addApp")}
        </Button>
      </li>
      {factors.passkeys.map(({ passkey_id, name, created_at }) => (
        <li key={passkey_id}>
          <span className="bm-grow">
            <b className="bm-medium">{name}</b> <span className="bm-secondary">{t("factors.passkey")}</span>{" "}
            <Age at={created_at} ago />
          </span>
          <Button size="small" danger onClick={() => onStart({ is: "removePasskey", passkeyId: passkey_id })}>
            {t("access.remove")}
          </Button>
        </li>
      ))}
      <li>
        <span className="bm-grow bm-secondary">
          {factors.passkeys_possible ? t("factors.passkeyHelp") : t("factors.noPasskeys")}
        </span>
        <Button size="small" disabled={!factors.passkeys_possible} onClick={() => onStart({ is: "passkey" })}>
          {t("factors.addPasskey")}
        </Button>
      </li>
      {hasAny ? (
        <li>
          <span className="bm-grow">
            <b className="bm-medium">{t("factors.codes")}</b>{" "}
            <span className="bm-secondary">{t("factors.left", { count: factors.recovery_codes })}</span>
          </span>
          <Button size="small" onClick={() => onStart({ is: "codes" })}>
            {t("factors.renew")}
          </Button>
        </li>
      ) : null}
    </ul>
  );
}

type StepProps = { doing: Doing; onStart: (doing: Doing) => void; onDone: (done: Done) => void };
type Fields = { current?: string; name?: string; code?: string };

/** Asks for what a change needs: the password, a name, or a first code. */
function Step({ doing, onStart, onDone }: StepProps) {
  const { t } = useLang();
  const [error, setError] = useState<Error | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (fields: Fields) => {
    setBusy(true);
    setError(null);
    try {
      const next = await carryOut(doing, fields);
      if ("is" in next) onStart(next);
      else onDone(next);
    } catch (problem) {
      setError(problem instanceof Error ? problem : new Error(String(problem)));
    } finally {
      setBusy(false);
    }
  };
  const begun = doing.is === "totp" ? doing.begun : null;
  return (
    <Form<Fields> name="factor" key={begun ? "code" : "start"} layout="vertical" requiredMark={false} onFinish={submit}>
      {begun ? (
        <>
          <p>{t("factors.typeSecret")}</p>
          <div className="bm-qr">
            <QRCode
              value={begun.uri}
              type="svg"
              color="var(--bm-qr-ink)"
              bgColor="var(--bm-qr-paper)"
              bordered={false}
            />
          </div>
          <p className="bm-secret">
            <code>{begun.secret}</code>
          </p>
          <Form.Item name="code" label={t("signIn.code")} rules={[{ required: true, message: t("signIn.required") }]}>
            <Input data-first inputMode="numeric" autoComplete="one-time-code" maxLength={10} />
          </Form.Item>
        </>
      ) : (
        <Form.Item name="current" label={t("account.current")} extra={t("factors.currentHelp")}>
          <Input.Password data-first autoComplete="current-password" />
        </Form.Item>
      )}
      {doing.is === "passkey" ? (
        <Form.Item name="name" label={t("common.name")} rules={[{ required: true, message: t("signIn.required") }]}>
          <Input maxLength={60} />
        </Form.Item>
      ) : null}
      <FormEnd error={error} isPending={busy} label={t("factors.goOn")} />
    </Form>
  );
}

async function carryOut(doing: Doing, { current, name = "", code = "" }: Fields): Promise<Done | Doing> {
  const body = current ? { current } : {};
  switch (doing.is) {
    case "totp":
      if (doing.begun) return call(ConfirmTotp, { body: { code } });
      return { is: "totp", begun: await call(BeginTotp, { body }) };
    case "passkey": {
      const { ticket, options } = await call(BeginPasskey, { body });
      // The server made these options for this very call; the browser checks each member itself.
      const optionsJSON = options as unknown as PublicKeyCredentialCreationOptionsJSON;
      const answer = { ...(await startRegistration({ optionsJSON })) };
      return call(AddPasskey, { body: { ticket, name, answer } });
    }
    case "codes":
      return call(RenewRecoveryCodes, { body });
    case "removeTotp":
      return { factors: await call(RemoveTotp, { body }), recovery_codes: null };
    case "removePasskey":
      return {
        factors: await call(RemovePasskey, { body: { passkey_id: doing.passkeyId, ...body } }),
        recovery_codes: null,
      };
  }
}
