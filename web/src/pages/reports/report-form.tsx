import { BuildReport, ListReports, type Report, type ReportWish } from "@banksman/wire/api";
import { REPORT_BY_CUSTOMER, ReportKind } from "@banksman/wire/model";
import { Checkbox, Form, Input, Select } from "antd";
import { useEffect, useRef } from "react";
import { useChange } from "../../api/query.ts";
import { FormEnd } from "../../components/form-end.tsx";
import { browserZone, dayAfter } from "../../format/time.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { useSession } from "../../shell/session.tsx";
import { useSites } from "../../shell/use-current-site.ts";
import { useCustomerChoices } from "../customers/customer-choices.ts";

type Props = {
  kind: ReportKind;
  /** Whose miners are meant to begin with. */
  customer: string | null;
  /** The one that is open, which is built again. */
  report: Report | null;
  onBuilt: (reportId: string) => void;
};
type Typed = {
  span: ReportWish["span"];
  /** A day of the period, or its first and last one. */
  day?: string;
  first?: string;
  last?: string;
  /** `site …` or `region …`; nothing for all. */
  scope?: string;
  customer_id?: string;
  time_zone: string;
  compare: boolean;
  language: "zh" | "en";
};

/** Time zones to choose from. */
export const zones = ["UTC", ...Intl.supportedValuesOf("timeZone")].map((value) => ({ value, label: value }));

/** Regions and sites to choose from. */
export function useScopes(): { value: string; label: string }[] {
  const { t } = useLang();
  const { data } = useSites();
  const sites = data?.sites ?? [];
  const regions = [...new Set(sites.flatMap(({ region }) => region ?? []))].sort();
  return [
    ...regions.map((region) => ({ value: `region ${region}`, label: t("cooling.region", { region }) })),
    ...sites.map(({ site_id, name }) => ({ value: `site ${site_id}`, label: name })),
  ];
}

/**
 * Kinds of reports that somebody may have: a customer's people have those that can be of their miners alone, and who holds
 * no more than containers has none.
 */
export function useReportKinds(): readonly ReportKind[] {
  const { canAtSites, session } = useSession();
  if (canAtSites("report.read")) return ReportKind.options;
  const reach = session.reach["report.read"] ?? {};
  if (reach === "all" || !Object.values(reach).some((part) => part !== "site" && part.customers.length > 0)) return [];
  return ReportKind.options.filter((kind) => REPORT_BY_CUSTOMER[kind] !== "never");
}

/** What was typed for a report; whether the period before stands beside it is not kept. */
const typedOf = ({ period: { span, from, to, time_zone }, scope, language }: Report): Partial<Typed> => ({
  span,
  ...(span === "range" ? { first: from, last: dayAfter(to, -1) } : { day: from }),
  scope: choiceOf(scope),
  time_zone,
  language,
});

