import { AssignMiners, GetMiner, ListCustomerMiners, ListCustomers, type MinerChoice } from "@banksman/wire/api";
import { App, Button, Form, Input, Select } from "antd";
import { useState } from "react";
import { useChange } from "../../api/query.ts";
import { FormEnd } from "../../components/form-end.tsx";
import { SideDrawer } from "../../components/side-drawer.tsx";
import { useLang } from "../../hooks/use-lang.ts";
import { useSession } from "../../shell/session.tsx";
import { useCustomerChoices } from "./customer-choices.ts";

type Props = { miners: MinerChoice; count: number };

/** The button beside chosen miners that gives them to a customer. */
export function AssignButton({ miners, count }: Props) {
  const { t } = useLang();
  const { canEverywhere } = useSession();
  const [open, setOpen] = useState(false);
  if (!canEverywhere("customer.manage")) return null;
  return (
    <>
      <Button onClick={() => setOpen(true)}>{t("customers.assign")}</Button>
      <SideDrawer open={open} title={t("customers.assignTitle", { count })} onClose={() => setOpen(false)}>
        <Fields miners={miners} onDone={() => setOpen(false)} />
      </SideDrawer>
    </>
  );
}

/** `from` is what the browser's clock shows. */
type Typed = { customer_id: string; from?: string };

function Fields({ miners, onDone }: { miners: MinerChoice; onDone: () => void }) {
  const { t } = useLang();
  const { message } = App.useApp();
  const choices = useCustomerChoices();
  const assign = useChange(AssignMiners, [ListCustomers, ListCustomerMiners, GetMiner]);
  const submit = async ({ customer_id, from }: Typed) => {
    const body = { miners, ...(from && { from: new Date(from).toISOString() }) };
    const done = await assign.mutateAsync({ params: { customer_id }, body }).catch(() => null);
    if (!done) return;
    const name = choices.find(({ value }) => value === customer_id)?.label ?? customer_id;
    void message.success(t("customers.assigned", { count: done.changed + done.unchanged, name }));
    onDone();
  };
  return (
    <Form<Typed> layout="vertical" requiredMark={false} onFinish={submit}>
      <Form.Item
        name="customer_id"
        label={t("customers.customer")}
        rules={[{ required: true, message: t("customers.chooseRule") }]}
      >
        <Select showSearch={{ optionFilterProp: "label" }} options={choices} />
      </Form.Item>
      <Form.Item name="from" label={t("customers.since")} extra={t("customers.sinceHelp")}>
        <Input type="datetime-local" step={3_600} />
      </Form.Item>
      <FormEnd error={assign.error} isPending={assign.isPending} label={t("customers.assignDo")} />
    </Form>
  );
}
