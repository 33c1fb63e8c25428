import { ListChannels } from "@banksman/wire/api";
import { AlertLevel, NoData, TargetKind } from "@banksman/wire/model";
import { Button, Form, Input, InputNumber, Select, Switch } from "antd";
import { useState } from "react";
import { useRoute } from "../../api/query.ts";
import { FormProblem } from "../../components/form-problem.tsx";
import { Panel } from "../../components/panel.tsx";
import { useLang } from "../../hooks/use-lang.ts";
import { useSession } from "../../shell/session.tsx";
import { useSites } from "../../shell/use-current-site.ts";
import { ConditionField } from "./condition-field.tsx";
import { DryRunPanel } from "./dry-run-panel.tsx";
import { type RuleDraft, type RuleTyped, toDraft, toTyped } from "./rule-draft.ts";
import { RulePreview } from "./rule-preview.tsx";
import { RuleTexts } from "./rule-texts.tsx";
import { ScheduleFields } from "./schedule-fields.tsx";
import { useRuleCheck } from "./use-rule-check.ts";

type Props = {
  draft: RuleDraft;
  isNew: boolean;
  isSaving: boolean;
  error: Error | null;
  onSave: (draft: RuleDraft) => Promise<void>;
};

/** A rule's fields at the left, what it says, says now and would have said at the right. */
export function RuleForm({ draft, isNew, isSaving, error, onSave }: Props) {
  const { t } = useLang();
  const { canEverywhere } = useSession();
  const [form] = Form.useForm<RuleTyped>();
  const [typed, setTyped] = useState<RuleTyped>(() => toTyped(draft));
  const current = toDraft(typed, draft);
  const checked = useRuleCheck(current);
  const problems = checked?.problems ?? [];
  const of = (path: string) => problems.filter((problem) => problem.path === path);
  const readOnly = !canEverywhere("alert.manage");
  const needed = [{ required: true, whitespace: true, message: t("poolAccounts.needed") }];
  return (
    <Form<RuleTyped>
      form={form}
      layout="vertical"
      requiredMark={false}
      disabled={readOnly}
      initialValues={typed}
      onValuesChange={(_, all) => setTyped({ ...typed, ...all })}
      onFinish={() => onSave(current)}
      className="bm-rule-columns"
    >
      <Panel title={t("rules.rule")}>
        {isNew ? (
          <Form.Item
            name="rule_id"
            label={t("rules.id")}
            rules={[{ required: true, pattern: /^[a-z0-9][a-z0-9_-]*$/, max: 64, message: t("rules.idRule") }]}
          >
            <Input autoFocus spellCheck={false} autoComplete="off" />
          </Form.Item>
        ) : null}
        <div className="bm-field-row">
          <Form.Item name={["name", "en"]} label={t("rules.nameEn")} rules={needed}>
            <Input />
          </Form.Item>
          <Form.Item name={["name", "zh"]} label={t("rules.nameZh")} rules={needed}>
            <Input />
          </Form.Item>
        </div>
        <div className="bm-field-row">
          <Form.Item name="target" label={t("rules.target")}>
            <Select options={TargetKind.options.map((value) => ({ value, label: t(`rules.targets.${value}`) }))} />
          </Form.Item>
          <Form.Item name="level" label={t("alerts.level")}>
            <Select options={AlertLevel.options.map((value) => ({ value, label: t(`level.${value}`) }))} />
          </Form.Item>
        </div>
        <Form.Item name="condition" label={t("rules.condition")} extra={t("rules.conditionHelp")} rules={needed}>
          <ConditionField target={typed.target} label={t("rules.condition")} problems={of("condition")} />
        </Form.Item>
        <Form.Item name="recovery" label={t("rules.recovery")} extra={t("rules.recoveryHelp")}>
          <ConditionField target={typed.target} label={t("rules.recovery")} problems={of("recovery")} />
        </Form.Item>
        <div className="bm-field-row">
          <Form.Item name="for_min" label={t("rules.forMinutes")}>
            <InputNumber min={0} max={10_080} />
          </Form.Item>
          <Form.Item name="recover_for_min" label={t("rules.recoverMinutes")}>
            <InputNumber min={0} max={10_080} />
          </Form.Item>
          <Form.Item name="no_data" label={t("rules.noData")}>
            <Select options={NoData.options.map((value) => ({ value, label: t(`rules.noDataThen.${value}`) }))} />
          </Form.Item>
        </div>
        <Where hasSchedule={typed.has_schedule} />
        <FormProblem error={error} />
        {readOnly ? null : (
          <Button type="primary" htmlType="submit" loading={isSaving} disabled={problems.length > 0}>
            {t("common.save")}
          </Button>
        )}
      </Panel>
      <div className="bm-stack">
        <RuleTexts problems={problems} />
        <RulePreview checked={checked} />
        <DryRunPanel draft={current} isBlocked={problems.length > 0 || current.condition.trim() === ""} />
      </div>
    </Form>
  );
}

/** Where and when it holds, and who is told. */
function Where({ hasSchedule }: { hasSchedule: boolean }) {
  const { t } = useLang();
  const { data } = useSites();
  const { canEverywhere } = useSession();
  const channels = useRoute(ListChannels, {}, { keep: true, enabled: canEverywhere("alert.read") });
  return (
    <>
      <Form.Item name="sites" label={t("rules.sites")}>
        <Select
          mode="multiple"
          placeholder={t("silences.anySite")}
          options={(data?.sites ?? []).map(({ site_id, name }) => ({ value: site_id, label: name }))}
        />
      </Form.Item>
      <Form.Item name="channels" label={t("alerts.tab.channels")} extra={t("rules.channelsHelp")}>
        <Select
          mode="multiple"
          placeholder={t("rules.everyChannel")}
          options={(channels.data?.channels ?? []).map(({ name }) => ({ value: name, label: name }))}
        />
      </Form.Item>
      <Form.Item name="labels_text" label={t("rules.labels")} extra={t("rules.labelsHelp")}>
        <Input spellCheck={false} placeholder="team=cooling, hall=A" />
      </Form.Item>
      <Form.Item name="has_schedule" label={t("rules.schedule")} valuePropName="checked">
        <Switch />
      </Form.Item>
      {hasSchedule ? <ScheduleFields /> : null}
      <Form.Item name="enabled" label={t("rules.enabled")} valuePropName="checked">
        <Switch />
      </Form.Item>
    </>
  );
}
