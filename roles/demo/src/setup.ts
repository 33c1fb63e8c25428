import {
  AddPoolAccount,
  CreateCollectorKey,
  CreateSite,
  ListPoolAccounts,
  ListSites,
  RemovePoolAccount,
  SignIn,
} from "@banksman/wire/api";
import { z } from "zod";
import { DemoErrors } from "./errors.ts";

const POOL_ACCOUNT = "minefarm";
const Refusal = z.object({ detail: z.string() });

type CallOptions = { method?: string; body?: object; cookie?: string };

/** Speaks to the server's API as a browser would: with the cookie of a signed-in person. */
function send(url: string, path: string, options: CallOptions): Promise<Response> {
  return fetch(`${url}/api${path}`, {
    method: options.method ?? "GET",
    headers: {
      ...(options.body ? { "content-type": "application/json" } : {}),
      ...(options.cookie ? { cookie: options.cookie } : {}),
    },
    ...(options.body ? { body: JSON.stringify(options.body) } : {}),
  });
}

export async function call(url: string, path: string, options: CallOptions): Promise<Response> {
  return accepted(await send(url, path, options), `${options.method ?? "GET"} ${path}`);
}

async function accepted(response: Response, request: string): Promise<Response> {
  if (response.ok) return response;
  const refusal = Refusal.safeParse(await response.json().catch(() => null));
  throw DemoErrors.REFUSED(request, refusal.success ? refusal.data.detail : String(response.status));
}

/** Signs in and gives the session's cookie, or null when the server knows another password. */
export async function signIn(url: string, username: string, password: string): Promise<string | null> {
  const response = await send(url, SignIn.path, { method: SignIn.method, body: { username, password } });
  if (response.status === 401) return null;
  await accepted(response, `${SignIn.method} ${SignIn.path}`);
  return response.headers.getSetCookie()[0]?.split(";")[0] ?? "";
}

/** Makes the demo's site unless it is there. */
export async function ensureSite(url: string, cookie: string, siteId: string): Promise<void> {
  const { data } = ListSites.reply.parse(await (await call(url, ListSites.path, { cookie })).json());
  if (data.sites.some((site) => site.site_id === siteId)) return;
  const body = {
    site_id: siteId,
    name: "North Ridge",
    region: "Demo",
    time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  };
  await call(url, CreateSite.path, { method: CreateSite.method, body, cookie });
}

/** The account of the demo's pool, whose address is another at each start. */
export async function ensurePoolAccount(url: string, cookie: string, siteId: string, poolUrl: string): Promise<void> {
  const { data } = ListPoolAccounts.reply.parse(await (await call(url, ListPoolAccounts.path, { cookie })).json());
  const known = data.accounts.find(({ account }) => account === POOL_ACCOUNT);
  if (known?.api_base === poolUrl) return;
  if (known)
    await call(url, `${ListPoolAccounts.path}/${known.account_no}`, { method: RemovePoolAccount.method, cookie });
  const body = { site_id: siteId, pool: "f2pool-v1", account: POOL_ACCOUNT, api_base: poolUrl };
  await call(url, AddPoolAccount.path, { method: AddPoolAccount.method, body, cookie });
}

export async function makeKey(url: string, cookie: string, siteId: string): Promise<string> {
  const path = `/sites/${siteId}/collector-keys`;
  const response = await call(url, path, { method: "POST", body: { name: "demo edge" }, cookie });
  return CreateCollectorKey.reply.parse(await response.json()).data.collector_key;
}

/** Whether the key still opens the site: the data may have been thrown away since it was written down. */
export async function keyWorks(url: string, key: string, siteId: string): Promise<boolean> {
  const response = await fetch(`${url}/api/collector/summary/${siteId}`, { headers: { "x-collector-key": key } });
  return response.ok;
}
