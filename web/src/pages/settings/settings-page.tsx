import { GetDisplayDefaults, ListSettings, type Setting, UpdateSettings } from "@banksman/wire/api";
import { App, AutoComplete, Button, Form, Input, InputNumber, Select, Table } from "antd";
import { useState } from "react";
import { useChange, useRoute } from "../../api/query.ts";
import { FormProblem } from "../../components/form-problem.tsx";
import { Panel } from "../../components/panel.tsx";
import { ErrorState, Forbidden, SkeletonRows } from "../../components/states.tsx";
import { MISSING } from "../../format/format.ts";
import { browserZone, fullTime } from "../../format/time.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { useSession } from "../../shell/session.tsx";
import { choiceWord, GROUPS, helpOf, nameOf } from "./setting-words.ts";
import { changesOf, fieldOf } from "./settings-form.ts";
import { SettingsFrame } from "./settings-frame.tsx";

/** 系统设置: what holds on this installation, who said so, and what may be changed here. */
export default function SettingsPage() {
  const { canEverywhere } = useSession();
  const allowed = canEverywhere("settings.manage");
  const found = useRoute(ListSettings, {}, { enabled: allowed, keep: true });
  if (!allowed) return <Forbidden permission="settings.manage" />;
  return (
    <SettingsFrame>
      {found.error && !found.data ? (
        <ErrorState error={found.error} onRetry={() => void found.refetch()} permission="settings.manage" />
      ) : null}
      {found.isPending ? <SkeletonRows rows={12} /> : null}
      {found.data ? <Editor settings={found.data.settings} /> : null}
      {found.data ? <FixedOnes settings={found.data.settings} /> : null}
    </SettingsFrame>
  );
}

function Editor({ settings }: { settings: readonly Setting[] }) {
  const { t, lang } = useLang();
  const { message } = App.useApp();
  const [form] = Form.useForm<Record<string, unknown>>();
  const [reason, setReason] = useState("");
  const update = useChange(UpdateSettings, [ListSettings, GetDisplayDefaults]);
  const typed = Form.useWatch((values: Record<string, unknown>) => values, form) ?? {};
  const changes = changesOf(settings, typed);
  const changed = Object.keys(changes);
  const byKey = new Map(settings.map((setting) => [setting.key, setting]));
  const save = async () => {
    const body = { changes, ...(reason.trim() === "" ? {} : { reason: reason.trim() }) };
    const saved = await update.mutateAsync({ body }).catch(() => null);
    if (!saved) return;
    form.setFieldsValue(Object.fromEntries(saved.settings.map(({ key, value }) => [key, value])));
    setReason("");
    void message.success(t("settings.saved"));
  };
  return (
    <Form
      form={form}
      layout="vertical"
      requiredMark={false}
      initialValues={Object.fromEntries(settings.map(({ key, value }) => [key, value]))}
      onValuesChange={() => update.reset()}
      onFinish={() => void save()}
    >
      <div className="bm-settings">
        {GROUPS.map(({ id, title, keys }) => (
          <Panel key={id} title={title[lang]}>
            {keys.map((key) => {
              const setting = byKey.get(key);
              return setting ? <Row key={key} setting={setting} isChanged={changed.includes(key)} /> : null;
            })}
          </Panel>
        ))}
      </div>
      <div className="bm-settings-end">
        <FormProblem error={update.error} />
        <span className="bm-muted" aria-live="polite">
          {changed.length === 0
            ? t("settings.unchanged")
            : t("settings.willChange", { names: changed.map((key) => nameOf(key, lang)).join(", ") })}
        </span>
        <Input
          className="bm-settings-reason"
          aria-label={t("settings.reason")}
          placeholder={t("settings.reason")}
          maxLength={500}
          value={reason}
          onChange={({ target }) => setReason(target.value)}
        />
        <Button type="primary" htmlType="submit" disabled={changed.length === 0} loading={update.isPending}>
          {t("common.save")}
        </Button>
      </div>
    </Form>
  );
}

function Row({ setting, isChanged }: { setting: Setting; isChanged: boolean }) {
  const { lang } = useLang();
  const { key } = setting;
  return (
    <Form.Item
      name={[key]}
      label={nameOf(key, lang)}
      className={isChanged ? "bm-setting-changed" : ""}
      extra={
        <>
          {helpOf(key, lang)} <SourceWord setting={setting} />
        </>
      }
    >
      <Typed setting={setting} />
    </Form.Item>
  );
}

type TypedProps = { setting: Setting; id?: string; value?: unknown; onChange?: (value: unknown) => void };

/** The field of a setting, after its schema; antd hands in value and onChange. */
function Typed({ setting, ...field }: TypedProps) {
  const { lang } = useLang();
  const kind = fieldOf(setting);
  const disabled = !setting.is_editable;
  const { id, value, onChange } = field;
  const common = { disabled, ...(id === undefined ? {} : { id }), ...(onChange ? { onChange } : {}) };
  const options = (choices: readonly string[]) => choices.map((one) => ({ value: one, label: choiceWord(one, lang) }));
  switch (kind.is) {
    case "choice":
      return <Select<unknown> {...common} value={value} options={options(kind.choices)} />;
    case "choices":
      return <Select<unknown> {...common} mode="multiple" value={value} options={options(kind.choices)} />;
    case "number":
      return (
        <InputNumber
          {...common}
          className="bm-setting-number"
          value={typeof value === "number" ? value : null}
          {...(kind.min === null ? {} : { min: kind.min })}
          {...(kind.max === null ? {} : { max: kind.max })}
          {...(kind.isWhole ? { precision: 0 } : {})}
        />
      );
    case "text":
      return (
        <AutoComplete
          {...common}
          value={typeof value === "string" ? value : ""}
          options={Intl.supportedValuesOf("timeZone").map((zone) => ({ value: zone }))}
          showSearch={{ filterOption: true }}
        />
      );
  }
}

/** Which source holds: file, environment, page or the default. */
function SourceWord({ setting }: { setting: Setting }) {
  const { t } = useLang();
  const { source, said_by, updated_by, updated_at } = setting;
  const words =
    source === "page" && updated_at !== null
      ? t("settings.byPage", { name: updated_by ?? "", at: fullTime(Date.parse(updated_at), browserZone()) })
      : t(`settings.sources.${source}`, { by: said_by ?? "" });
  return <span className={`bm-source bm-source-${source}`}>{words}</span>;
}

const textOf = (value: Setting["value"]): string =>
  value === null ? MISSING : typeof value === "string" ? value : JSON.stringify(value);

/** Keys that only the file and the environment set: they hold from the next start on. */
function FixedOnes({ settings }: { settings: readonly Setting[] }) {
  const { t } = useLang();
  const known = new Set(GROUPS.flatMap(({ keys }) => keys));
  const fixed = settings.filter(({ key }) => !known.has(key));
  return (
    <Panel title={t("settings.fixed")} hint={t("settings.fixedHint")} flush>
      <Table<Setting>
        size="small"
        rowKey="key"
        dataSource={fixed}
        pagination={false}
        scroll={{ x: 720 }}
        aria-label={t("settings.fixed")}
        columns={[
          { key: "key", title: t("settings.key"), width: 240, render: (_, { key }) => <code>{key}</code> },
          {
            key: "value",
            title: t("settings.value"),
            render: (_, { value }) => <span className="bm-wrap">{textOf(value)}</span>,
          },
          {
            key: "source",
            title: t("settings.source"),
            width: 240,
            render: (_, setting) => <SourceWord setting={setting} />,
          },
        ]}
      />
    </Panel>
  );
}
