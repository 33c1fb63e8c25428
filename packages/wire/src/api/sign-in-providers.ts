import { z } from "zod";
import { Grant } from "./permission.ts";
import { defineRoute, reply } from "./route.ts";

/** Who is in this group at the provider has this grant here. */
export const GroupMapping = z.object({ group: z.string().trim().min(1).max(200), grant: Grant });
export type GroupMapping = z.infer<typeof GroupMapping>;

const ProviderId = z
  .string()
  .min(1)
  .max(40)
  .regex(/^[a-z0-9-]+$/, "lower-case letters, digits and - only");

const Fields = {
  /** What the button on the sign-in page says. */
  title: z.string().trim().min(1).max(60),
  issuer: z.url("an address such as https://login.example.com"),
  client_id: z.string().trim().min(1).max(200),
  /** Space-separated; `openid` is asked for in any case. */
  scopes: z.string().trim().max(200),
  /** The claim that lists a person's groups. */
  group_claim: z.string().trim().min(1).max(100),
  mappings: z.array(GroupMapping).max(200),
  enabled: z.boolean(),
};
const Secret = z.string().min(1).max(1_000).meta({ writeOnly: true });

/** An OpenID Connect provider that people may sign in with. Grants follow their groups at each sign-in. */
export const SignInProvider = z.object({
  provider: z.string(),
  ...Fields,
  has_secret: z.boolean(),
  /** To be registered at the provider. */
  redirect_uri: z.string(),
  updated_at: z.iso.datetime(),
  updated_by: z.string().nullable(),
});
export type SignInProvider = z.infer<typeof SignInProvider>;

const params = z.object({ provider: z.string().max(64) });

export const ListProviders = defineRoute({
  method: "GET",
  path: "/sign-in-providers",
  summary: "Sign-in providers with their group → role mapping",
  needs: "role.manage",
  reply: reply(z.object({ providers: z.array(SignInProvider) })),
});

export const CreateProvider = defineRoute({
  method: "POST",
  path: "/sign-in-providers",
  summary: "Adds a sign-in provider; its secret is kept sealed and never shown again",
  needs: "role.manage",
  body: z.object({
    provider: ProviderId,
    ...Fields,
    scopes: Fields.scopes.default("openid profile email"),
    group_claim: Fields.group_claim.default("groups"),
    mappings: Fields.mappings.default([]),
    enabled: Fields.enabled.default(true),
    client_secret: Secret.optional(),
  }),
  reply: reply(SignInProvider),
});

export const UpdateProvider = defineRoute({
  method: "PATCH",
  path: "/sign-in-providers/:provider",
  summary: "Changes a sign-in provider",
  needs: "role.manage",
  params,
  body: z.object({ ...Fields, client_secret: Secret.nullable() }).partial(),
  reply: reply(SignInProvider),
});

export const DeleteProvider = defineRoute({
  method: "DELETE",
  path: "/sign-in-providers/:provider",
  summary: "Removes a sign-in provider; accounts that came by it stay, without a way in",
  needs: "role.manage",
  params,
  reply: reply(z.null()),
});