/** What a report is to be about. */
export function ReportForm({ kind, customer, report, onBuilt }: Props) {
  const { t, lang } = useLang();
  const build = useChange(BuildReport, [ListReports]);
  const [form] = Form.useForm<Typed>();
  useEffect(() => {
    form.setFieldValue("customer_id", customer ?? undefined);
  }, [form, customer]);
  const filled = useRef<string | null>(null);
  useEffect(() => {
    // Once: how far it is comes every second, and somebody may be typing the next one.
    if (report === null || filled.current === report.report_id) return;
    filled.current = report.report_id;
    form.setFieldsValue(typedOf(report));
  }, [form, report]);
  const span = Form.useWatch("span", form) ?? "week";
  const submit = async ({ span: wished, day, first, last, scope, customer_id, ...rest }: Typed) => {
    const [from, to] = wished === "range" ? [first, last && dayAfter(last)] : [day, undefined];
    const body = {
      ...rest,
      kind,
      span: wished,
      scope: { ...scopeOf(scope), customer_id: customer_id ?? null },
      ...(from && { from }),
      ...(to && { to }),
    };
    const made = await build.mutateAsync({ body }).catch(() => null);
    if (made) onBuilt(made.report_id);
  };
  const scopes = useScopes();
  const initial = {
    span: "week" as const,
    time_zone: browserZone(),
    compare: true,
    language: lang,
  };
  return (
    <Form<Typed>
      form={form}
      layout="vertical"
      requiredMark={false}
      initialValues={initial}
      onFinish={submit}
      aria-label={t("reports.wish")}
    >
      <Form.Item name="span" label={t("reports.period")}>
        <Select
          options={(["day", "week", "month", "range"] as const).map((value) => ({
            value,
            label: t(`reports.spans.${value}`),
          }))}
        />
      </Form.Item>
      {span === "range" ? (
        <>
          <Form.Item name="first" label={t("reports.first")} rules={[{ required: true, message: t("reports.first") }]}>
            <Input type="date" />
          </Form.Item>
          <Form.Item
            name="last"
            label={t("reports.lastDay")}
            rules={[{ required: true, message: t("reports.lastDay") }]}
          >
            <Input type="date" />
          </Form.Item>
        </>
      ) : (
        <Form.Item name="day" label={t("reports.day")} extra={t("reports.last")}>
          <Input type="date" />
        </Form.Item>
      )}
      <CustomerField kind={kind} />
      <Form.Item name="scope" label={t("reports.scope")}>
        <Select
          allowClear
          showSearch={{ optionFilterProp: "label" }}
          placeholder={t("reports.everywhere")}
          options={scopes}
        />
      </Form.Item>
      <Form.Item name="time_zone" label={t("reports.zone")}>
        <Select showSearch={{ optionFilterProp: "label" }} options={zones} />
      </Form.Item>
      <Form.Item name="language" label={t("reports.language")}>
        <Select
          options={[
            { value: "zh", label: "中文" },
            { value: "en", label: "English" },
          ]}
        />
      </Form.Item>
      <Form.Item name="compare" valuePropName="checked">
        <Checkbox>{t("reports.compare")}</Checkbox>
      </Form.Item>
      <FormEnd error={build.error} isPending={build.isPending} label={t(report ? "reports.again" : "reports.start")} />
    </Form>
  );
}

/** Whose miners it is about; everyone's where no customer is chosen, if the kind and who asks for it let that be. */
export function CustomerField({ kind }: { kind: ReportKind }) {
  const { t } = useLang();
  const { canAtSites } = useSession();
  const known = useCustomerChoices();
  const chosen = Form.useWatch<string | undefined>("customer_id", { preserve: true });
  // Who may not list customers still reads and builds again what is of one.
  const isKnown = chosen === undefined || known.some(({ value }) => value === chosen);
  const choices = isKnown ? known : [...known, { value: chosen, label: chosen }];
  const by = REPORT_BY_CUSTOMER[kind];
  const isNeeded = by === "always" || !canAtSites("report.read");
  if (by === "never" || (choices.length === 0 && !isNeeded)) return null;
  return (
    <Form.Item
      name="customer_id"
      label={t("customers.customer")}
      rules={isNeeded ? [{ required: true, message: t("customers.chooseRule") }] : []}
    >
      <Select
        allowClear={!isNeeded}
        showSearch={{ optionFilterProp: "label" }}
        placeholder={isNeeded ? undefined : t("reports.everyone")}
        options={choices}
      />
    </Form.Item>
  );
}

/** What a choice of `useScopes` means; nothing for all. */
export function scopeOf(text: string | undefined): { site_id: string | null; region: string | null } {
  const [, of, name = ""] = /^(site|region) (.*)$/.exec(text ?? "") ?? [];
  return { site_id: of === "site" ? name : null, region: of === "region" ? name : null };
}

/** The choice of `useScopes` that means a scope. */
export function choiceOf({ site_id, region }: { site_id: string | null; region: string | null }): string | undefined {
  if (site_id !== null) return `site ${site_id}`;
  return region === null ? undefined : `region ${region}`;
}
