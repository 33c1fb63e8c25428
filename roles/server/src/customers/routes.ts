import {
  AssignMiners,
  CreateCustomer,
  ListCustomerMiners,
  ListCustomers,
  ReleaseMiners,
  RemoveCustomer,
  UpdateCustomer,
} from "@banksman/wire/api";
import type { Api } from "../http/api.ts";
import { membersOf } from "../http/audit-call.ts";
import type { CustomerService } from "./service.ts";

export function customerRoutes(api: Api, customers: CustomerService): void {
  api.on(ListCustomers, async () => ({ customers: await customers.list() }));
  api.on(CreateCustomer, ({ body, audit }) => {
    audit.note({ target: body.customer_id });
    return customers.create(body);
  });
  api.on(UpdateCustomer, async ({ params, body, audit }) => {
    audit.note({ before: membersOf(body, await customers.find(params.customer_id)) });
    return customers.update(params.customer_id, body);
  });
  api.on(RemoveCustomer, async ({ params, audit }) => {
    audit.note({ before: await customers.find(params.customer_id) });
    return customers.remove(params.customer_id);
  });
  api.on(ListCustomerMiners, ({ params, query }) => customers.miners(params.customer_id, query));
  for (const [route, change] of [
    [AssignMiners, customers.assign],
    [ReleaseMiners, customers.release],
  ] as const)
    api.on(route, async ({ params, body, audit }) => {
      const done = await change(params.customer_id, body);
      audit.note({ after: { ...body, from: done.from, changed: done.changed } });
      return done;
    });
}
