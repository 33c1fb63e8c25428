import {
  ChangeReportSchedule,
  CreateReportSchedule,
  ListChannels,
  ListReportSchedules,
  type ReportSchedule,
  type ReportScheduleWish,
} from "@banksman/wire/api";
import { Form, InputNumber, Select } from "antd";
import { useChange, useRoute } from "../../api/query.ts";
import { FormEnd } from "../../components/form-end.tsx";
import { browserZone } from "../../format/time.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { useSession } from "../../shell/session.tsx";
import { CustomerField, choiceOf, scopeOf, useReportKinds, useScopes, zones } from "./report-form.tsx";

type Typed = Pick<ReportScheduleWish, "kind" | "span" | "time_zone" | "hour" | "channels" | "language"> & {
  scope?: string;
  customer_id?: string;
};

type Props = { schedule: ReportSchedule | null; onDone: () => void };

/** What is to be built at its times, and whom it is told; a new schedule, or one that is changed. */
export function ScheduleForm({ schedule, onDone }: Props) {
  const { t, lang } = useLang();
  const seesChannels = useSession().canEverywhere("alert.read");
  const [form] = Form.useForm<Typed>();
  const kind = Form.useWatch("kind", form);
  const scopes = useScopes();
  const kinds = useReportKinds();
  const channels = useRoute(ListChannels, {}, { keep: true, enabled: seesChannels });
  const create = useChange(CreateReportSchedule, [ListReportSchedules]);
  const change = useChange(ChangeReportSchedule, [ListReportSchedules]);
  const submit = async ({ scope, customer_id, ...rest }: Typed) => {
    const body = { ...rest, scope: { ...scopeOf(scope), customer_id: customer_id ?? null } };
    const done = schedule
      ? change.mutateAsync({ params: { schedule_id: schedule.schedule_id }, body })
      : create.mutateAsync({ body: { ...body, compare: true } });
    if (await done.catch(() => null)) onDone();
  };
  const initial = schedule
    ? typedOf(schedule)
    : {
        kind: kinds[0] ?? ("operation" as const),
        span: "week" as const,
        time_zone: browserZone(),
        hour: 6,
        channels: [],
        language: lang,
      };
  const names = (channels.data?.channels ?? []).map(({ name }) => ({ value: name, label: name }));
  return (
    <Form<Typed>
      form={form}
      name={schedule ? "change-schedule" : "new-schedule"}
      layout="vertical"
      requiredMark={false}
      initialValues={initial}
      onFinish={submit}
      aria-label={t(schedule ? "reports.changeSchedule" : "reports.newSchedule")}
    >
      <Form.Item name="kind" label={t("reports.report")}>
        <Select options={kinds.map((value) => ({ value, label: t(`reports.kind.${value}`) }))} />
      </Form.Item>
      {kind === undefined ? null : <CustomerField kind={kind} />}
      <Form.Item name="span" label={t("reports.every")}>
        <Select
          options={(["day", "week", "month"] as const).map((value) => ({ value, label: t(`reports.spans.${value}`) }))}
        />
      </Form.Item>
      <Form.Item name="hour" label={t("reports.hour")}>
        <InputNumber min={0} max={23} precision={0} />
      </Form.Item>
      <Form.Item name="time_zone" label={t("reports.zone")}>
        <Select showSearch={{ optionFilterProp: "label" }} options={zones} />
      </Form.Item>
      <Form.Item name="scope" label={t("reports.scope")}>
        <Select
          allowClear
          showSearch={{ optionFilterProp: "label" }}
          placeholder={t("reports.everywhere")}
          options={scopes}
        />
      </Form.Item>
      <Form.Item
        name="channels"
        label={t("reports.tell")}
        extra={t(seesChannels ? "reports.tellDetail" : "reports.tellNeeds")}
      >
        <Select mode="multiple" options={names} disabled={!seesChannels} />
      </Form.Item>
      <Form.Item name="language" label={t("reports.language")}>
        <Select
          options={[
            { value: "zh", label: "中文" },
            { value: "en", label: "English" },
          ]}
        />
      </Form.Item>
      <FormEnd
        error={create.error ?? change.error}
        isPending={create.isPending || change.isPending}
        label={t(schedule ? "common.save" : "reports.addSchedule")}
      />
    </Form>
  );
}

const typedOf = ({ kind, span, time_zone, hour, channels, language, scope }: ReportSchedule): Typed => {
  const choice = choiceOf(scope);
  return {
    ...{ kind, span, time_zone, hour, channels, language },
    ...(choice !== undefined && { scope: choice }),
    ...(scope.customer_id !== null && { customer_id: scope.customer_id }),
  };
};
