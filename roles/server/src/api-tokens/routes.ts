import { CreateApiToken, ListApiTokens, ListOwnApiTokens, RevokeApiToken, RevokeOwnApiToken } from "@banksman/wire/api";
import type { Api } from "../http/api.ts";
import type { Caller } from "../http/caller.ts";
import { signedIn } from "../sessions/routes.ts";
import type { ApiTokenService } from "./service.ts";

type Users = { numberToChange: (username: string, by: Caller) => Promise<number> };

export function apiTokenRoutes(api: Api, tokens: ApiTokenService, users: Users): void {
  api.on(ListOwnApiTokens, async ({ caller }) => ({ tokens: await tokens.list(signedIn(caller).userNo) }));
  api.on(CreateApiToken, async ({ caller, body, audit }) => {
    const created = await tokens.create(signedIn(caller), body);
    audit.note({ target: String(created.token_id) });
    return created;
  });
  api.on(RevokeOwnApiToken, ({ caller, params }) => tokens.revoke(params.token_id, signedIn(caller).userNo));
  api.on(ListApiTokens, async () => ({ tokens: await tokens.list() }));
  api.on(RevokeApiToken, async ({ params, caller }) => {
    const userNo = await users.numberToChange(await tokens.ownerOf(params.token_id), caller);
    return tokens.revoke(params.token_id, userNo);
  });
}
