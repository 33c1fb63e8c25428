import { CreateCollectorKey, ListCollectorKeys } from "@banksman/wire/api";
import { Button, Form, Input, Modal } from "antd";
import { useState } from "react";
import { useChange } from "../../api/query.ts";
import { CopyButton } from "../../components/copy-button.tsx";
import { FormProblem } from "../../components/form-problem.tsx";
import { Icon } from "../../components/icons.tsx";
import { saveFile } from "../../components/save-file.ts";
import { ShownOnce } from "../../components/shown-once.tsx";
import { useLang } from "../../hooks/use-lang.ts";
import { collectorConfig } from "./collector-config.ts";

type Props = { siteId: string; open: boolean; onClose: () => void };

/** Asks for a name, makes the key, and shows it this once with a ready configuration. */
export function GenerateKey({ siteId, open, onClose }: Props) {
  const { t } = useLang();
  const [secret, setSecret] = useState<string | null>(null);
  const close = () => {
    setSecret(null);
    onClose();
  };
  return (
    <Modal
      open={open}
      // A key that is shown once must not vanish by a stray click.
      mask={{ closable: secret === null }}
      keyboard={secret === null}
      onCancel={close}
      title={secret === null ? t("collector.generate") : t("collector.newKey")}
      footer={null}
      width={560}
      destroyOnHidden
    >
      {secret === null ? (
        <NameForm siteId={siteId} onMade={setSecret} />
      ) : (
        <NewKey siteId={siteId} secret={secret} onDone={close} />
      )}
    </Modal>
  );
}

function NameForm({ siteId, onMade }: { siteId: string; onMade: (secret: string) => void }) {
  const { t } = useLang();
  const create = useChange(CreateCollectorKey, [ListCollectorKeys]);
  const submit = async ({ name }: { name: string }) => {
    const key = await create.mutateAsync({ params: { site_id: siteId }, body: { name } }).catch(() => null);
    if (key) onMade(key.collector_key);
  };
  return (
    <Form layout="vertical" requiredMark={false} onFinish={submit} initialValues={{ name: "collector" }}>
      <Form.Item
        name="name"
        label={t("collector.keyName")}
        extra={t("collector.keyNameHelp")}
        rules={[{ required: true, whitespace: true, max: 100, message: t("signIn.required") }]}
      >
        <Input data-first />
      </Form.Item>
      <FormProblem error={create.error} />
      <Button type="primary" htmlType="submit" loading={create.isPending} icon={<Icon name="key" />}>
        {t("collector.generate")}
      </Button>
    </Form>
  );
}

/** The key, with the configuration that it stands in. */
function NewKey({ siteId, secret, onDone }: { siteId: string; secret: string; onDone: () => void }) {
  const { t } = useLang();
  const config = collectorConfig(location.origin, secret, siteId);
  const buttons = (
    <>
      <CopyButton text={config} label={t("collector.copyConfig")} />
      <Button
        icon={<Icon name="download" />}
        onClick={() => saveFile("collector_config.json", "application/json", config)}
      >
        {t("collector.downloadConfig")}
      </Button>
    </>
  );
  return (
    <ShownOnce secret={secret} onDone={onDone} buttons={buttons}>
      <section className="bm-raw">
        <header>
          <b className="bm-mono">{t("collector.configuration")}</b>
          <span className="bm-grow" />
        </header>
        <pre>{config}</pre>
      </section>
      <p className="bm-secondary">{t("collector.configHint")}</p>
    </ShownOnce>
  );
}
