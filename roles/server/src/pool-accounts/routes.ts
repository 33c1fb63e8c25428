import {
  AddPoolAccount,
  GetPoolAccount,
  GetPoolAccountHistory,
  ListPoolAccounts,
  PostPoolAccountReadings,
  ReadPoolAccount,
  RemovePoolAccount,
} from "@banksman/wire/api";
import type { Api } from "../http/api.ts";
import { problem } from "../http/problem.ts";
import type { PoolAccountService } from "./service.ts";

export function poolAccountRoutes(api: Api, accounts: PoolAccountService): void {
  api.on(ListPoolAccounts, ({ query }) => accounts.list(query.site_id));
  api.on(AddPoolAccount, ({ body, caller }) =>
    accounts.add(body, caller.is === "person" ? caller.username : "an API client"),
  );
  api.on(RemovePoolAccount, ({ params }) => accounts.remove(params.account_no));
  api.on(ReadPoolAccount, ({ params }) => accounts.readNow(params.account_no));
  api.on(GetPoolAccount, ({ params, query }) => accounts.detail(params.account_no, query));
  api.on(GetPoolAccountHistory, ({ params, query }) => accounts.history(params.account_no, query));
  api.on(PostPoolAccountReadings, ({ body, caller }) => {
    if (caller.is !== "collector") throw problem(401, "NOT_SIGNED_IN", "send a valid X-Collector-Key");
    return accounts.take(caller.siteNo, body);
  });
}
