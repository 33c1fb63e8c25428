import { GetMarket, GetMinerProfits, GetProfitability, SetMarket, SetTariff, UploadMarket } from "@banksman/wire/api";
import type { Api } from "../http/api.ts";
import { membersOf } from "../http/audit-call.ts";
import { nameOf } from "../http/caller.ts";
import type { MarketService } from "./service.ts";

export function marketRoutes(api: Api, market: MarketService): void {
  api.on(GetMarket, () => market.market());
  api.on(SetMarket, async ({ body, caller, audit }) => {
    audit.note({ before: membersOf(body, await market.market()) });
    return market.set(body, nameOf(caller));
  });
  api.on(UploadMarket, ({ body }) => market.takeFacts(body.facts));
  api.on(SetTariff, async ({ params, body, audit }) => {
    audit.note({ before: await market.tariff(params.site_id) });
    return market.setTariff(params.site_id, body);
  });
  api.on(GetProfitability, ({ query, sites }) => market.profitability(query.site_id, sites));
  api.on(GetMinerProfits, ({ params, query }) => market.miners(params.site_id, query.page, query.per_page));
}
