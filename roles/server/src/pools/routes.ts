import { GetPoolHistory, ListPools, POOL_STATS_ROUTES, PostPoolReadings, type Route } from "@banksman/wire/api";
import type { Api } from "../http/api.ts";
import { problem } from "../http/problem.ts";
import { askPoolStats, type PoolStatsSource } from "./forward.ts";
import type { PoolService } from "./service.ts";

export function poolRoutes(api: Api, pools: PoolService, source: PoolStatsSource): void {
  api.on(PostPoolReadings, ({ caller, body }) => {
    if (caller.is !== "collector") throw problem(401, "NOT_SIGNED_IN", "send a valid X-Collector-Key");
    return pools.accept(caller.siteNo, body);
  });
  // Live figures are the whole pool's, which belongs to no site.
  api.on(ListPools, async ({ sites }) => ({
    live: source.url !== undefined && sites === "all",
    pools: await pools.list(sites),
  }));
  api.on(GetPoolHistory, ({ query, sites }) => pools.history(query, sites));
  for (const route of POOL_STATS_ROUTES) {
    const untyped: Route = route;
    api.onRaw(untyped, async ({ request }) => {
      const params = untyped.params?.parse(request.params) ?? {};
      const query = untyped.query?.parse(request.query) ?? {};
      return { success: true, data: await askPoolStats(source, route, textsOf(params), query) };
    });
  }
}

const textsOf = (values: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
