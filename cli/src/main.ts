import { codeOf, EXIT_USAGE, leave, messageOf, VERSION } from "@banksman/kit";
import { auditCommand } from "./audit.ts";
import { coolingCommand } from "./cooling.ts";
import { demoCommand } from "./demo.ts";
import { discoverCommand } from "./discover.ts";
import { edgeCommand } from "./edge.ts";
import { keysCommand } from "./keys.ts";
import { marketCommand } from "./market.ts";
import { minerCommand } from "./miner.ts";
import { monitoringCommand } from "./monitoring.ts";
import { poolStatsCommand, statshttpdCommand } from "./pool-stats.ts";
import { poolWatchCommand } from "./pool-watch.ts";
import { serverCommand } from "./server.ts";
import { simCommand } from "./sim.ts";
import type { Subcommand } from "./subcommand.ts";

const subcommands: readonly Subcommand[] = [
  demoCommand,
  serverCommand,
  auditCommand,
  edgeCommand,
  discoverCommand,
  minerCommand,
  coolingCommand,
  poolWatchCommand,
  poolStatsCommand,
  statshttpdCommand,
  keysCommand,
  marketCommand,
  monitoringCommand,
  simCommand,
];

function overview(): string {
  const width = Math.max(...subcommands.map((command) => command.name.length), 8);
  const rows = subcommands.map((command) => `  ${command.name.padEnd(width)}  ${command.summary}`);
  return [
    "Banksman runs a bitcoin-mining operation, from the miner's TCP port to the wall screen.",
    "",
    "usage: banksman <command> [options]",
    "",
    ...rows,
    "",
    "banksman <command> --help tells more; banksman --version prints the version.",
    "",
  ].join("\n");
}

/** `| head` closes the pipe early: what nobody reads is dropped, while the work itself (a sweep, an upload) goes on. */
function outliveReader(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
}

/** Runs `banksman <args>` and resolves to the exit code: 2 for bad usage. */
export async function main(args: string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    process.stdout.write(overview());
    return 0;
  }
  if (name === "--version" || name === "-v") {
    process.stdout.write(`banksman ${VERSION}\n`);
    return 0;
  }
  const command = subcommands.find((candidate) => candidate.name === name);
  if (!command) {
    process.stderr.write(`banksman: there is no command "${name}". banksman --help lists them.\n`);
    return EXIT_USAGE;
  }
  if (rest.includes("--help") || rest.includes("-h")) {
    process.stdout.write(`${command.help.trimEnd()}\n`);
    return 0;
  }
  try {
    return await command.run(rest);
  } catch (error) {
    // parseArgs speaks in these codes; anything else is a fault of ours and may show its stack.
    if (!codeOf(error)?.startsWith("ERR_PARSE_ARGS_")) throw error;
    process.stderr.write(`banksman ${name}: ${messageOf(error)}\nbanksman ${name} --help tells more.\n`);
    return EXIT_USAGE;
  }
}

process.stdout.on("error", outliveReader);
// A socket or timer that a library left open must not keep a stopped role alive.
await leave(await main(process.argv.slice(2)));
