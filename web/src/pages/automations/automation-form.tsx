import {
  type Automation,
  CreateAutomation,
  ListAutomations,
  TryAutomation,
  UpdateAutomation,
} from "@banksman/wire/api";
import { App, Button, Form, Input, Select } from "antd";
import type { DataOf } from "../../api/client.ts";
import { useChange } from "../../api/query.ts";
import { FormEnd } from "../../components/form-end.tsx";
import { FormProblem } from "../../components/form-problem.tsx";
import { SideDrawer } from "../../components/side-drawer.tsx";
import { browserZone } from "../../format/time.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { useSites } from "../../shell/use-current-site.ts";
import { type Draft, draftOf, planOf } from "./automation-draft.ts";
import { CurtailmentFields, FailoverFields, OnAlertFields } from "./plan-fields.tsx";

export type Editing = Automation | "new" | null;
type Props = { editing: Editing; onClose: () => void };

/** Makes an automation or changes one; it can be tried before it is saved. */
export function AutomationForm({ editing, onClose }: Props) {
  const { t } = useLang();
  const title = editing === "new" || editing === null ? t("automations.add") : editing.name;
  return (
    <SideDrawer open={editing !== null} title={title} onClose={onClose}>
      {editing === null ? null : <Fields automation={editing === "new" ? null : editing} onDone={onClose} />}
    </SideDrawer>
  );
}

const KINDS = ["on_alert", "curtailment", "pool_failover"] as const;

function Fields({ automation, onDone }: { automation: Automation | null; onDone: () => void }) {
  const { t } = useLang();
  const { message } = App.useApp();
  const { data } = useSites();
  const [form] = Form.useForm<Draft>();
  const kind = Form.useWatch("kind", form) ?? automation?.plan.kind ?? "on_alert";
  const create = useChange(CreateAutomation, [ListAutomations]);
  const update = useChange(UpdateAutomation, [ListAutomations]);
  const attempt = useChange(TryAutomation, []);
  const old = automation?.plan ?? null;
  const save = async (typed: Draft) => {
    const { automation_id, name, site_id } = typed;
    const plan = planOf(typed, old);
    const saved = await (automation
      ? update.mutateAsync({ params: { automation_id: automation.automation_id }, body: { name, plan } })
      : create.mutateAsync({ body: { automation_id, name, site_id, plan } })
    ).catch(() => null);
    if (!saved) return;
    void message.success(t("automations.saved"));
    onDone();
  };
  const tryIt = async () => {
    const typed = await form.validateFields().catch(() => null);
    if (!typed) return;
    const id = automation ? { automation_id: automation.automation_id } : {};
    attempt.mutate({ body: { ...id, site_id: typed.site_id, plan: planOf(typed, old) } });
  };
  const sites = (data?.sites ?? []).map(({ site_id, name }) => ({ value: site_id, label: name }));
  const needed = [{ required: true, whitespace: true, message: t("automations.needed") }];
  return (
    <Form<Draft>
      form={form}
      layout="vertical"
      requiredMark={false}
      initialValues={automation ? draftOf(automation) : freshDraft(sites[0]?.value)}
      onValuesChange={() => {
        create.reset();
        update.reset();
        attempt.reset();
      }}
      onFinish={save}
    >
      <Form.Item name="name" label={t("automations.name")} rules={needed}>
        <Input data-first autoComplete="off" maxLength={100} />
      </Form.Item>
      <Form.Item
        name="automation_id"
        label={t("automations.id")}
        extra={t("automations.idHelp")}
        rules={[{ required: true, pattern: /^[a-z0-9][a-z0-9-]{0,63}$/, message: t("automations.idRule") }]}
      >
        <Input autoComplete="off" spellCheck={false} disabled={automation !== null} />
      </Form.Item>
      <Form.Item name="site_id" label={t("automations.site")} rules={needed}>
        <Select options={sites} disabled={automation !== null} />
      </Form.Item>
      <Form.Item name="kind" label={t("automations.kind")}>
        <Select
          disabled={automation !== null}
          options={KINDS.map((value) => ({ value, label: t(`automations.kinds.${value}`) }))}
        />
      </Form.Item>
      {kind === "on_alert" ? <OnAlertFields /> : null}
      {kind === "curtailment" ? <CurtailmentFields /> : null}
      {kind === "pool_failover" ? <FailoverFields /> : null}
      <div className="bm-button-row">
        <Button onClick={() => void tryIt()} loading={attempt.isPending}>
          {t("automations.attempt")}
        </Button>
        <span className="bm-muted">{t("automations.attemptHelp")}</span>
      </div>
      <FormProblem error={attempt.error} />
      {attempt.data ? <Would found={attempt.data} /> : null}
      <FormEnd error={create.error ?? update.error} isPending={create.isPending || update.isPending} />
    </Form>
  );
}

const freshDraft = (siteId: string | undefined): Partial<Draft> => ({
  ...(siteId !== undefined && { site_id: siteId }),
  kind: "on_alert",
  order: "reboot",
  most_per_day: 2,
  backoff: "15, 60",
  stop_after: 3,
  when: "schedule",
  schedule: { days: [1, 2, 3, 4, 5], from: "17:00", to: "21:00", time_zone: browserZone() },
  signal: "price",
  step_miners: 50,
  step_seconds: 30,
  home_after_minutes: 30,
  batch: 200,
});

/** What it would order now, and to whom. */
function Would({ found: { status, would } }: { found: DataOf<typeof TryAutomation> }) {
  const { t, lang } = useLang();
  return (
    <output className="bm-stack">
      <p>{status[lang]}</p>
      <strong>{t(would.length === 0 ? "automations.wouldNothing" : "automations.would")}</strong>
      {would.map(({ order, devices, miner_ids }) => (
        <p key={order}>
          {t("automations.wouldRow", { order, count: devices })}{" "}
          <small className="bm-muted bm-wrap">{miner_ids.slice(0, 12).join(", ")}</small>
        </p>
      ))}
    </output>
  );
}
