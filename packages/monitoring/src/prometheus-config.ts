import { stringify } from "yaml";
import type { Inventory } from "./inventory.ts";
import { type TargetGroup, targetGroups } from "./targets.ts";

/** The configuration of a Prometheus that scrapes the inventory every 15 s, evaluates the rules and sends alerts on. */
export function prometheusConfig(inventory: Inventory): string {
  const byJob = Map.groupBy(targetGroups(inventory), ({ labels }) => labels.job ?? "banksman");
  return stringify(
    {
      global: { scrape_interval: "15s", evaluation_interval: "15s" },
      rule_files: ["rules/*.yml"],
      alerting: { alertmanagers: [{ static_configs: [{ targets: ["alertmanager:9093"] }] }] },
      scrape_configs: [
        { job_name: "prometheus", static_configs: [{ targets: ["127.0.0.1:9090"] }] },
        ...[...byJob].map(([job, groups]) => ({ ...scrapeJob(job, groups), ...authorization(inventory) })),
        // What a generator or a person puts there later is scraped without a restart.
        {
          job_name: "banksman",
          ...authorization(inventory),
          file_sd_configs: [{ files: ["targets/*.json"], refresh_interval: "15s" }],
        },
      ],
    },
    { singleQuote: true, lineWidth: 0 },
  );
}

/** A guarded /metrics takes the token of this file; one that is not guarded does not look at it. */
const authorization = ({ metrics_token_file: file }: Inventory) =>
  file === undefined ? {} : { authorization: { credentials_file: file } };

function scrapeJob(job: string, groups: readonly TargetGroup[]) {
  return {
    job_name: job,
    static_configs: groups.map(({ targets, labels: { job: _job, __scheme__, ...labels } }) => ({ targets, labels })),
    ...(groups.some(({ labels }) => labels.__scheme__ === "https") ? { scheme: "https" } : {}),
  };
}
