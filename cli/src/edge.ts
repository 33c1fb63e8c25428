import { EXIT_USAGE } from "@banksman/kit";
import { parseFlags } from "./parse-flags.ts";
import type { Subcommand } from "./subcommand.ts";

const help = `
usage: banksman edge [--config FILE]            read all miners, again and again, and upload
       banksman edge --once [--json]            one sweep, its table, the upload
       banksman edge --test IP[:PORT] [--json]  one miner: identify, time each command, print the reading
       banksman edge --init                     write a starter configuration
       banksman edge --status [--json]          what waits in the spool

Collects from every miner of a site over the CGMiner API (port 4028) and uploads to the server. What the
server has not acknowledged waits in ./cache/offline_cache.db, through outages and restarts.

  --config FILE  JSON or YAML (collector_config.json in this folder)
  --dry-run      read, but neither store nor upload
  --json         print one JSON object instead of text

Environment variables go over the file: COLLECTOR_API_URL, COLLECTOR_API_KEY, COLLECTOR_SITE_ID; LOG_LEVEL.
docs/edge.md explains every key.

exit codes: 0 stopped, or all miners answered; 1 some did not, or the upload failed; 2 bad usage or configuration
`;

export const edgeCommand: Subcommand = {
  name: "edge",
  summary: "read every miner of a site and upload",
  help: help.trim(),
  run: async (args) => {
    // Loaded when it runs: no command waits for the libraries of another.
    const { deviceParts, runEdge, runInit, runStatus, runTest } = await import("@banksman/edge");
    const { values } = parseFlags({
      args,
      options: {
        config: { type: "string" },
        init: { type: "boolean" },
        test: { type: "string" },
        once: { type: "boolean" },
        status: { type: "boolean" },
        json: { type: "boolean", default: false },
        "dry-run": { type: "boolean", default: false },
      },
    });
    const { config, json, once, "dry-run": dryRun } = values;
    const modes = [values.init, values.test, once, values.status].filter((mode) => mode !== undefined);
    if (modes.length > 1) {
      process.stderr.write("banksman edge: --init, --test, --once and --status don't go together; give one of them.\n");
      return EXIT_USAGE;
    }
    if (values.init) return runInit(config);
    if (values.status) return runStatus(config, json, deviceParts);
    if (values.test !== undefined) return runTest(values.test, config, json, deviceParts);
    return runEdge({ config, once: once ?? false, dryRun, json }, deviceParts);
  },
};
