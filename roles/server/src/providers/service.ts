import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { Clock } from "@banksman/kit";
import type { Egress } from "@banksman/kit/egress";
import type { BodyOf, CreateProvider, Grant, SignInProvider, UpdateProvider } from "@banksman/wire/api";
import type { Transaction } from "kysely";
import { z } from "zod";
import type { Schema } from "../db/schema.ts";
import type { Caller } from "../http/caller.ts";
import { nameOf } from "../http/caller.ts";
import { problem } from "../http/problem.ts";
import { begin, type Client, finish } from "./openid.ts";
import { distinctGrants, type ProviderStore, type StoredProvider } from "./store.ts";

const JOURNEY_MS = 10 * 60_000;

type Vault = { seal: (text: string) => Buffer; open: (sealed: Buffer) => string };
type Accounts = {
  /** Throws when a grant names what there is not, or is more than the caller holds. */
  checkGrants: (by: Caller, grants: readonly Grant[]) => Promise<void>;
  /** Makes an account without a password; `link` runs in the same transaction. Gives its number. */
  createFromProvider: (
    names: readonly string[],
    grants: readonly Grant[],
    link: (tx: Transaction<Schema>, userNo: number) => Promise<void>,
  ) => Promise<number>;
  replaceGrants: (userNo: number, grants: readonly Grant[]) => Promise<void>;
};
type Parts = { store: ProviderStore; accounts: Accounts; vault: Vault; egress: Egress; clock: Clock };

const hashOf = (text: string): Buffer => createHash("sha256").update(text).digest();

/** What is used of a person's claims. */
const Names = z.looseObject({ preferred_username: z.string().optional(), email: z.string().optional() });

/** Only a path of this server: a whole address would lead the browser away. */
const pathOf = (returnTo: string): string => (/^\/(?![/\\])[^\p{Cc}\\]*$/u.test(returnTo) ? returnTo : "/");

export type ProviderService = ReturnType<typeof providerService>;

