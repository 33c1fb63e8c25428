import { CreateSite, ListSites } from "@banksman/wire/api";
import { App, Button, Drawer, Form, Input, Select } from "antd";
import { useNavigate } from "react-router";
import { useChange } from "../../api/query.ts";
import { ProblemText } from "../../components/states.tsx";
import { browserZone } from "../../format/time.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { tokens } from "../../theme/tokens.ts";

type Fields = { site_id: string; name: string; region?: string; time_zone: string };
const zones = ["UTC", ...Intl.supportedValuesOf("timeZone")].map((zone) => ({ value: zone, label: zone }));

/** Makes a site and leads to where its key is generated. */
export function SiteForm({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useLang();
  return (
    <Drawer
      open={open}
      onClose={onClose}
      size={tokens.size.drawer}
      title={t("sites.create")}
      closable={{ "aria-label": t("common.close") }}
      destroyOnHidden
    >
      <Fields />
    </Drawer>
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
  const required = { required: true, whitespace: true, message: t("signIn.required") };
  return (
    <Form<Fields> layout="vertical" requiredMark={false} onFinish={submit} initialValues={{ time_zone: browserZone() }}>
      <Form.Item
        name="site_id"
        label={t("sites.id")}
        extra={t("sites.idHelp")}
        rules={[required, { pattern: /^[A-Za-z0-9._-]+$/, max: 64, message: t("sites.idHelp") }]}
      >
        <Input autoFocus spellCheck={false} />
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
      {create.error ? (
        <p className="bm-loud" role="alert">
          <ProblemText error={create.error} />
        </p>
      ) : null}
      <Button type="primary" htmlType="submit" loading={create.isPending}>
        {t("sites.create")}
      </Button>
    </Form>
  );
}
