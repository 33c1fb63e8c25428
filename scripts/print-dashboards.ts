import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { dashboards } from "../packages/monitoring/src/dashboards/index.ts";

/** Writes deploy/monitoring/grafana/dashboards from their sources in packages/monitoring. */
for (const [name, dashboard] of Object.entries(dashboards)) {
  const file = fileURLToPath(new URL(`../deploy/monitoring/grafana/dashboards/${name}.json`, import.meta.url));
  await writeFile(file, `${JSON.stringify(dashboard, null, 2)}\n`);
}
