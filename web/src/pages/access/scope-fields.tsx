import { Scope } from "@banksman/wire/api";
import { AutoComplete, Form, Input, Select } from "antd";
import { useLang } from "../../hooks/use-lang.ts";
import { useSites } from "../../shell/use-current-site.ts";
import { useCustomerChoices } from "../customers/customer-choices.ts";

const KINDS = ["all", "region", "site", "container", "customer"] as const;

/** A scope as a form holds it: members of other kinds may be left over. */
export type ScopeDraft = {
  of: Scope["of"];
  region?: string;
  site_id?: string;
  container?: string;
  customer_id?: string;
};
export const toScope = (draft: ScopeDraft): Scope => Scope.parse(draft);

type Props = { name: (string | number)[]; path: (string | number)[] };

/** Chooses where something holds: everywhere, a region, a site, a container, or for a customer. `path` is the whole name in the form. */
export function ScopeFields({ name, path }: Props) {
  const { t } = useLang();
  const sites = useSites().data?.sites ?? [];
  const customers = useCustomerChoices();
  const kind: Scope["of"] | undefined = Form.useWatch([...path, "of"]);
  const regions = [...new Set(sites.flatMap(({ region }) => region ?? []))];
  const required = [{ required: true, message: t("signIn.required") }];
  return (
    <>
      <Form.Item name={[...name, "of"]} label={t("access.scopeLabel")} rules={required}>
        <Select options={KINDS.map((value) => ({ value, label: t(`access.scope.${value}`) }))} />
      </Form.Item>
      {kind === "region" ? (
        <Form.Item name={[...name, "region"]} label={t("access.scope.region")} rules={required}>
          <AutoComplete options={regions.map((value) => ({ value }))} />
        </Form.Item>
      ) : null}
      {kind === "site" || kind === "container" ? (
        <Form.Item name={[...name, "site_id"]} label={t("access.scope.site")} rules={required}>
          <Select options={sites.map(({ site_id, name: label }) => ({ value: site_id, label }))} />
        </Form.Item>
      ) : null}
      {kind === "container" ? (
        <Form.Item
          name={[...name, "container"]}
          label={t("access.scope.container")}
          extra={t("access.containerHelp")}
          rules={required}
        >
          <Input />
        </Form.Item>
      ) : null}
      {kind === "customer" ? (
        <Form.Item
          name={[...name, "customer_id"]}
          label={t("access.scope.customer")}
          extra={t("access.customerHelp")}
          rules={required}
        >
          <Select showSearch={{ optionFilterProp: "label" }} options={customers} />
        </Form.Item>
      ) : null}
    </>
  );
}
