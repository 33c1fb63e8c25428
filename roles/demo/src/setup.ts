import { CreateCollectorKey, CreateSite, ListSites, SignIn } from "@banksman/wire/api";
import { z } from "zod";

const Refusal = z.object({ detail: z.string() });

/** Speaks to the server's API as a browser would: with the cookie of a signed-in person. */
async function call(
  url: string,
  path: string,
  options: { method?: string; body?: object; cookie?: string },
): Promise<Response> {
  const response = await fetch(`${url}/api${path}`, {
    method: options.method ?? "GET",
    headers: {
      ...(options.body ? { "content-type": "application/json" } : {}),
      ...(options.cookie ? { cookie: options.cookie } : {}),
    },
    ...(options.body ? { body: JSON.stringify(options.body) } : {}),
  });
  if (!response.ok) {
    const refusal = Refusal.safeParse(await response.json().catch(() => null));
    throw new Error(`${options.method ?? "GET"} ${path}: ${refusal.success ? refusal.data.detail : response.status}`);
  }
  return response;
}

/** Signs in and gives the session's cookie. */
export async function signIn(url: string, username: string, password: string): Promise<string> {
  const response = await call(url, SignIn.path, { method: SignIn.method, body: { username, password } });
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
