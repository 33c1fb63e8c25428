import {
  type Alert,
  type BodyOf,
  CreateSilence,
  GetAlert,
  GetAlertCounts,
  ListAlerts,
  ListRules,
  ListSilences,
} from "@banksman/wire/api";
import { AlertLevel } from "@banksman/wire/model";
import { App, Button, Form, Input, InputNumber, Segmented, Select } from "antd";
import { useChange, useRoute } from "../../api/query.ts";
import { serverNow } from "../../api/server-clock.ts";
import { FormEnd } from "../../components/form-end.tsx";
import { SideDrawer } from "../../components/side-drawer.tsx";
import { browserZone } from "../../format/time.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { useSites } from "../../shell/use-current-site.ts";
import { ScheduleFields } from "./schedule-fields.tsx";

const HOUR_MS = 3_600_000;
const HOURS = [1, 4, 8, 24, 168] as const;

type Props = {
  open: boolean;
  /** The alert it was opened from; its place and rule stand in the form. */
  about: Alert | null;
  onClose: () => void;
};

/** Silences alerts for a time, or sets hours of maintenance. */
export function SilenceForm({ open, about, onClose }: Props) {
  const { t } = useLang();
  return (
    <SideDrawer open={open} title={t("silences.make")} onClose={onClose}>
      <Fields about={about} onDone={onClose} />
    </SideDrawer>
  );
}

type Typed = {
  kind: "silence" | "maintenance";
  rule_id?: string;
  site_id?: string;
  target_id?: string;
  level?: AlertLevel;
  hours?: number | null;
  reason: string;
  schedule?: { days: number[]; from: string; to: string; time_zone: string };
};

function bodyOf(
  { kind, hours, reason, schedule, ...matcher }: Typed,
  about: Alert | null,
): BodyOf<typeof CreateSilence> {
  const given = Object.fromEntries(Object.entries(matcher).filter(([, value]) => value !== undefined && value !== ""));
  const isOfTarget = about?.target != null && matcher.target_id === about.target.id;
  return {
    kind,
    matcher: { ...given, ...(isOfTarget && about?.target ? { target: about.target.kind } : {}) },
    reason,
    ends_at: hours ? new Date(serverNow() + hours * HOUR_MS).toISOString() : null,
    schedule: kind === "maintenance" ? (schedule ?? null) : null,
  };
}

function Fields({ about, onDone }: { about: Alert | null; onDone: () => void }) {
  const { t, lang } = useLang();
  const { message } = App.useApp();
  const rules = useRoute(ListRules, {}, { keep: true });
  const { data } = useSites();
  const [form] = Form.useForm<Typed>();
  const kind = Form.useWatch("kind", form);
  const create = useChange(CreateSilence, [ListSilences, ListAlerts, GetAlert, GetAlertCounts]);
  const submit = async (typed: Typed) => {
    const made = await create.mutateAsync({ body: bodyOf(typed, about) }).catch(() => null);
    if (!made) return;
    void message.success(t("silences.made", { count: made.matches }));
    onDone();
  };
  const target = about?.target;
  const initial: Partial<Typed> = {
    kind: "silence",
    hours: 4,
    schedule: { days: [1, 2, 3, 4, 5], from: "08:00", to: "18:00", time_zone: browserZone() },
    ...(about?.rule_id ? { rule_id: about.rule_id } : {}),
    ...(target?.site_id ? { site_id: target.site_id } : {}),
    ...(target && target.kind !== "site" && target.id !== "" ? { target_id: target.id } : {}),
  };
  return (
    <Form<Typed>
      form={form}
      layout="vertical"
      requiredMark={false}
      initialValues={initial}
      onValuesChange={() => create.reset()}
      onFinish={submit}
    >
      <Form.Item name="kind" label={t("silences.kind")}>
        <Segmented
          options={[
            { value: "silence", label: t("silences.silence") },
            { value: "maintenance", label: t("silences.maintenance") },
          ]}
        />
      </Form.Item>
      <Form.Item name="rule_id" label={t("alerts.rule")}>
        <Select
          allowClear
          showSearch={{ optionFilterProp: "label" }}
          placeholder={t("silences.anyRule")}
          options={(rules.data?.rules ?? []).map(({ rule_id, name }) => ({ value: rule_id, label: name[lang] }))}
        />
      </Form.Item>
      <Form.Item name="site_id" label={t("alerts.site")}>
        <Select
          allowClear
          placeholder={t("silences.anySite")}
          options={(data?.sites ?? []).map(({ site_id, name }) => ({ value: site_id, label: name }))}
        />
      </Form.Item>
      <Form.Item name="target_id" label={t("silences.target")} extra={t("silences.targetHelp")}>
        <Input allowClear spellCheck={false} />
      </Form.Item>
      <Form.Item name="level" label={t("alerts.level")}>
        <Select
          allowClear
          placeholder={t("silences.anyLevel")}
          options={AlertLevel.options.map((value) => ({ value, label: t(`level.${value}`) }))}
        />
      </Form.Item>
      {kind === "maintenance" ? <ScheduleFields /> : null}
      <Form.Item
        name="hours"
        label={t("silences.hours")}
        extra={kind === "maintenance" ? t("silences.hoursWeekly") : null}
        rules={kind === "maintenance" ? [] : [{ required: true, message: t("silences.hoursRule") }]}
      >
        <InputNumber className="bm-wide" min={0.25} max={8_760} suffix={t("silences.hoursUnit")} />
      </Form.Item>
      <div className="bm-button-row">
        {HOURS.map((hours) => (
          <Button key={hours} size="small" onClick={() => form.setFieldValue("hours", hours)}>
            {hours >= 48 ? t("miner.days", { count: hours / 24 }) : t("miner.hours", { count: hours })}
          </Button>
        ))}
      </div>
      <Form.Item
        name="reason"
        label={t("silences.reason")}
        rules={[{ required: true, whitespace: true, max: 500, message: t("silences.reasonRule") }]}
      >
        <Input.TextArea rows={2} />
      </Form.Item>
      <FormEnd error={create.error} isPending={create.isPending} label={t("silences.make")} />
    </Form>
  );
}