/** Signing in with OpenID Connect providers: who may by their groups, and as what. */
export const providerService = ({ store, accounts, vault, egress, clock }: Parts) => {
  const find = async (provider: string): Promise<StoredProvider> => {
    const found = (await store.all()).find((one) => one.provider === provider);
    if (!found)
      throw problem(404, "NO_SUCH_PROVIDER", `there is no sign-in provider "${provider}"`, { path: "provider" });
    return found;
  };
  /** One that people may sign in with now: one switched off reads as none. */
  const findOpen = async (provider: string): Promise<StoredProvider> => {
    const found = await find(provider);
    if (!found.enabled) throw problem(404, "NO_SUCH_PROVIDER", `there is no sign-in provider "${provider}"`);
    return found;
  };
  const clientOf = ({ issuer, client_id, client_secret, scopes }: StoredProvider): Client => ({
    issuer,
    client_id,
    scopes,
    client_secret: client_secret === null ? null : vault.open(client_secret),
  });
  const save = async (row: Omit<StoredProvider, "updated_at" | "updated_by">, by: Caller): Promise<void> => {
    await accounts.checkGrants(
      by,
      row.mappings.map(({ grant }) => grant),
    );
    const { protocol, hostname } = new URL(row.issuer);
    // Whoever stands between could answer as the provider: only an inner network that is allowed by name may do without.
    if (protocol !== "https:" && !(await isInner(hostname)))
      throw problem(400, "ISSUER_INSECURE", "an issuer beyond egress.allow begins with https://", { path: "issuer" });
    await store.save({ ...row, updated_by: nameOf(by) });
  };
  const isInner = async (hostname: string): Promise<boolean> => {
    const address = await egress.addressOf(hostname).catch(() => null);
    return address !== null && /^(127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|::1$|f[cd])/.test(address);
  };

  /** The account of who came back, with the grants of their groups; made where it is their first time. */
  const settle = async (provider: StoredProvider, claims: Awaited<ReturnType<typeof finish>>): Promise<number> => {
    const groups = groupsOf(claims, provider.group_claim);
    const grants = distinctGrants(
      provider.mappings.filter(({ group }) => groups.includes(group)).map(({ grant }) => grant),
    );
    if (grants.length === 0)
      throw problem(403, "NO_GROUP", "none of your groups at the sign-in provider has a role here; ask an admin");
    const known = await store.accountOf(claims.iss, claims.sub);
    if (known?.is_disabled) throw problem(403, "ACCOUNT_OFF", "this account is switched off; ask an admin");
    if (known) {
      await accounts.replaceGrants(known.user_no, grants);
      return known.user_no;
    }
    const { preferred_username, email } = Names.parse(claims);
    const wanted = [preferred_username, email, claims.sub].flatMap((name) =>
      name === undefined ? [] : [nameFrom(name)],
    );
    const names = [...wanted, ...wanted.map((name) => `${name.slice(0, 40)}@${provider.provider}`.slice(0, 64))];
    return accounts.createFromProvider(names.filter(Boolean), grants, (tx, userNo) =>
      store.link(tx, claims.iss, claims.sub, userNo),
    );
  };

  return {
    list: async (origin: string): Promise<SignInProvider[]> => (await store.all()).map((row) => toWire(row, origin)),
    /** Those that the sign-in page offers. */
    offered: async () =>
      (await store.all()).filter(({ enabled }) => enabled).map(({ provider, title }) => ({ provider, title })),

    create: async (body: BodyOf<typeof CreateProvider>, by: Caller, origin: string): Promise<SignInProvider> => {
      if ((await store.all()).some(({ provider }) => provider === body.provider))
        throw problem(409, "PROVIDER_EXISTS", `there is a provider "${body.provider}" already`, { path: "provider" });
      const { client_secret, ...row } = body;
      await save({ ...row, client_secret: client_secret === undefined ? null : vault.seal(client_secret) }, by);
      return toWire(await find(body.provider), origin);
    },
    update: async (provider: string, change: BodyOf<typeof UpdateProvider>, by: Caller, origin: string) => {
      const before = await find(provider);
      const { client_secret, ...rest } = change;
      const set = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
      const secret = client_secret ? vault.seal(client_secret) : client_secret === null ? null : before.client_secret;
      await save({ ...before, ...set, client_secret: secret }, by);
      return toWire(await find(provider), origin);
    },
    remove: async (provider: string): Promise<null> => {
      await find(provider);
      await store.remove(provider);
      return null;
    },

    /** Where to lead the browser, and the mark it has to come back with. */
    lead: async (provider: string, returnTo: string, origin: string): Promise<{ url: string; browser: string }> => {
      const found = await findOpen(provider);
      const journey = await begin(clientOf(found), redirectUriOf(provider, origin), egress);
      const browser = randomBytes(24).toString("base64url");
      const { verifier, nonce } = journey;
      const led = { provider, browser_hash: hashOf(browser), verifier, nonce, return_to: pathOf(returnTo) };
      await store.lead(hashOf(journey.state), led, new Date(clock.now() + JOURNEY_MS));
      return { url: journey.url.href, browser };
    },

    /** Who came back from a provider. Throws 401 for a journey of another browser, one that is over, or a false answer. */
    land: async (state: string, browser: string, query: string, origin: string) => {
      const led = await store.takeLed(hashOf(state));
      if (!led || !timingSafeEqual(led.browser_hash, hashOf(browser)))
        throw problem(401, "JOURNEY_OVER", "this sign-in took too long or was begun in another browser: begin again");
      const provider = await findOpen(led.provider);
      const redirectUri = redirectUriOf(led.provider, origin);
      const journey = { state, nonce: led.nonce, verifier: led.verifier, redirectUri };
      const claims = await finish(clientOf(provider), journey, new URL(`${redirectUri}?${query}`), egress);
      return { userNo: await settle(provider, claims), returnTo: led.return_to };
    },
  };
};

const redirectUriOf = (provider: string, origin: string) =>
  `${origin}/api/session/providers/${encodeURIComponent(provider)}/callback`;

function groupsOf(claims: Record<string, unknown>, claim: string): string[] {
  const told = z.union([z.string().transform((one) => [one]), z.array(z.string())]).safeParse(claims[claim]);
  return told.data ?? [];
}

const nameFrom = (name: string): string => name.replace(/[^\w.@+-]/g, "").slice(0, 64);

function toWire(row: StoredProvider, origin: string): SignInProvider {
  const { client_secret, updated_at, ...rest } = row;
  return {
    ...rest,
    has_secret: client_secret !== null,
    redirect_uri: redirectUriOf(row.provider, origin),
    updated_at: updated_at.toISOString(),
  };
}
