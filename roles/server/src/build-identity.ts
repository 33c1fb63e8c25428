import type { Clock, RoleContext } from "@banksman/kit";
import type { Egress } from "@banksman/kit/egress";
import type { JobFigures } from "@banksman/wire/model";
import type { FastifyInstance } from "fastify";
import { apiTokenRoutes } from "./api-tokens/routes.ts";
import { apiTokenService } from "./api-tokens/service.ts";
import { apiTokenStore } from "./api-tokens/store.ts";
import type { Audit } from "./audit/recorder.ts";
import type { ServerConfig } from "./config.ts";
import type { Database } from "./db/connect.ts";
import type { Api } from "./http/api.ts";
import { roleService } from "./identity/roles.ts";
import { roleStore } from "./identity/roles-store.ts";
import { identityRoutes } from "./identity/routes.ts";
import { identityService } from "./identity/service.ts";
import { identityStore } from "./identity/store.ts";
import { runEvery } from "./jobs/every.ts";
import { keyRoutes } from "./keys/routes.ts";
import { keyService } from "./keys/service.ts";
import { sealedStore } from "./keys/store.ts";
import { providerRoutes } from "./providers/routes.ts";
import { providerService } from "./providers/service.ts";
import { providerStore } from "./providers/store.ts";
import type { Vault } from "./secrets.ts";
import { onlinePeople } from "./sessions/online.ts";
import { sessionRoutes } from "./sessions/routes.ts";
import { sessionService } from "./sessions/service.ts";
import { signingKeyStore } from "./sessions/signing-key-store.ts";
import { signingKeys } from "./sessions/signing-keys.ts";
import { sessionStore } from "./sessions/store.ts";
import { passwordHashes } from "./sign-in/passwords.ts";
import { signInRoutes } from "./sign-in/routes.ts";
import { secondFactorService } from "./sign-in/second-factor.ts";
import { secondFactorStore } from "./sign-in/second-factor-store.ts";
import { signInService } from "./sign-in/service.ts";
import { signInTries } from "./sign-in/tries.ts";

const ONLINE_EVERY_MS = 15_000;

type Parts = {
  config: ServerConfig;
  database: Pick<Database, "db">;
  vault: Vault;
  egress: Egress;
  audit: Pick<Audit, "record">;
  clock: Clock;
};

/** Accounts, sessions, sign-in, API tokens, providers and keys. */
export function buildIdentity({ config, database: { db }, vault, egress, audit, clock }: Parts, context: RoleContext) {
  const { log, onStop } = context;
  const issuer = config.public_url === undefined ? "banksman" : new URL(config.public_url).origin;
  const keys = signingKeys({ store: signingKeyStore(db), vault, issuer, clock, log });
  const sessionRows = sessionStore(db);
  const online = onlinePeople(sessionRows, config.redis_url, clock, log);
  const sessions = sessionService({ store: sessionRows, keys, audit, onCome: () => void online.mirror(), clock });
  const factors = secondFactorService(secondFactorStore(db), vault, clock);
  const passwords = passwordHashes();
  const tokens = apiTokenService(apiTokenStore(db), clock);
  const accounts = identityService({ store: identityStore(db), passwords, sessions, factors, tokens, audit, clock });
  const tries = signInTries(db);
  const signIn = signInService({ accounts, passwords, tries, factors, sessions });
  const providers = providerService({ store: providerStore(db), accounts, vault, egress, clock });
  onStop("people online", () => online.close());
  runEvery("telling who is online", ONLINE_EVERY_MS, online.mirror, context);
  const { public_url: publicUrl } = config;

  return {
    accounts,
    sessions,
    tokens,
    online,
    routes: (api: Api, app: FastifyInstance): void => {
      sessionRoutes(api, { sessions, online, users: accounts, publicUrl });
      signInRoutes(api, { signIn, factors, sessions, accounts, publicUrl });
      identityRoutes(api, accounts, roleService(roleStore(db)));
      apiTokenRoutes(api, tokens, accounts);
      providerRoutes(api, { providers, signIn, audit, publicUrl, log });
      keyRoutes(api, app, keyService(sealedStore(db), vault, keys), keys.published);
    },
    upkeep: async (): Promise<JobFigures> => {
      await tries.forget();
      return sessions.upkeep();
    },
  };
}
