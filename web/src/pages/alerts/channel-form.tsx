import {
  type Channel,
  type ChannelKind,
  CreateChannel,
  ListChannels,
  PreviewMessage,
  UpdateChannel,
} from "@banksman/wire/api";
import { AlertLevel } from "@banksman/wire/model";
import { App, Button, Form, Input, Select, Switch } from "antd";
import { useChange } from "../../api/query.ts";
import { FormEnd } from "../../components/form-end.tsx";
import { FormProblem } from "../../components/form-problem.tsx";
import { SideDrawer } from "../../components/side-drawer.tsx";
import { useLang } from "../../hooks/use-lang.ts";
import { type SettingField, settingFields, settingsOf } from "./channel-settings.ts";

type Editing = Channel | "new" | null;
type Props = { editing: Editing; kinds: readonly ChannelKind[]; onClose: () => void };

/** Makes or changes a channel; its fields come from its kind's own schema. */
export function ChannelForm({ editing, kinds, onClose }: Props) {
  const { t } = useLang();
  return (
    <SideDrawer
      open={editing !== null}
      title={editing === "new" || editing === null ? t("channels.add") : editing.name}
      onClose={onClose}
    >
      {editing === null ? null : <Fields channel={editing === "new" ? null : editing} kinds={kinds} onDone={onClose} />}
    </SideDrawer>
  );
}

type Typed = {
  name: string;
  type: string;
  settings: Record<string, unknown>;
  levels: AlertLevel[];
  language: "zh" | "en";
  enabled: boolean;
};
type FieldsProps = { channel: Channel | null; kinds: readonly ChannelKind[]; onDone: () => void };

function Fields({ channel, kinds, onDone }: FieldsProps) {
  const { t, lang } = useLang();
  const { message } = App.useApp();
  const [form] = Form.useForm<Typed>();
  const type = Form.useWatch("type", form) ?? channel?.type;
  const language = Form.useWatch("language", form) ?? lang;
  const kind = kinds.find((one) => one.type === type);
  const create = useChange(CreateChannel, [ListChannels]);
  const update = useChange(UpdateChannel, [ListChannels]);
  const error = create.error ?? update.error;
  const fields = kind ? settingFields(kind) : [];
  const submit = async ({ name, type: chosen, settings, ...rest }: Typed) => {
    const body = { ...rest, settings: settingsOf(fields, settings ?? {}) };
    const saved = channel
      ? await update.mutateAsync({ params: { name: channel.name }, body }).catch(() => null)
      : await create.mutateAsync({ body: { ...body, name, type: chosen } }).catch(() => null);
    if (!saved) return;
    void message.success(t("channels.saved", { name: saved.name }));
    onDone();
  };
  const initial: Partial<Typed> = channel
    ? { ...channel, settings: shown(fields, channel.settings) }
    : { type: kinds[0]?.type ?? "", levels: [...AlertLevel.options], language: lang, enabled: true };
  return (
    <Form<Typed>
      form={form}
      layout="vertical"
      requiredMark={false}
      initialValues={initial}
      onValuesChange={() => {
        create.reset();
        update.reset();
      }}
      onFinish={submit}
    >
      {channel ? null : (
        <>
          <Form.Item
            name="name"
            label={t("channels.name")}
            rules={[{ required: true, pattern: /^[\w-]+$/, max: 64, message: t("channels.nameRule") }]}
          >
            <Input data-first autoComplete="off" spellCheck={false} />
          </Form.Item>
          <Form.Item name="type" label={t("channels.type")}>
            <Select
              showSearch={{ optionFilterProp: "label" }}
              options={kinds.map(({ type: value, title }) => ({ value, label: title }))}
            />
          </Form.Item>
        </>
      )}
      {fields.map((field) => (
        <Setting key={`${type} ${field.name}`} field={field} isSet={channel?.secrets.includes(field.name) ?? false} />
      ))}
      <Form.Item
        name="levels"
        label={t("channels.levels")}
        rules={[{ required: true, message: t("channels.levelsRule") }]}
      >
        <Select mode="multiple" options={AlertLevel.options.map((value) => ({ value, label: t(`level.${value}`) }))} />
      </Form.Item>
      <Form.Item name="language" label={t("channels.language")}>
        <Select options={(["zh", "en"] as const).map((value) => ({ value, label: t(`channels.langs.${value}`) }))} />
      </Form.Item>
      <Form.Item name="enabled" label={t("channels.enabled")} valuePropName="checked">
        <Switch />
      </Form.Item>
      {kind ? <Preview kind={kind} language={language} /> : null}
      <FormEnd error={error} isPending={create.isPending || update.isPending} />
    </Form>
  );
}

const shown = (fields: readonly SettingField[], settings: Record<string, unknown>) =>
  fields.length === 0
    ? settings
    : Object.fromEntries(
        Object.entries(settings).map(([name, value]) => [name, Array.isArray(value) ? value.join("\n") : value]),
      );

function Setting({ field, isSet }: { field: SettingField; isSet: boolean }) {
  const { t } = useLang();
  const { name, secret, required, kind, options } = field;
  const rules = required && !isSet ? [{ required: true, message: t("poolAccounts.needed") }] : [];
  const input =
    options.length > 0 ? (
      <Select allowClear options={options.map((value) => ({ value, label: value }))} />
    ) : kind === "list" ? (
      <Input.TextArea autoSize={{ minRows: 1, maxRows: 6 }} placeholder={t("channels.onePerLine")} />
    ) : secret ? (
      <Input.Password autoComplete="new-password" placeholder={isSet ? t("channels.secretSet") : ""} />
    ) : (
      <Input autoComplete="off" spellCheck={false} placeholder={field.example ?? ""} />
    );
  return (
    <Form.Item name={["settings", name]} label={name} extra={field.about} rules={rules}>
      {input}
    </Form.Item>
  );
}

/** How a message would look on this kind of channel. */
function Preview({ kind, language }: { kind: ChannelKind; language: "zh" | "en" }) {
  const { t } = useLang();
  const preview = useChange(PreviewMessage);
  const body = {
    type: kind.type,
    title: { zh: "North Ridge：12 台矿机离线", en: "North Ridge: 12 miners offline" },
    text: { zh: "离线占比 6.2 %，自 08:14 起。", en: "6.2 % offline since 08:14." },
    level: "severe" as const,
  };
  return (
    <Form.Item
      label={t("channels.preview")}
      extra={t("channels.limits", { length: kind.max_length, rate: kind.per_minute })}
    >
      <Button size="small" onClick={() => void preview.mutateAsync({ body }).catch(() => null)}>
        {t("channels.showPreview")}
      </Button>
      {preview.data ? <pre className="bm-preview">{preview.data[language]}</pre> : null}
      <FormProblem error={preview.error} />
    </Form.Item>
  );
}
