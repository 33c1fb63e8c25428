import { ListRules } from "@banksman/wire/api";
import { Form, Input, InputNumber, Segmented, Select } from "antd";
import { useRoute } from "../../api/query.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { ScheduleFields } from "../alerts/schedule-fields.tsx";
import { type Draft, minutesOf, ORDER_WORDS, POOL_LINE } from "./automation-draft.ts";

type NumberProps = { name: keyof Draft; label: string; min: number; max: number; unit?: string; help?: string };

function NumberField({ name, label, min, max, unit, help }: NumberProps) {
  const { t } = useLang();
  return (
    <Form.Item
      name={name}
      label={label}
      extra={help}
      rules={[{ required: true, type: "number", min, max, message: t("automations.needed") }]}
    >
      <InputNumber className="bm-wide" min={min} max={max} suffix={unit} />
    </Form.Item>
  );
}

function RuleField() {
  const { t, lang } = useLang();
  const rules = useRoute(ListRules, {}, { keep: true });
  return (
    <Form.Item
      name="rule_id"
      label={t("automations.rule")}
      extra={t("automations.ruleHelp")}
      rules={[{ required: true, message: t("automations.needed") }]}
    >
      <Select
        showSearch={{ optionFilterProp: "label" }}
        options={(rules.data?.rules ?? []).map(({ rule_id, name }) => ({ value: rule_id, label: name[lang] }))}
      />
    </Form.Item>
  );
}

export function OnAlertFields() {
  const { t } = useLang();
  const isMinutes = (_: unknown, text: string) => {
    const minutes = minutesOf(text ?? "");
    const fits = minutes.length > 0 && minutes.every((one) => Number.isInteger(one) && one >= 1 && one <= 1_440);
    return fits ? Promise.resolve() : Promise.reject(new Error(t("automations.backoffHelp")));
  };
  return (
    <>
      <RuleField />
      <Form.Item name="order" label={t("automations.order")}>
        <Select options={ORDER_WORDS.map((value) => ({ value, label: t(`automations.orders.${value}`) }))} />
      </Form.Item>
      <div className="bm-field-row">
        <NumberField name="most_per_day" label={t("automations.mostPerDay")} min={1} max={24} />
        <NumberField name="stop_after" label={t("automations.stopAfter")} min={1} max={20} />
      </div>
      <p className="bm-muted bm-field-help">{t("automations.stopAfterHelp")}</p>
      <Form.Item
        name="backoff"
        label={t("automations.backoff")}
        extra={t("automations.backoffHelp")}
        rules={[{ validator: isMinutes }]}
      >
        <Input autoComplete="off" inputMode="numeric" />
      </Form.Item>
    </>
  );
}

export function CurtailmentFields() {
  const { t } = useLang();
  const when = Form.useWatch<Draft["when"]>("when");
  return (
    <>
      <Form.Item name="when" label={t("automations.when")}>
        <Segmented
          options={(["schedule", "price", "always"] as const).map((value) => ({
            value,
            label: t(`automations.whens.${value}`),
          }))}
        />
      </Form.Item>
      {when === "schedule" ? <ScheduleFields /> : null}
      {when === "price" ? (
        <div className="bm-field-row">
          <Form.Item
            name="signal"
            label={t("automations.signal")}
            extra={t("automations.signalHelp")}
            rules={[{ required: true, whitespace: true, max: 64, message: t("automations.needed") }]}
          >
            <Input autoComplete="off" spellCheck={false} />
          </Form.Item>
          <Form.Item
            name="above"
            label={t("automations.above")}
            rules={[{ required: true, type: "number", message: t("automations.needed") }]}
          >
            <InputNumber className="bm-wide" />
          </Form.Item>
        </div>
      ) : null}
      <NumberField
        name="target_mw"
        label={t("automations.target")}
        min={0}
        max={10_000}
        unit={t("automations.megawatts")}
      />
      <div className="bm-field-row">
        <NumberField name="step_miners" label={t("automations.stepMiners")} min={1} max={10_000} />
        <NumberField name="step_seconds" label={t("automations.stepSeconds")} min={1} max={3_600} />
      </div>
    </>
  );
}

export function FailoverFields() {
  const { t } = useLang();
  const arePools = (isNeeded: boolean) => (_: unknown, text: string | undefined) => {
    const lines = (text ?? "").split("\n").filter((line) => line.trim() !== "");
    const fits = lines.length <= 3 && lines.every((line) => POOL_LINE.test(line)) && (lines.length > 0 || !isNeeded);
    return fits ? Promise.resolve() : Promise.reject(new Error(t("automations.poolsRule")));
  };
  return (
    <>
      <RuleField />
      <Form.Item
        name="pools"
        label={t("automations.pools")}
        extra={t("automations.poolsHelp")}
        rules={[{ validator: arePools(true) }]}
      >
        <Input.TextArea rows={3} spellCheck={false} />
      </Form.Item>
      <Form.Item
        name="home_pools"
        label={t("automations.home")}
        extra={t("automations.homeHelp")}
        rules={[{ validator: arePools(false) }]}
      >
        <Input.TextArea rows={3} spellCheck={false} />
      </Form.Item>
      <div className="bm-field-row">
        <NumberField
          name="home_after_minutes"
          label={t("automations.homeAfter")}
          min={1}
          max={10_080}
          unit={t("automations.minutes")}
        />
        <NumberField name="batch" label={t("automations.batch")} min={1} max={20_000} />
      </div>
    </>
  );
}
