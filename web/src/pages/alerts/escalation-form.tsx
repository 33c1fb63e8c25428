import { type BodyOf, type Escalation, GetOnCall, ListChannels, type OnCall, SaveEscalation } from "@banksman/wire/api";
import { AlertLevel } from "@banksman/wire/model";
import { App, Button, Form, Input, InputNumber, Select } from "antd";
import { useChange, useRoute } from "../../api/query.ts";
import { FormEnd } from "../../components/form-end.tsx";
import { Icon } from "../../components/icons.tsx";
import { SideDrawer } from "../../components/side-drawer.tsx";
import { useLang } from "../../hooks/use-lang.ts";
import { useSites } from "../../shell/use-current-site.ts";

type Props = { editing: Escalation | "new" | null; schedules: readonly OnCall[]; onClose: () => void };

/** Steps that tell more people the longer nobody takes an alert. */
export function EscalationForm({ editing, schedules, onClose }: Props) {
  const { t } = useLang();
  return (
    <SideDrawer open={editing !== null} title={t("onCall.addEscalation")} onClose={onClose}>
      {editing === null ? null : (
        <Fields escalation={editing === "new" ? null : editing} schedules={schedules} onDone={onClose} />
      )}
    </SideDrawer>
  );
}

type Step = { after_min: number; on_call?: string | null; person?: number; channels?: string[] };
type Typed = { name: string; levels: AlertLevel[]; sites?: string[]; steps: Step[] };

const toBody = ({ steps, sites, ...rest }: Typed): BodyOf<typeof SaveEscalation> => ({
  ...rest,
  sites: sites ?? [],
  steps: steps.map(({ after_min, on_call, person, channels }) => ({
    after_s: Math.round(after_min * 60),
    on_call: on_call ?? null,
    person: (person ?? 1) - 1,
    channels: channels ?? [],
  })),
});

const toTyped = ({ steps, ...rest }: Escalation): Typed => ({
  ...rest,
  steps: steps.map(({ after_s, person, ...step }) => ({ ...step, after_min: after_s / 60, person: person + 1 })),
});

type FieldsProps = { escalation: Escalation | null; schedules: readonly OnCall[]; onDone: () => void };

function Fields({ escalation, schedules, onDone }: FieldsProps) {
  const { t } = useLang();
  const { message } = App.useApp();
  const { data } = useSites();
  const save = useChange(SaveEscalation, [GetOnCall]);
  const submit = async (typed: Typed) => {
    const saved = await save.mutateAsync({ body: toBody(typed) }).catch(() => null);
    if (!saved) return;
    void message.success(t("channels.saved", { name: saved.name }));
    onDone();
  };
  const needed = [{ required: true, message: t("poolAccounts.needed") }];
  return (
    <Form<Typed>
      layout="vertical"
      requiredMark={false}
      initialValues={escalation ? toTyped(escalation) : { levels: ["urgent"], steps: [{ after_min: 10, person: 1 }] }}
      onValuesChange={() => save.reset()}
      onFinish={submit}
    >
      <Form.Item name="name" label={t("channels.name")} rules={needed}>
        <Input disabled={escalation !== null} autoComplete="off" />
      </Form.Item>
      <Form.Item name="levels" label={t("channels.levels")} rules={needed}>
        <Select mode="multiple" options={AlertLevel.options.map((value) => ({ value, label: t(`level.${value}`) }))} />
      </Form.Item>
      <Form.Item name="sites" label={t("rules.sites")}>
        <Select
          mode="multiple"
          placeholder={t("silences.anySite")}
          options={(data?.sites ?? []).map(({ site_id, name }) => ({ value: site_id, label: name }))}
        />
      </Form.Item>
      <Form.List name="steps">
        {(steps, { add, remove }) => (
          <fieldset className="bm-fieldset">
            <legend>{t("onCall.steps")}</legend>
            {steps.map(({ key, name }) => (
              <StepFields
                key={key}
                name={name}
                schedules={schedules}
                onRemove={steps.length > 1 ? () => remove(name) : null}
              />
            ))}
            <Button size="small" icon={<Icon name="plus" />} onClick={() => add({ after_min: 30, person: 1 })}>
              {t("onCall.addStep")}
            </Button>
          </fieldset>
        )}
      </Form.List>
      <FormEnd error={save.error} isPending={save.isPending} />
    </Form>
  );
}

type StepProps = { name: number; schedules: readonly OnCall[]; onRemove: (() => void) | null };

function StepFields({ name, schedules, onRemove }: StepProps) {
  const { t } = useLang();
  const channels = useRoute(ListChannels, {}, { keep: true });
  return (
    <div className="bm-field-row">
      <Form.Item
        name={[name, "after_min"]}
        label={t("onCall.afterMinutes")}
        rules={[{ required: true, message: t("poolAccounts.needed") }]}
      >
        <InputNumber min={1} max={1_440} />
      </Form.Item>
      <Form.Item name={[name, "on_call"]} label={t("onCall.order")}>
        <Select allowClear options={schedules.map((one) => ({ value: one.name, label: one.name }))} />
      </Form.Item>
      <Form.Item name={[name, "person"]} label={t("onCall.place")}>
        <InputNumber min={1} max={50} precision={0} />
      </Form.Item>
      <Form.Item name={[name, "channels"]} label={t("alerts.tab.channels")}>
        <Select
          mode="multiple"
          options={(channels.data?.channels ?? []).map((one) => ({ value: one.name, label: one.name }))}
        />
      </Form.Item>
      {onRemove ? (
        <Button
          type="text"
          className="bm-icon-button"
          aria-label={t("channels.remove")}
          icon={<Icon name="close" />}
          onClick={onRemove}
        />
      ) : null}
    </div>
  );
}
