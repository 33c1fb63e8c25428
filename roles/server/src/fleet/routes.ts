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
  api.on(GetLatest, ({ params, containers, query }) => fleet.latest(params.site_id, containers, query));
  api.on(GetSummary, ({ params, containers }) => fleet.summary(params.site_id, containers));
  api.on(GetHistory, ({ params, containers, query }) =>
    fleet.history(params.site_id, containers, params.miner_id, query.metric, query.hours),
  );
  api.on(GetMiner, ({ params, containers }) => fleet.miner(params.site_id, containers, params.miner_id));
  api.on(GetMinerEvents, async ({ params, containers, query }) => ({
    events: await fleet.events(params.site_id, containers, params.miner_id, query.hours),
  }));
  api.on(GetSiteHistory, ({ params, query }) => fleet.siteHistory(params.site_id, query.hours));
  api.on(GetRacks, async ({ params, containers }) => ({ cells: await fleet.racks(params.site_id, containers) }));
  api.on(GetSparklines, async ({ params, containers, query }) => ({
    sparklines: await fleet.sparklines(params.site_id, containers, query.miner_ids),
  }));
}
