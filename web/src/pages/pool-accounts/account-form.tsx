import { AddPoolAccount, type BodyOf, ListPoolAccounts, type PoolChoice } from "@banksman/wire/api";
import { App, Form, Input, Select } from "antd";
import type { z } from "zod";
import { useChange } from "../../api/query.ts";
import { FormEnd } from "../../components/form-end.tsx";
import { SideDrawer } from "../../components/side-drawer.tsx";
import { useLang } from "../../hooks/use-lang.ts";
import { useSites } from "../../shell/use-current-site.ts";

type Choice = z.infer<typeof PoolChoice>;
type Props = { open: boolean; pools: readonly Choice[]; onClose: () => void };

/** Adds an account that the server reads from then on. */
export function AccountForm({ open, pools, onClose }: Props) {
  const { t } = useLang();
  return (
    <SideDrawer open={open} title={t("poolAccounts.add")} onClose={onClose}>
      <Fields pools={pools} onDone={onClose} />
    </SideDrawer>
  );
}

type Typed = BodyOf<typeof AddPoolAccount>;

function Fields({ pools, onDone }: { pools: readonly Choice[]; onDone: () => void }) {
  const { t } = useLang();
  const { message } = App.useApp();
  const { data } = useSites();
  const [form] = Form.useForm<Typed>();
  const poolId = Form.useWatch("pool", form);
  const chosen = pools.find(({ pool }) => pool === poolId);
  const add = useChange(AddPoolAccount, [ListPoolAccounts]);
  const submit = async ({ api_key, api_base, ...typed }: Typed) => {
    const body = { ...typed, ...(api_key ? { api_key } : {}), ...(api_base ? { api_base } : {}) };
    const added = await add.mutateAsync({ body }).catch(() => null);
    if (!added) return;
    void message.success(t("poolAccounts.added", { name: added.account }));
    onDone();
  };
  const sites = (data?.sites ?? []).map(({ site_id, name }) => ({ value: site_id, label: `${name} (${site_id})` }));
  const required = [{ required: true, message: t("poolAccounts.needed") }];
  return (
    <Form<Typed>
      form={form}
      layout="vertical"
      requiredMark={false}
      onValuesChange={() => add.reset()}
      onFinish={submit}
      initialValues={{ coin: "bitcoin", pool: pools[0]?.pool, site_id: sites[0]?.value }}
    >
      <Form.Item name="site_id" label={t("poolAccounts.site")} extra={t("poolAccounts.siteHelp")} rules={required}>
        <Select options={sites} />
      </Form.Item>
      <Form.Item name="pool" label={t("poolAccounts.pool")} rules={required}>
        <Select options={pools.map(({ pool, title }) => ({ value: pool, label: title }))} />
      </Form.Item>
      <Form.Item name="coin" label={t("poolAccounts.coin")} extra={t("poolAccounts.coinHelp")} rules={required}>
        <Input autoComplete="off" spellCheck={false} />
      </Form.Item>
      <Form.Item
        name="account"
        label={t("poolAccounts.account")}
        extra={t("poolAccounts.accountHelp")}
        rules={required}
      >
        <Input autoComplete="off" spellCheck={false} />
      </Form.Item>
      {chosen?.key === "none" ? null : (
        <Form.Item
          name="api_key"
          label={t("poolAccounts.key")}
          extra={t("poolAccounts.keyHelp", { form: chosen?.key_form ?? "" })}
          rules={chosen?.key === "required" ? required : []}
        >
          <Input.Password autoComplete="off" />
        </Form.Item>
      )}
      <Form.Item name="api_base" label={t("poolAccounts.base")} extra={t("poolAccounts.baseHelp")}>
        <Input autoComplete="off" spellCheck={false} placeholder="https://" />
      </Form.Item>
      <FormEnd error={add.error} isPending={add.isPending} label={t("poolAccounts.add")} />
    </Form>
  );
}
