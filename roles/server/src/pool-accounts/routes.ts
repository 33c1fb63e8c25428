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
import { nameOf } from "../http/caller.ts";
import { problem } from "../http/problem.ts";
import type { PoolAccountService } from "./service.ts";

export function poolAccountRoutes(api: Api, accounts: PoolAccountService): void {
  api.on(ListPoolAccounts, ({ query, sites }) => accounts.list(query.site_id, sites));
  api.on(AddPoolAccount, async ({ body, caller, sites, audit }) => {
    const account = await accounts.add(body, nameOf(caller), sites);
    audit.note({ target: String(account.account_no) });
    return account;
  });
  api.on(RemovePoolAccount, async ({ params, sites, audit }) => {
    const { site_id, pool, coin, account } = await accounts.one(params.account_no, sites);
    audit.note({ before: { site_id, pool, coin, account } });
    return accounts.remove(params.account_no, sites);
  });
  api.on(ReadPoolAccount, ({ params, sites }) => accounts.readNow(params.account_no, sites));
  api.on(GetPoolAccount, ({ params, query, sites }) => accounts.detail(params.account_no, query, sites));
  api.on(GetPoolAccountHistory, ({ params, query, sites }) => accounts.history(params.account_no, query, sites));
  api.on(PostPoolAccountReadings, ({ body, caller }) => {
    if (caller.is !== "collector") throw problem(401, "NOT_SIGNED_IN", "send a valid X-Collector-Key");
    return accounts.take(caller.siteNo, body);
  });
}
