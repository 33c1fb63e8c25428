import { type Customer, ListCustomers, RemoveCustomer } from "@banksman/wire/api";
import { Button } from "antd";
import { useState } from "react";
import { Link } from "react-router";
import { useChange, useRoute } from "../../api/query.ts";
import { Icon } from "../../components/icons.tsx";
import { Forbidden } from "../../components/states.tsx";
import { useConfirmed } from "../../components/use-confirmed.tsx";
import { MISSING } from "../../format/format.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { useUrlState } from "../../hooks/use-url-state.ts";
import { useSession } from "../../shell/session.tsx";
import { type RowColumn, RowTable } from "../access/row-table.tsx";
import { SettingsFrame } from "../settings/settings-frame.tsx";
import { CustomerForm, type Editing } from "./customer-form.tsx";
import { CustomerMiners } from "./customer-miners.tsx";

/** Customers with how many miners are theirs; one of them with its miners. */
export default function CustomersPage() {
  const { t } = useLang();
  const { canEverywhere } = useSession();
  const { params, set } = useUrlState();
  const [editing, edit] = useState<Editing>(null);
  const found = useRoute(ListCustomers, {}, { enabled: canEverywhere("customer.read"), keep: true });
  const columns = useColumns(edit);
  if (!canEverywhere("customer.read")) return <Forbidden permission="customer.read" />;
  const shown = found.data?.customers.find(({ customer_id }) => customer_id === params.get("customer")) ?? null;
  const add = canEverywhere("customer.manage") ? (
    <Button icon={<Icon name="plus" />} onClick={() => edit("new")}>
      {t("customers.add")}
    </Button>
  ) : null;
  return (
    <SettingsFrame extra={add}>
      <section className="bm-panel bm-panel-flush" aria-label={t("settings.tab.customers")}>
        <RowTable
          rows={found.data?.customers}
          columns={columns}
          keyOf={({ customer_id }) => customer_id}
          label={t("settings.tab.customers")}
          empty={{ icon: "users", title: t("customers.none"), detail: t("customers.addDetail") }}
          error={found.error}
          onRetry={() => void found.refetch()}
        />
      </section>
      <CustomerForm editing={editing} onClose={() => edit(null)} />
      <CustomerMiners customer={shown} onClose={() => set({ customer: null })} />
    </SettingsFrame>
  );
}

function useColumns(onEdit: (customer: Customer) => void) {
  const { t } = useLang();
  const columns: RowColumn<Customer>[] = [
    {
      key: "name",
      title: t("customers.customer"),
      render: (_, { name, customer_id }) => (
        <span className="bm-wrap">
          <b className="bm-medium">{name}</b> <small className="bm-muted">{customer_id}</small>
        </span>
      ),
    },
    {
      key: "contact",
      title: t("customers.contact"),
      render: (_, { contact, note }) => (
        <span className="bm-wrap">
          {contact === "" ? MISSING : contact} {note === "" ? null : <small className="bm-muted">{note}</small>}
        </span>
      ),
    },
    {
      key: "miners",
      title: t("customers.miners"),
      align: "right",
      render: (_, customer) => (
        <Link to={`/settings/customers?customer=${encodeURIComponent(customer.customer_id)}`}>
          {t("customers.count", { count: customer.miners })}
        </Link>
      ),
    },
    {
      key: "actions",
      title: <span className="bm-spoken">{t("common.actions")}</span>,
      align: "right",
      render: (_, customer) => <Actions customer={customer} onEdit={onEdit} />,
    },
  ];
  return columns;
}

function Actions({ customer, onEdit }: { customer: Customer; onEdit: (customer: Customer) => void }) {
  const { t } = useLang();
  const { can, canEverywhere } = useSession();
  const confirm = useConfirmed();
  const remove = useChange(RemoveCustomer, [ListCustomers]);
  const { customer_id, name } = customer;
  const ask = () =>
    confirm({
      title: t("customers.removeTitle", { name }),
      detail: t("customers.removeDetail"),
      action: t("customers.remove"),
      run: () => remove.mutateAsync({ params: { customer_id } }),
    });
  return (
    <span className="bm-buttons bm-buttons-end">
      {can("report.read") ? (
        <Link to={`/reports?kind=statement&customer=${encodeURIComponent(customer_id)}`}>
          {t("customers.statement")}
        </Link>
      ) : null}
      {canEverywhere("customer.manage") ? (
        <>
          <Button size="small" onClick={() => onEdit(customer)}>
            {t("customers.edit")}
          </Button>
          <Button size="small" danger onClick={ask}>
            {t("customers.removeDots")}
          </Button>
        </>
      ) : null}
    </span>
  );
}
