import { Provider } from "oidc-provider";

/**
 * An OpenID Connect provider as a process of its own: `node oidc-provider.ts ISSUER REDIRECT_URI`; prints when it listens.
 * Whoever types a name and any password is that person, in the group that stands behind the dot of their name.
 */
const [issuer = "", redirectUri = ""] = process.argv.slice(2);
const provider = new Provider(issuer, {
  clients: [
    {
      client_id: "banksman",
      client_secret: "a-secret-of-the-provider",
      redirect_uris: [redirectUri],
      grant_types: ["authorization_code"],
      response_types: ["code"],
    },
  ],
  pkce: { required: () => true },
  claims: { openid: ["sub"], profile: ["preferred_username"], groups: ["groups"] },
  scopes: ["openid", "profile", "groups"],
  cookies: { keys: ["only-for-tests"] },
  findAccount: (_context, id) => ({
    accountId: id,
    claims: async () => ({ sub: id, preferred_username: id, groups: [id.split(".")[1] ?? "none"] }),
  }),
});
provider.listen(Number(new URL(issuer).port), "127.0.0.1", () => process.stdout.write("listening\n"));
