import { CreateCollectorKey, GetCollectorStatus, ListCollectorKeys, RevokeCollectorKey } from "@banksman/wire/api";
import type { Api } from "../http/api.ts";
import { authorise } from "../http/caller.ts";
import { problem } from "../http/problem.ts";
import type { CollectorService } from "./service.ts";

export function collectorRoutes(api: Api, collectors: CollectorService): void {
  api.on(GetCollectorStatus, async ({ query, caller, request }) => {
    const header = request.headers["x-site-id"];
    const siteId =
      query.site_id ?? (typeof header === "string" ? header : caller.is === "collector" ? caller.siteId : undefined);
    if (siteId === undefined)
      throw problem(400, "INVALID_INPUT", "say which site: ?site_id=… or X-Site-ID", { path: "site_id" });
    authorise(caller, GetCollectorStatus.needs, siteId);
    return { site_id: siteId, server_time: new Date().toISOString(), collectors: await collectors.status(siteId) };
  });
  api.on(ListCollectorKeys, async ({ params }) => ({ keys: await collectors.keys(params.site_id) }));
  api.on(CreateCollectorKey, async ({ params, body, caller, audit }) => {
    const by = caller.is === "person" ? caller.username : null;
    const key = await collectors.createKey(params.site_id, body.name, by);
    audit.note({ target: `${params.site_id}/${key.key_id}`, after: { name: key.name, hint: key.hint } });
    return key;
  });
  api.on(RevokeCollectorKey, ({ params }) => collectors.revokeKey(params.site_id, params.key_id));
}
