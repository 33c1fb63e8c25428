import { messageOf } from "@banksman/kit";
import { POOL_STATS_PREFIX, type POOL_STATS_ROUTES } from "@banksman/wire/api";
import { Problem } from "@banksman/wire/ingest";
import { problem } from "../http/problem.ts";

/** Where the live figures of the pool page come from; asked with its own credentials, never with the caller's. */
export type PoolStatsSource = { url: string | undefined; token: string | undefined };

/** A pool of a million workers takes a while to sort. */
const PATIENCE_MS = 15_000;

type PoolStatsRoute = (typeof POOL_STATS_ROUTES)[number];

/**
 * Asks pool-stats what a route of `/pool-stats/v1` asks and gives its reply, parsed: what it says reaches a browser only
 * in the form that the wire knows. Throws problem details where there is no pool-stats, or none that answers.
 */
export async function askPoolStats<R extends PoolStatsRoute>(
  { url, token }: PoolStatsSource,
  route: R,
  params: Record<string, string>,
  query: Record<string, unknown>,
): Promise<unknown> {
  if (url === undefined)
    throw problem(404, "NO_POOL_STATS", "no pool-stats process is configured: set pool_stats_url to its address");
  const path = route.path.slice(POOL_STATS_PREFIX.length).replace(/:(\w+)/g, (_, name: string) => {
    return encodeURIComponent(params[name] ?? "");
  });
  const target = new URL(`${url.replace(/\/$/, "")}/api/v1${path}`);
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) target.searchParams.set(name, String(value));
  const { status, body } = await fetchJson(target, token);
  if (status === 200) {
    const parsed = route.reply.safeParse(body);
    if (parsed.success) return parsed.data.data;
    throw problem(
      503,
      "POOL_STATS_AWAY",
      "what pool-stats answers is not of this version; update the older of the two",
    );
  }
  const refusal = Problem.safeParse(body);
  if ((status === 400 || status === 404) && refusal.success)
    throw problem(status, refusal.data.code ?? "NOT_FOUND", refusal.data.detail ?? "pool-stats knows nothing of it");
  throw problem(503, "POOL_STATS_AWAY", `pool-stats answers ${status}; is pool_stats_token its http_token?`);
}

async function fetchJson(target: URL, token: string | undefined): Promise<{ status: number; body: unknown }> {
  try {
    const response = await fetch(target, {
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      redirect: "error",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const text = await response.text();
    return { status: response.status, body: text.startsWith("{") ? JSON.parse(text) : null };
  } catch (error) {
    const why = error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : messageOf(error);
    throw problem(503, "POOL_STATS_AWAY", `pool-stats at ${target.origin} does not answer: ${why}`, {
      retryAfterSeconds: 5,
    });
  }
}
