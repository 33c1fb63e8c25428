import { CreateSite, GetSite, ListSites, UpdateSite } from "@banksman/wire/api";
import type { Api } from "../http/api.ts";
import { membersOf } from "../http/audit-call.ts";
import { authorise, withinAt } from "../http/caller.ts";
import type { SiteService } from "./service.ts";

export function siteRoutes(api: Api, sites: SiteService): void {
  api.on(ListSites, async ({ caller }) => ({
    sites: await sites.list((siteId) => withinAt(caller, ListSites.needs, siteId)),
  }));
  api.on(GetSite, ({ params, within }) => sites.get(params.site_id, within));
  api.on(CreateSite, ({ body, audit }) => {
    audit.note({ target: body.site_id });
    return sites.create(body);
  });
  api.on(UpdateSite, async ({ params, body, caller, audit }) => {
    // Grants go by region: whoever moves a site gives it to others.
    if (body.region !== undefined) authorise(caller, UpdateSite.needs, undefined);
    audit.note({ before: membersOf(body, await sites.get(params.site_id)) });
    return sites.update(params.site_id, body);
  });
}
