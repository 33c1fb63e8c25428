import { parseFlags } from "./parse-flags.ts";
import type { Subcommand } from "./subcommand.ts";

const help = `
usage: banksman server [--config FILE]

Takes readings from edges, keeps them, and shows them in the browser. Without DATABASE_URL it runs its own PostgreSQL in
./data. The first start prints the first admin's password once.

  --config FILE   JSON or YAML; without it banksman.yaml or banksman.json in this folder, if there is one

Environment variables go over the file: HOST (127.0.0.1), PORT (8080), PUBLIC_URL, DATABASE_URL, REDIS_URL, DATA_DIR
(./data), ADMIN_USERNAME, ADMIN_PASSWORD, PUBLIC_READ, METRICS_TOKEN, METRICS_ALLOW, LOG_LEVEL.
docs/server.md explains every key.

exit codes: 0 stopped, 1 failed, 2 bad usage or configuration
`;

export const serverCommand: Subcommand = {
  name: "server",
  summary: "take readings, keep them, show them in the browser",
  help: help.trim(),
  run: async (args) => {
    // Loaded when it runs: no command waits for the libraries of another.
    const { runServer } = await import("@banksman/server");
    const { values } = parseFlags({ args, options: { config: { type: "string" } } });
    return runServer(values.config);
  },
};
