import { CreateSite, ListSites } from "@banksman/wire/api";
import { App, Button, Form, Input, Select } from "antd";
import { useNavigate } from "react-router";
import { ApiProblem } from "../../api/problem.ts";
import { useChange } from "../../api/query.ts";
import { FormProblem } from "../../components/form-problem.tsx";
import { SideDrawer } from "../../components/side-drawer.tsx";
import { ProblemText } from "../../components/states.tsx";
import { browserZone } from "../../format/time.ts";
import { useLang } from "../../hooks/use-lang.ts";

type Fields = { site_id: string; name: string; region?: string; time_zone: string };
const zones = ["UTC", ...Intl.supportedValuesOf("timeZone")].map((zone) => ({ value: zone, label: zone }));

/** Makes a site and leads to where its key is generated. */
export function SiteForm({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useLang();
  return (
    <SideDrawer open={open} title={t("sites.create")} onClose={onClose}>
      <Fields />
    </SideDrawer>
  );
}

function Fields() {
  const { t } = useLang();
  const { message } = App.useApp();
  const navigate = useNavigate();
  const create = useChange(CreateSite, [ListSites]);
  const submit = async (fields: Fields) => {
    const site = await create.mutateAsync({ body: fields }).catch(() => null);
    if (!site) return;
    void message.success(t("sites.created", { site: site.name }));
    await navigate(`/sites/${encodeURIComponent(site.site_id)}/collector`);
  };
  // An id that is taken is told at its field.
  const isOfId = create.error instanceof ApiProblem && create.error.path?.endsWith("site_id");
  const required = { required: true, whitespace: true, message: t("signIn.required") };
  return (
    <Form<Fields>
      layout="vertical"
      onValuesChange={() => create.reset()}
      requiredMark={false}
      onFinish={submit}
      initialValues={{ time_zone: browserZone() }}
    >
      <Form.Item
        name="site_id"
        label={t("sites.id")}
        extra={t("sites.idHelp")}
        rules={[required, { pattern: /^[A-Za-z0-9._-]+$/, max: 64, message: t("sites.idRule") }]}
        {...(isOfId ? { validateStatus: "error", help: <ProblemText error={create.error} /> } : {})}
      >
        <Input data-first spellCheck={false} />
      </Form.Item>
      <Form.Item name="name" label={t("common.name")} extra={t("sites.nameHelp")} rules={[required, { max: 100 }]}>
        <Input />
      </Form.Item>
      <Form.Item name="region" label={t("sites.region")}>
        <Input maxLength={100} />
      </Form.Item>
      <Form.Item name="time_zone" label={t("sites.timeZone")} rules={[required]}>
        <Select showSearch options={zones} />
      </Form.Item>
      {isOfId ? null : <FormProblem error={create.error} />}
      <Button type="primary" htmlType="submit" loading={create.isPending}>
        {t("sites.create")}
      </Button>
    </Form>
  );
}
