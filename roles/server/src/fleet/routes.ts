import {
  GetHistory,
  GetLatest,
  GetMiner,
  GetMinerEvents,
  GetRacks,
  GetSiteHistory,
  GetSparklines,
  GetSummary,
} from "@banksman/wire/api";
import type { Api } from "../http/api.ts";
import { type Caller, reachOf, type Within } from "../http/caller.ts";
import type { FleetService } from "./service.ts";

/** Who is told whose a miner is: whoever sees customers, and a customer's own people of theirs. */
const knowsCustomer =
  (caller: Caller, within: Within) =>
  (customerId: string): boolean =>
    reachOf(caller, "customer.read") === "all" || (within !== "all" && within.customers.includes(customerId));

export function fleetRoutes(api: Api, fleet: FleetService): void {
  api.on(GetLatest, ({ params, within, query }) => fleet.latest(params.site_id, within, query));
  api.on(GetSummary, ({ params, within }) => fleet.summary(params.site_id, within));
  api.on(GetHistory, ({ params, within, query }) =>
    fleet.history(params.site_id, within, params.miner_id, query.metric, query.hours),
  );
  api.on(GetMiner, ({ params, within, caller }) =>
    fleet.miner(params.site_id, within, params.miner_id, knowsCustomer(caller, within)),
  );
  api.on(GetMinerEvents, async ({ params, within, query }) => ({
    events: await fleet.events(params.site_id, within, params.miner_id, query.hours),
  }));
  api.on(GetSiteHistory, ({ params, query }) => fleet.siteHistory(params.site_id, query.hours));
  api.on(GetRacks, async ({ params, within }) => ({ cells: await fleet.racks(params.site_id, within) }));
  api.on(GetSparklines, async ({ params, within, query }) => ({
    sparklines: await fleet.sparklines(params.site_id, within, query.miner_ids),
  }));
}
