import type { Clock } from "@banksman/kit";
import type {
  Assigned,
  Assignment,
  BodyOf,
  CreateCustomer,
  Customer,
  ListCustomerMiners,
  MinerChoice,
  QueryOf,
  ReplyOf,
  UpdateCustomer,
} from "@banksman/wire/api";
import type { FleetService } from "../fleet/service.ts";
import { NO_MINERS } from "../http/caller.ts";
import { problem } from "../http/problem.ts";
import type { CustomerStore, Part } from "./store.ts";

const HOUR_MS = 3_600_000;

type Parts = {
  store: CustomerStore;
  fleet: Pick<FleetService, "devices">;
  sites: { find: (siteId: string) => Promise<{ site_no: number }> };
  clock: Clock;
};

export type CustomerService = ReturnType<typeof customerService>;

/** Customers, and which miners are theirs from when on. */
export const customerService = ({ store, fleet, sites, clock }: Parts) => {
  const none = (customerId: string) =>
    problem(404, "NO_SUCH_CUSTOMER", `there is no customer "${customerId}"`, { path: "customer_id" });
  const find = async (customerId: string): Promise<Customer> => {
    const [customer] = await store.list(customerId);
    if (!customer) throw none(customerId);
    return customer;
  };
  const nameTaken = (name: string) =>
    problem(409, "NAME_TAKEN", `another customer is named "${name}" already; give each a name of its own`, {
      path: "name",
    });
  const startOf = (from: string | undefined): Date => {
    const ms = from === undefined ? clock.now() : Date.parse(from);
    if (ms > clock.now()) throw problem(400, "INVALID_INPUT", "from: lies in the future", { path: "from" });
    return new Date(Math.floor(ms / HOUR_MS) * HOUR_MS);
  };
  const idsOf = async (siteNo: number, choice: MinerChoice): Promise<string[]> => {
    const within = "container" in choice ? { ...NO_MINERS, containers: [choice.container] } : "all";
    const which =
      "miner_ids" in choice ? { miner_ids: choice.miner_ids } : { filter: "filter" in choice ? choice.filter : {} };
    return (await fleet.devices({ siteNo, within }, which)).map(({ miner_id }) => miner_id);
  };
  const change = async (
    customerId: string,
    { miners: choice, from: wished }: Assignment,
    make: (part: Part) => Promise<number | null>,
  ): Promise<Assigned> => {
    await find(customerId);
    const from = startOf(wished);
    const { site_no: siteNo } = await sites.find(choice.site_id);
    const minerIds = await idsOf(siteNo, choice);
    if ("container" in choice && minerIds.length === 0)
      throw problem(404, "NO_SUCH_CONTAINER", `no miner of site "${choice.site_id}" stands in "${choice.container}"`, {
        path: "miners.container",
      });
    const changed = await make({ customerId, siteNo, minerIds, from });
    if (changed === null) throw none(customerId);
    const found = new Set(minerIds);
    return {
      from: from.toISOString(),
      changed,
      unchanged: minerIds.length - changed,
      unknown: "miner_ids" in choice ? [...new Set(choice.miner_ids)].filter((id) => !found.has(id)) : [],
    };
  };

  return {
    find,
    list: (): Promise<Customer[]> => store.list(),

    create: async (body: BodyOf<typeof CreateCustomer>): Promise<Customer> => {
      const taken = await store.create(body);
      if (taken === "id")
        throw problem(409, "CUSTOMER_EXISTS", `there is, or was, a customer "${body.customer_id}"`, {
          path: "customer_id",
        });
      if (taken === "name") throw nameTaken(body.name);
      return find(body.customer_id);
    },

    update: async (customerId: string, body: BodyOf<typeof UpdateCustomer>): Promise<Customer> => {
      const { name, contact, note } = await find(customerId);
      const changed = { name: body.name ?? name, contact: body.contact ?? contact, note: body.note ?? note };
      if (!(await store.update({ customer_id: customerId, ...changed }))) throw nameTaken(changed.name);
      return find(customerId);
    },

    remove: async (customerId: string): Promise<null> => {
      await find(customerId);
      if (!(await store.remove(customerId)))
        throw problem(409, "CUSTOMER_HAS_MINERS", "miners are this customer's; release them first", {
          path: "customer_id",
        });
      return null;
    },

    miners: async (
      customerId: string,
      query: QueryOf<typeof ListCustomerMiners>,
    ): Promise<ReplyOf<typeof ListCustomerMiners>["data"]> => {
      await find(customerId);
      return store.miners(customerId, query);
    },

    assign: (customerId: string, wish: Assignment): Promise<Assigned> => change(customerId, wish, store.assign),
    release: (customerId: string, wish: Assignment): Promise<Assigned> => change(customerId, wish, store.release),
  };
};
