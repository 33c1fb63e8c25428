import { EXIT_USAGE } from "@banksman/kit";
import { parseFlags } from "./parse-flags.ts";
import type { Subcommand } from "./subcommand.ts";

const help = `
usage: banksman pool-stats -c statshttpd.cfg [-l DIR]
       banksman statshttpd -c statshttpd.cfg [-l DIR]

Counts the shares of a pool's share log by worker, user and pool, answers over HTTP and keeps the table
mining_workers up to date. Takes the place of btcpool's statshttpd: its cfg, its Kafka topics, its MySQL tables
and its HTTP interface stay as they are.

  -c, --config FILE  the configuration, in libconfig syntax
  -l, --log DIR      write statshttpd.INFO, .WARNING and .ERROR there; without it JSON lines go to stderr,
                     as with "-l stderr"

docs/pool-stats.md explains every key. Environment: LOG_LEVEL.

exit codes: 0 stopped, 1 failed, 2 bad usage or configuration
`;

async function run(args: string[]): Promise<number> {
  // Loaded when it runs: no command waits for the libraries of another.
  const { runPoolStats } = await import("@banksman/pool-stats");
  const { values } = parseFlags({
    args,
    options: { config: { type: "string", short: "c" }, log: { type: "string", short: "l" } },
  });
  if (values.config === undefined) {
    process.stderr.write("banksman pool-stats: name the configuration: -c statshttpd.cfg. --help tells more.\n");
    return EXIT_USAGE;
  }
  return runPoolStats({ config: values.config, logDir: values.log === "stderr" ? undefined : values.log });
}

export const poolStatsCommand: Subcommand = {
  name: "pool-stats",
  summary: "count a pool's shares: windows over HTTP and in MySQL",
  help: help.trim(),
  run,
};

/** Scripts that start the original by its name go on working. */
export const statshttpdCommand: Subcommand = {
  ...poolStatsCommand,
  name: "statshttpd",
  summary: "the same as pool-stats",
};
