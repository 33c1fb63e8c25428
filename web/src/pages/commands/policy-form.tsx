import {
  ApprovalPolicy,
  Interlock,
  type InterlockRule,
  ListInterlocks,
  SaveApprovalPolicy,
  SaveInterlock,
} from "@banksman/wire/api";
import { ORDER_WORDS } from "@banksman/wire/model";
import { Form, Input, InputNumber, Select } from "antd";
import { useChange } from "../../api/query.ts";
import { FormEnd } from "../../components/form-end.tsx";
import { orderWords } from "../../components/orders/order-words.ts";
import { SideDrawer } from "../../components/side-drawer.tsx";
import { useLang } from "../../hooks/use-lang.ts";
import { type Editing, POLICY_FIGURES } from "./policies-panel.tsx";

const KINDS = [
  "at_once",
  "quiet",
  "at_most",
  "limits",
  "not_while",
] as const satisfies readonly InterlockRule["kind"][];
/** The figures of each kind of rule; the rest is text or a choice. */
const FIGURES: Readonly<Record<InterlockRule["kind"], readonly (keyof Texts)[]>> = {
  at_once: ["max_percent", "window_seconds"],
  quiet: ["seconds"],
  at_most: ["times", "within_seconds"],
  limits: ["min", "max"],
  not_while: ["seconds"],
};
type Texts = { max_percent: 1; window_seconds: 1; seconds: 1; times: 1; within_seconds: 1; min: 1; max: 1 };

const NAMES = Object.keys(ORDER_WORDS);

/** Adds or changes an interlock or an approval policy. */
export function PolicyForm({ editing, onClose }: { editing: Editing | null; onClose: () => void }) {
  const { t } = useLang();
  const interlock = useChange(SaveInterlock, [ListInterlocks]);
  const approval = useChange(SaveApprovalPolicy, [ListInterlocks]);
  const [form] = Form.useForm<Record<string, unknown>>();
  const kind = Form.useWatch(["rule", "kind"], form) as InterlockRule["kind"] | undefined;
  const isInterlock = editing?.kind === "interlock";
  const submit = async (values: Record<string, unknown>) => {
    const whole = { ...(editing?.is ?? { enabled: true, sites: null }), ...values };
    const done = isInterlock
      ? await interlock.mutateAsync({ body: Interlock.parse(whole) }).catch(() => null)
      : await approval.mutateAsync({ body: ApprovalPolicy.parse(whole) }).catch(() => null);
    if (done) onClose();
  };
  return (
    <SideDrawer open={editing !== null} title={editing?.is?.name ?? t("policy.add")} onClose={onClose}>
      <Form
        form={form}
        layout="vertical"
        initialValues={
          editing?.is ?? (isInterlock ? { rule: { kind: "at_once" } } : { min_devices: 1, within_minutes: 10 })
        }
        onFinish={(values) => void submit(values)}
      >
        <Form.Item name="name" label={t("policy.name")} rules={[{ required: true, pattern: /^[\w.-]{1,64}$/ }]}>
          <Input disabled={editing?.is !== null} />
        </Form.Item>
        <Form.Item name={["title", "en"]} label={t("policy.titleEn")} rules={[{ required: true }]}>
          <Input />
        </Form.Item>
        <Form.Item name={["title", "zh"]} label={t("policy.titleZh")} rules={[{ required: true }]}>
          <Input />
        </Form.Item>
        <Form.Item name="orders" label={t("policy.orders")} rules={[{ required: true }]}>
          <OrderChoice />
        </Form.Item>
        {isInterlock ? (
          <RuleFields kind={kind} />
        ) : (
          <>
            <Form.Item
              name="min_devices"
              label={t("policy.minDevices")}
              extra={t("policy.minDevicesHelp")}
              rules={[{ required: true }]}
            >
              <InputNumber min={1} />
            </Form.Item>
            <Form.Item name="within_minutes" label={t("policy.withinMinutes")} rules={[{ required: true }]}>
              <InputNumber min={1} max={1_440} />
            </Form.Item>
          </>
        )}
        <FormEnd error={interlock.error ?? approval.error} isPending={interlock.isPending || approval.isPending} />
      </Form>
    </SideDrawer>
  );
}

/**
 * Orders by their words. Only what there is can be chosen: a typed word that names no order would make a policy that
 * looks right and holds for nothing.
 */
function OrderChoice(field: { id?: string; value?: string[]; onChange?: (names: string[]) => void }) {
  const { t } = useLang();
  const options = NAMES.map((name) => ({ value: name, label: orderWords(t, { order: name }) }));
  return <Select {...field} mode="multiple" showSearch={{ optionFilterProp: "label" }} options={options} />;
}

function RuleFields({ kind }: { kind: InterlockRule["kind"] | undefined }) {
  const { t } = useLang();
  return (
    <>
      <Form.Item name={["rule", "kind"]} label={t("policy.kind")} rules={[{ required: true }]}>
        <Select options={KINDS.map((value) => ({ value, label: t(`policy.kinds.${value}`) }))} />
      </Form.Item>
      {(kind ? FIGURES[kind] : []).map((name) => (
        <Form.Item
          key={name}
          name={["rule", name]}
          label={t(`policy.fields.${name}`)}
          {...(name === "min" || name === "max" ? { initialValue: null } : { rules: [{ required: true }] })}
        >
          <InputNumber />
        </Form.Item>
      ))}
      {kind === "limits" ? (
        <Form.Item name={["rule", "figure"]} label={t("policy.fields.figure")} rules={[{ required: true }]}>
          <Select options={POLICY_FIGURES.map((value) => ({ value, label: t(`policy.figures.${value}`) }))} />
        </Form.Item>
      ) : null}
      {kind === "quiet" ? (
        <Form.Item name={["rule", "after"]} label={t("policy.fields.after")} rules={[{ required: true }]}>
          <OrderChoice />
        </Form.Item>
      ) : null}
      {kind === "not_while" ? (
        <Form.Item name={["rule", "condition"]} label={t("policy.fields.condition")} rules={[{ required: true }]}>
          <Select
            options={(["miners_hash", "data_is_late"] as const).map((value) => ({
              value,
              label: t(`policy.conditions.${value}`),
            }))}
          />
        </Form.Item>
      ) : null}
    </>
  );
}
