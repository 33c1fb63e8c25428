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
import type { FleetService } from "./service.ts";

export function fleetRoutes(api: Api, fleet: FleetService): void {
  api.on(GetLatest, ({ params, query }) => fleet.latest(params.site_id, query));
  api.on(GetSummary, ({ params }) => fleet.summary(params.site_id));
  api.on(GetHistory, ({ params, query }) => fleet.history(params.site_id, params.miner_id, query.metric, query.hours));
  api.on(GetMiner, ({ params }) => fleet.miner(params.site_id, params.miner_id));
  api.on(GetMinerEvents, async ({ params, query }) => ({
    events: await fleet.events(params.site_id, params.miner_id, query.hours),
  }));
  api.on(GetSiteHistory, ({ params, query }) => fleet.siteHistory(params.site_id, query.hours));
  api.on(GetRacks, async ({ params }) => ({ cells: await fleet.racks(params.site_id) }));
  api.on(GetSparklines, async ({ params, query }) => ({
    sparklines: await fleet.sparklines(params.site_id, query.miner_ids),
  }));
}
