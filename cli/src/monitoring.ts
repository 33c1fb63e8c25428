import { EXIT_USAGE } from "@banksman/kit";
import { parseFlags } from "./parse-flags.ts";
import type { Subcommand } from "./subcommand.ts";

const help = `
usage: banksman monitoring targets [--inventory FILE] [--out FILE]
       banksman monitoring prometheus [--inventory FILE] [--out FILE]

Makes Prometheus' configuration from the inventory of what runs where.

  targets     scrape targets as JSON for file_sd_configs (and as the server gives at /metrics/targets)
  prometheus  a whole prometheus.yml: a job for each collector of this machine, one for those elsewhere,
              one for each other role

  --inventory FILE  the inventory (config/fleet.yml)
  --out FILE        write it there, whole or not at all, instead of printing it

docs/monitoring.md tells how Prometheus, Grafana and Alertmanager are set up.

exit codes: 0 done; 1 can't be written; 2 bad usage or inventory
`;

export const monitoringCommand: Subcommand = {
  name: "monitoring",
  summary: "scrape targets and Prometheus' configuration from one inventory",
  help: help.trim(),
  run: async (args) => {
    const { runMonitoring } = await import("@banksman/monitoring");
    const [what, ...rest] = args;
    if (what !== "targets" && what !== "prometheus") {
      process.stderr.write("banksman monitoring: say targets or prometheus. --help tells more.\n");
      return EXIT_USAGE;
    }
    const { values } = parseFlags({ args: rest, options: { inventory: { type: "string" }, out: { type: "string" } } });
    return await runMonitoring(what, values);
  },
};
