import { z } from "zod";
import { CustomerId } from "../model/customer.ts";
import { MinerId } from "../model/reading.ts";
import { MinerFilter } from "./commands.ts";
import { defineRoute, reply } from "./route.ts";

const time = z.iso.datetime();
const MOST_MINERS = 20_000;

const CustomerFields = z.object({
  name: z.string().trim().min(1).max(100),
  /** Whom to reach, as people write it. */
  contact: z.string().trim().max(500).default(""),
  note: z.string().trim().max(2_000).default(""),
});

/** Whose miners stand here: hosting. */
export const Customer = z.object({
  customer_id: z.string(),
  name: z.string(),
  contact: z.string(),
  note: z.string(),
  created_at: time,
  /** Assigned by now. */
  miners: z.int(),
});
export type Customer = z.infer<typeof Customer>;

export const ListCustomers = defineRoute({
  method: "GET",
  path: "/customers",
  summary: "Every customer with how many miners are theirs",
  needs: "customer.read",
  reply: reply(z.object({ customers: z.array(Customer) })),
});

export const CreateCustomer = defineRoute({
  method: "POST",
  path: "/customers",
  summary: "Makes a customer; an id that was given before and a name that another one bears are refused",
  needs: "customer.manage",
  body: CustomerFields.extend({ customer_id: CustomerId }),
  reply: reply(Customer),
});

const params = z.object({ customer_id: z.string().max(64) });

export const UpdateCustomer = defineRoute({
  method: "PATCH",
  path: "/customers/:customer_id",
  summary: "Changes a customer's name, contact or note; a name that another one bears is refused",
  needs: "customer.manage",
  params,
  body: z.object({
    name: CustomerFields.shape.name.optional(),
    contact: z.string().trim().max(500).optional(),
    note: z.string().trim().max(2_000).optional(),
  }),
  reply: reply(Customer),
});

export const RemoveCustomer = defineRoute({
  method: "DELETE",
  path: "/customers/:customer_id",
  summary:
    "Removes a customer without miners, with the grants for them; statements are kept and the id is not given again",
  needs: "customer.manage",
  params,
  reply: reply(z.null()),
});

/** A miner, and from when until when it was a customer's. */
export const CustomerMiner = z.object({
  site_id: z.string(),
  miner_id: z.string(),
  model: z.string().nullable(),
  valid_from: time,
  /** Null for one that is theirs by now. */
  valid_to: time.nullable(),
});
export type CustomerMiner = z.infer<typeof CustomerMiner>;

export const ListCustomerMiners = defineRoute({
  method: "GET",
  path: "/customers/:customer_id/miners",
  summary: "A customer's miners, by now or ever",
  needs: "customer.read",
  params,
  query: z.object({
    state: z.enum(["now", "all"]).default("now"),
    page: z.coerce.number().int().min(1).max(1_000_000).default(1),
    per_page: z.coerce.number().int().min(1).max(1_000).default(50),
  }),
  reply: reply(z.object({ miners: z.array(CustomerMiner), total: z.int() })),
});

/** Which of a site's miners: those named, those of a container, or those that a filter fits. */
export const MinerChoice = z.union([
  z.strictObject({ site_id: z.string().max(64), miner_ids: z.array(MinerId).min(1).max(MOST_MINERS) }),
  z.strictObject({ site_id: z.string().max(64), container: z.string().trim().min(1).max(64) }),
  z.strictObject({ site_id: z.string().max(64), filter: MinerFilter }),
]);
export type MinerChoice = z.infer<typeof MinerChoice>;

const Assignment = z.object({
  miners: MinerChoice,
  /** From when on, by default from now; either way from the beginning of that hour. */
  from: time.optional(),
});
export type Assignment = z.infer<typeof Assignment>;

const Assigned = z.object({
  from: time,
  changed: z.int(),
  /** That were so already. */
  unchanged: z.int(),
  /** That the site has no such miner of. */
  unknown: z.array(z.string()),
});
export type Assigned = z.infer<typeof Assigned>;

export const AssignMiners = defineRoute({
  method: "POST",
  path: "/customers/:customer_id/miners",
  summary: "Makes miners a customer's from an hour on; whoever had them has them up to it",
  needs: "customer.manage",
  action: "customers.assign",
  max_body_bytes: 4 * 1024 * 1024,
  params,
  body: Assignment,
  reply: reply(Assigned),
});

export const ReleaseMiners = defineRoute({
  method: "POST",
  path: "/customers/:customer_id/miners/release",
  summary: "Makes miners of a customer nobody's from an hour on",
  needs: "customer.manage",
  action: "customers.release",
  max_body_bytes: 4 * 1024 * 1024,
  params,
  body: Assignment,
  reply: reply(Assigned),
});
