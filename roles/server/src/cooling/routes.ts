import {
  CreateCoolingUnit,
  DeleteCoolingUnit,
  GetCoolingFaults,
  GetCoolingHistory,
  GetCoolingOverview,
  GetCoolingRounds,
  GetCoolingTrend,
  GetCoolingUnit,
  ListCoolingUnits,
  PostCoolingUpload,
  UpdateCoolingUnit,
} from "@banksman/wire/api";
import type { Api } from "../http/api.ts";
import { membersOf } from "../http/audit-call.ts";
import { authorise } from "../http/caller.ts";
import { problem } from "../http/problem.ts";
import { readUploadBody } from "../ingest/body.ts";
import type { CoolingService } from "./service.ts";
import type { CoolingUploadService } from "./upload-service.ts";

export function coolingRoutes(api: Api, cooling: CoolingService): void {
  api.on(ListCoolingUnits, async ({ sites, query }) => ({ units: await cooling.list(sites, query) }));
  api.on(GetCoolingOverview, ({ sites, query }) => cooling.overview(sites, query));
  api.on(GetCoolingTrend, ({ sites, query }) => cooling.trend(sites, query));
  api.on(GetCoolingUnit, ({ params }) => cooling.get(params));
  api.on(GetCoolingHistory, ({ params, query }) => cooling.history(params, query));
  api.on(GetCoolingFaults, async ({ params, query }) => ({ faults: await cooling.faults(params, query) }));
  api.on(GetCoolingRounds, async ({ params, query }) => ({
    rounds: await cooling.rounds(params.site_id, query.hours),
  }));
  // Another site's collectors may be set to read a unit only by who may manage that site too.
  api.on(CreateCoolingUnit, ({ params, body, caller, audit }) => {
    if (body.collected_by != null) authorise(caller, CreateCoolingUnit.needs, body.collected_by);
    audit.note({ target: `${params.site_id}/${body.host}` });
    return cooling.create(params.site_id, body);
  });
  api.on(UpdateCoolingUnit, async ({ params, body, caller, audit }) => {
    if (body.collected_by != null) authorise(caller, UpdateCoolingUnit.needs, body.collected_by);
    audit.note({ before: membersOf(body, (await cooling.get(params)).settings) });
    return cooling.update(params, body);
  });
  api.on(DeleteCoolingUnit, async ({ params }) => {
    await cooling.remove(params);
    return params;
  });
}

/** The upload reads its own body: see the scope it is served in. */
export const coolingUploadRoutes =
  (uploads: CoolingUploadService) =>
  (api: Api): void =>
    api.onRaw(PostCoolingUpload, async ({ caller, request }) => {
      if (caller.is !== "collector") throw problem(401, "NOT_SIGNED_IN", "send a valid X-Collector-Key");
      const body = await readUploadBody(request.raw, {
        contentType: request.headers["content-type"],
        contentEncoding: request.headers["content-encoding"],
      });
      return uploads.accept({ siteNo: caller.siteNo, siteId: caller.siteId, body });
    });
