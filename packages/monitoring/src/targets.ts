import { type Collector, type Inventory, isLocal, isLoopback } from "./inventory.ts";

/** One entry of Prometheus' file and HTTP service discovery. */
export type TargetGroup = { targets: string[]; labels: Record<string, string> };

/**
 * Every /metrics of the inventory, for `file_sd_configs` and `http_sd_configs`. The label `job` takes the place of the
 * scrape configuration's own, so that one entry there serves all of them; no label is called `exchange`, `role` or
 * `instance`, which the metrics themselves or Prometheus set.
 */
export function targetGroups(inventory: Inventory): TargetGroup[] {
  const { environment } = inventory;
  const collectors = inventory.collectors.map((collector) => ({
    targets: [addressOf(inventory, collector)],
    labels: { job: jobOf(collector), collector: collector.name, machine: collector.machine, environment },
  }));
  const roles = inventory.roles.map((role) => ({
    targets: [addressOf(inventory, role)],
    labels: {
      job: `banksman-${role.role}`,
      machine: role.machine,
      environment,
      ...(role.scheme === "https" ? { __scheme__: "https" } : {}),
    },
  }));
  return [...collectors, ...roles];
}

/** Collectors on this machine have a job each, those elsewhere share one. */
const jobOf = (collector: Collector) =>
  isLocal(collector) ? `orderbook-collector-${collector.name}` : "orderbook-collector-remote";

function addressOf({ local_host }: Inventory, entry: { host: string; port: number }): string {
  const host = isLoopback(entry.host) ? local_host : entry.host;
  return `${host.includes(":") && !host.startsWith("[") ? `[${host}]` : host}:${entry.port}`;
}
