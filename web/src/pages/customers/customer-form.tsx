import { CreateCustomer, type Customer, ListCustomers, UpdateCustomer } from "@banksman/wire/api";
import { Form, Input } from "antd";
import { useChange } from "../../api/query.ts";
import { FormEnd } from "../../components/form-end.tsx";
import { SideDrawer } from "../../components/side-drawer.tsx";
import { useLang } from "../../hooks/use-lang.ts";

export type Editing = Customer | "new" | null;

/** Makes a customer or changes one. */
export function CustomerForm({ editing, onClose }: { editing: Editing; onClose: () => void }) {
  const { t } = useLang();
  const customer = editing === "new" ? null : editing;
  return (
    <SideDrawer open={editing !== null} title={customer?.name ?? t("customers.add")} onClose={onClose}>
      {editing === null ? null : <Fields customer={customer} onDone={onClose} />}
    </SideDrawer>
  );
}

type Typed = { customer_id: string; name: string; contact?: string; note?: string };

function Fields({ customer, onDone }: { customer: Customer | null; onDone: () => void }) {
  const { t } = useLang();
  const create = useChange(CreateCustomer, [ListCustomers]);
  const update = useChange(UpdateCustomer, [ListCustomers]);
  const submit = async ({ customer_id, ...typed }: Typed) => {
    const done = customer
      ? update.mutateAsync({ params: { customer_id: customer.customer_id }, body: typed })
      : create.mutateAsync({ body: { customer_id, ...typed } });
    if (await done.catch(() => null)) onDone();
  };
  return (
    <Form<Typed> layout="vertical" requiredMark={false} initialValues={customer ?? {}} onFinish={submit}>
      {customer ? null : (
        <Form.Item
          name="customer_id"
          label={t("customers.id")}
          extra={t("customers.idHelp")}
          rules={[{ required: true, pattern: /^[A-Za-z0-9._-]{1,64}$/, message: t("customers.idRule") }]}
        >
          <Input data-first autoComplete="off" spellCheck={false} />
        </Form.Item>
      )}
      <Form.Item
        name="name"
        label={t("customers.name")}
        rules={[{ required: true, max: 100, message: t("customers.nameRule") }]}
      >
        <Input autoComplete="off" />
      </Form.Item>
      <Form.Item name="contact" label={t("customers.contact")}>
        <Input autoComplete="off" maxLength={500} />
      </Form.Item>
      <Form.Item name="note" label={t("customers.note")}>
        <Input.TextArea rows={4} maxLength={2_000} />
      </Form.Item>
      <FormEnd error={create.error ?? update.error} isPending={create.isPending || update.isPending} />
    </Form>
  );
}
