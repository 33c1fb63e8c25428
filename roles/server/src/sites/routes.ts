import { CreateSite, GetSite, ListSites, UpdateSite } from "@banksman/wire/api";
import type { Api } from "../http/api.ts";
import type { SiteService } from "./service.ts";

export function siteRoutes(api: Api, sites: SiteService): void {
  api.on(ListSites, async () => ({ sites: await sites.list() }));
  api.on(GetSite, ({ params }) => sites.get(params.site_id));
  api.on(CreateSite, ({ body }) => sites.create(body));
  api.on(UpdateSite, ({ params, body }) => sites.update(params.site_id, body));
}
