import { EXIT_USAGE } from "@banksman/kit";
import { parseFlags } from "./parse-flags.ts";
import type { Subcommand } from "./subcommand.ts";

const help = `
usage: banksman pool-watch [--config FILE] [--once]
       banksman pool-watch [--config FILE] [--interval S]

Reads accounts at mining pools, says on Telegram and other channels which workers stopped sending shares, and
takes the message away again when they are back or its time is over.

  --config FILE  YAML or JSON (pool-watch.yml)
  --once         one check, for a timer; messages that an earlier run left to delete are deleted first
  --interval S   seconds between two checks of a running watcher (300)

Pools: f2pool-v1, f2pool-v2, antpool, viabtc, braiins, luxor, ocean, nicehash, ckpool.
Environment variables go over the file: TELEGRAM_TOKEN, TELEGRAM_CHAT_ID, POOL_API_KEY; LOG_LEVEL.
docs/pool-watch.md explains every key.

exit codes: 0 checked, alarm or not; 1 a pool could not be read or a message did not leave; 2 bad usage or
configuration
`;

export const poolWatchCommand: Subcommand = {
  name: "pool-watch",
  summary: "watch accounts at pools: who is offline, on Telegram and elsewhere",
  help: help.trim(),
  run: async (args) => {
    const { runPoolWatch } = await import("@banksman/pool-watch");
    const { values } = parseFlags({
      args,
      options: { config: { type: "string" }, once: { type: "boolean" }, interval: { type: "string" } },
    });
    const interval = values.interval === undefined ? undefined : Number(values.interval);
    if (interval !== undefined && !(interval >= 5)) {
      process.stderr.write(`banksman pool-watch: --interval ${values.interval}: a number of seconds, at least 5\n`);
      return EXIT_USAGE;
    }
    return runPoolWatch({ config: values.config, once: values.once ?? false, interval });
  },
};
