import type { Assignment, Customer, CustomerMiner } from "@banksman/wire/api";
import * as api from "@banksman/wire/api";
import type { FakeReply, FakeRequest } from "./fake-routes.ts";
import type { FakeState } from "./fake-state.ts";

const ok = (data: unknown): FakeReply => ({ status: 200, body: { success: true, data } });
const problem = (status: number, code: string, detail: string): FakeReply => ({
  status,
  body: { success: false, error: detail, type: "about:blank", title: code, status, code, detail },
});
const HOUR_MS = 3_600_000;
const startOf = (ms: number) => new Date(Math.floor(ms / HOUR_MS) * HOUR_MS).toISOString();

/** Customers, and whose a miner is by now. */
export class FakeCustomers {
  customers: Omit<Customer, "miners">[] = [
    {
      customer_id: "acme",
      name: "Acme Mining",
      contact: "ops@acme.example",
      note: "half a megawatt",
      created_at: startOf(0),
    },
    { customer_id: "birch", name: "Birch 矿业", contact: "", note: "", created_at: startOf(0) },
  ];
  miners = new Map<string, { customer_id: string; from: string }>([
    ["S21_0001", { customer_id: "acme", from: startOf(Date.now() - 90 * 24 * HOUR_MS) }],
    ["S21_0002", { customer_id: "acme", from: startOf(Date.now() - 90 * 24 * HOUR_MS) }],
  ]);
  assignments: Assignment[] = [];

  list(): Customer[] {
    const count = (id: string) => [...this.miners.values()].filter(({ customer_id }) => customer_id === id).length;
    return this.customers.map((customer) => ({ ...customer, miners: count(customer.customer_id) }));
  }
}

function minersOf({ customers: { miners } }: FakeState, { customer_id }: Record<string, string>): FakeReply {
  const found = [...miners].flatMap(([miner_id, one]): CustomerMiner[] =>
    one.customer_id === customer_id
      ? [{ site_id: "1", miner_id, model: "S21", valid_from: one.from, valid_to: null }]
      : [],
  );
  return ok({ miners: found, total: found.length });
}

function idsOf(state: FakeState, { miners }: Assignment): string[] {
  if ("miner_ids" in miners) return miners.miner_ids;
  return state.rowsOf(miners.site_id).map(({ miner_id }) => miner_id);
}

type Handler = (state: FakeState, params: Record<string, string>, request: FakeRequest) => FakeReply;

export const customerHandlers: [api.Route, Handler][] = [
  [api.ListCustomers, ({ customers }) => ok({ customers: customers.list() })],
  [
    api.CreateCustomer,
    ({ customers }, _, { body }) => {
      const made = { ...api.CreateCustomer.body.parse(body), created_at: new Date().toISOString() };
      if (customers.customers.some(({ customer_id }) => customer_id === made.customer_id))
        return problem(409, "CUSTOMER_EXISTS", `there is, or was, a customer "${made.customer_id}"`);
      if (customers.customers.some(({ name }) => name.toLowerCase() === made.name.toLowerCase()))
        return problem(
          409,
          "NAME_TAKEN",
          `another customer is named "${made.name}" already; give each a name of its own`,
        );
      customers.customers.push(made);
      return ok({ ...made, miners: 0 });
    },
  ],
  [
    api.UpdateCustomer,
    ({ customers }, { customer_id }, { body }) => {
      const change = api.UpdateCustomer.body.parse(body);
      customers.customers = customers.customers.map((one) =>
        one.customer_id === customer_id
          ? {
              ...one,
              name: change.name ?? one.name,
              contact: change.contact ?? one.contact,
              note: change.note ?? one.note,
            }
          : one,
      );
      return ok(customers.list().find((one) => one.customer_id === customer_id));
    },
  ],
  [
    api.RemoveCustomer,
    ({ customers }, { customer_id }) => {
      if (customers.list().some((one) => one.customer_id === customer_id && one.miners > 0))
        return problem(409, "CUSTOMER_HAS_MINERS", "miners are this customer's; release them first");
      customers.customers = customers.customers.filter((one) => one.customer_id !== customer_id);
      return ok(null);
    },
  ],
  [api.ListCustomerMiners, minersOf],
  [
    api.AssignMiners,
    (state, { customer_id = "" }, { body }) => {
      const wish = api.AssignMiners.body.parse(body);
      const from = startOf(wish.from === undefined ? Date.now() : Date.parse(wish.from));
      const ids = idsOf(state, wish);
      for (const id of ids) state.customers.miners.set(id, { customer_id, from });
      state.customers.assignments.push(wish);
      return ok({ from, changed: ids.length, unchanged: 0, unknown: [] });
    },
  ],
  [
    api.ReleaseMiners,
    (state, _, { body }) => {
      const ids = idsOf(state, api.ReleaseMiners.body.parse(body));
      for (const id of ids) state.customers.miners.delete(id);
      return ok({ from: startOf(Date.now()), changed: ids.length, unchanged: 0, unknown: [] });
    },
  ],
];
