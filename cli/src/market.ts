import { parseArgs } from "node:util";
import { EXIT_USAGE } from "@banksman/kit";
import type { Subcommand } from "./subcommand.ts";

const help = `
usage: banksman market serve --config FILE [--host H] [--port P]

Collects order books, trades and prices of an exchange: MEXC, Gate.io, Binance or Bybit, spot or perpetuals.
quants-lab's YAML files work unchanged; config/ has one for each exchange.

serve: one collector, until SIGTERM. SIGHUP reads the pairs of its file again.
  --config FILE  YAML, such as config/orderbook_tick_mexc_websocket.yml
  --host H       address of /health, /ready, /metrics and /books (127.0.0.1)
  --port P       its port (8000)

Environment variables go over the file: MARKET_METRICS_TOKEN; LOG_LEVEL. docs/market.md explains every key.

exit codes: 0 stopped, or all is well; 1 it failed, or a gap was found; 2 bad usage or configuration
`;

const portOf = (text: string): number | null => (/^\d+$/.test(text) && Number(text) <= 65_535 ? Number(text) : null);

export const marketCommand: Subcommand = {
  name: "market",
  summary: "record order books and trades of exchanges",
  help: help.trim(),
  run: async (args) => {
    const [what = "", ...rest] = args;
    const run = RUNS[what];
    if (run) return run(rest);
    process.stderr.write(`banksman market: say what to do: ${Object.keys(RUNS).join(", ")}. --help tells more.\n`);
    return EXIT_USAGE;
  },
};

const RUNS: Record<string, (args: string[]) => Promise<number>> = {
  serve,
  // quants-lab's other way to start the same thing.
  "run-tasks": serve,
};

async function serve(args: string[]): Promise<number> {
  const { runMarket } = await import("@banksman/market");
  const { values } = parseArgs({
    args,
    options: {
      config: { type: "string" },
      host: { type: "string", default: "127.0.0.1" },
      port: { type: "string", default: "8000" },
    },
  });
  const port = portOf(values.port);
  if (values.config === undefined || port === null)
    return usage(port === null ? `--port ${values.port} is no port` : "serve needs --config FILE");
  return runMarket({ config: values.config, host: values.host, port });
}

function usage(text: string): number {
  process.stderr.write(`banksman market: ${text}. --help tells more.\n`);
  return EXIT_USAGE;
}
