import { z } from "zod";
import { GivenPermissions, Permission, Scope } from "./permission.ts";
import { defineRoute, reply } from "./route.ts";

const time = z.iso.datetime();
export const LONGEST_TOKEN_DAYS = 366;

/** A token for programs. It does what it names and its owner may do, within its scope, until it runs out. */
export const ApiToken = z.object({
  token_id: z.int(),
  name: z.string(),
  /** The first characters, enough to tell tokens apart. */
  hint: z.string(),
  username: z.string(),
  permissions: z.array(Permission),
  scope: Scope,
  created_at: time,
  expires_at: time,
  last_used_at: time.nullable(),
  revoked_at: time.nullable(),
});
export type ApiToken = z.infer<typeof ApiToken>;

const byId = z.object({ token_id: z.coerce.number().int().min(1).max(2_147_483_647) });

export const ListOwnApiTokens = defineRoute({
  method: "GET",
  path: "/session/tokens",
  summary: "One's own API tokens, without the tokens themselves",
  needs: "session",
  reply: reply(z.object({ tokens: z.array(ApiToken) })),
});

export const CreateApiToken = defineRoute({
  method: "POST",
  path: "/session/tokens",
  summary: "Makes an API token of permissions one holds; the reply is the only time it is shown",
  needs: "session",
  body: z.object({
    name: z.string().trim().min(1).max(100),
    permissions: GivenPermissions,
    scope: Scope.default({ of: "all" }),
    days: z.int().min(1).max(LONGEST_TOKEN_DAYS),
  }),
  reply: reply(ApiToken.extend({ token: z.string() })),
});

export const RevokeOwnApiToken = defineRoute({
  method: "DELETE",
  path: "/session/tokens/:token_id",
  summary: "Revokes one of one's own API tokens at once",
  needs: "session",
  params: byId,
  reply: reply(ApiToken),
});

export const ListApiTokens = defineRoute({
  method: "GET",
  path: "/api-tokens",
  summary: "Everybody's API tokens",
  needs: "token.manage",
  reply: reply(z.object({ tokens: z.array(ApiToken) })),
});

export const RevokeApiToken = defineRoute({
  method: "DELETE",
  path: "/api-tokens/:token_id",
  summary: "Revokes somebody's API token at once",
  needs: "token.manage",
  params: byId,
  reply: reply(ApiToken),
});
