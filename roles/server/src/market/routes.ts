import { GetMarket, GetMinerProfits, GetProfitability, SetMarket, SetTariff, UploadMarket } from "@banksman/wire/api";
import type { Api } from "../http/api.ts";
import type { MarketService } from "./service.ts";

export function marketRoutes(api: Api, market: MarketService): void {
  api.on(GetMarket, () => market.market());
  api.on(SetMarket, ({ body, caller }) => market.set(body, caller.is === "person" ? caller.username : "an API client"));
  api.on(UploadMarket, ({ body }) => market.takeFacts(body.facts));
  api.on(SetTariff, ({ params, body }) => market.setTariff(params.site_id, body));
  api.on(GetProfitability, ({ query }) => market.profitability(query.site_id));
  api.on(GetMinerProfits, ({ params, query }) => market.miners(params.site_id, query.page, query.per_page));
}
