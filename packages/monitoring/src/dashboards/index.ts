import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { buildDashboard } from "./build.ts";
import { collectors } from "./collectors.ts";
import { edge } from "./edge.ts";
import { fleet } from "./fleet.ts";
import { poolStats } from "./pool-stats.ts";
import { server } from "./server.ts";

/** Every dashboard that is shipped, by the name of its file. */
export const dashboards: Record<string, Dashboard> = Object.fromEntries(
  Object.entries({ collectors, fleet, server, edge, "pool-stats": poolStats }).map(([name, spec]) => [
    name,
    buildDashboard(spec),
  ]),
);
