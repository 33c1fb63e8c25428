import { fileURLToPath } from "node:url";
import { CodedError, EXIT_USAGE } from "@banksman/kit";
import { parseFlags } from "./parse-flags.ts";
import type { Subcommand } from "./subcommand.ts";

const help = `
usage: banksman market serve --config FILE [--host H] [--port P]
       banksman market start-all | stop-all | status [--inventory FILE]
       banksman market top [--inventory FILE | --port P] [--once]
       banksman market verify --dir DIR [--exchange E] [--symbol S] [--json]
       banksman market replay --dir DIR --symbol S --at TIME [--exchange E] [--depth N]
       banksman market rebuild --config FILE --out DIR JOURNAL…

Collects order books, trades and prices of an exchange: MEXC, Gate.io, Binance or Bybit, spot or perpetuals.
quants-lab's YAML files work unchanged; config/ has one for each exchange.

serve: one collector, until SIGTERM. SIGHUP reads the pairs of its file again.
  --config FILE  YAML, such as config/orderbook_tick_mexc_websocket.yml
  --host H       address of /health, /ready, /metrics and /books (127.0.0.1)
  --port P       its port (8000)

start-all: starts the collectors of this machine that the inventory names, waits until they are ready (30 s
at most) and prints each /health. stop-all ends them. status: all collectors, local and remote, as a table.
  --inventory FILE  what runs where (config/fleet.yml)
  --host H          address the collectors listen on (0.0.0.0)
  --log-dir DIR     <name>_collector.log and .pid (/tmp)

top: one line a symbol with rate, lag, gaps and spread, every two seconds; --once prints one table.

verify: reads every file back; lists gaps, damaged files and counts. Exit code 1 when something is wrong
that the files and the gap ledger don't own up to.
  --dir DIR      the output_dir of the configuration

replay: the book as it was at a time such as 2026-11-21T13:45:00Z, rebuilt from the files, as JSON.
  --depth N      levels a side (20)

rebuild: runs journals through today's program again and writes the tables into another folder.

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
  "start-all": startAll,
  "stop-all": stopAll,
  status,
  top,
  verify,
  replay,
  rebuild,
};

async function serve(args: string[]): Promise<number> {
  const { runMarket } = await import("@banksman/market");
  const { values } = parseFlags({
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

const FLEET = {
  inventory: { type: "string", default: "config/fleet.yml" },
  host: { type: "string", default: "0.0.0.0" },
  "log-dir": { type: "string", default: "/tmp" },
} as const;

const print = (line: string) => void process.stdout.write(`${line}\n`);

async function startAll(args: string[]): Promise<number> {
  const market = await import("@banksman/market");
  const { values } = parseFlags({ args, options: FLEET });
  const { inventory, host, "log-dir": logDir } = values;
  const banksman = [process.execPath, fileURLToPath(new URL("main.ts", import.meta.url))];
  return await told(() => market.startAll({ inventory, host, logDir, banksman, print }));
}

async function stopAll(args: string[]): Promise<number> {
  const market = await import("@banksman/market");
  const { values } = parseFlags({ args, options: FLEET });
  return await told(() => market.stopAll({ inventory: values.inventory, logDir: values["log-dir"], print }));
}

async function status(args: string[]): Promise<number> {
  const { fleetStatus } = await import("@banksman/market");
  const { values } = parseFlags({ args, options: { inventory: FLEET.inventory } });
  return await told(() => fleetStatus({ inventory: values.inventory, print }));
}

async function top(args: string[]): Promise<number> {
  const market = await import("@banksman/market");
  const { values } = parseFlags({
    args,
    options: { inventory: FLEET.inventory, port: { type: "string" }, once: { type: "boolean", default: false } },
  });
  const port = values.port === undefined ? undefined : portOf(values.port);
  if (port === null) return usage(`--port ${values.port} is no port`);
  const stopping = new AbortController();
  process.once("SIGINT", () => stopping.abort()).once("SIGTERM", () => stopping.abort());
  return await told(async () =>
    market.top({
      targets: port === undefined ? await market.collectorTargets(values.inventory) : [{ host: "127.0.0.1", port }],
      everyMs: values.once ? 1_000 : 2_000,
      rounds: values.once ? 1 : undefined,
      signal: stopping.signal,
      write: (text) => void process.stdout.write(text),
      isTerminal: process.stdout.isTTY,
    }),
  );
}

async function verify(args: string[]): Promise<number> {
  const market = await import("@banksman/market");
  const { values } = parseFlags({
    args,
    options: {
      dir: { type: "string" },
      exchange: { type: "string" },
      symbol: { type: "string" },
      json: { type: "boolean" },
    },
  });
  const { dir, json, ...filter } = values;
  if (dir === undefined) return usage("verify needs --dir DIR, the output_dir of the configuration");
  return await told(async () => {
    const report = await market.verify({ dir, ...filter });
    process.stdout.write(`${json ? JSON.stringify(report) : market.verifyText(report)}\n`);
    return report.ok ? 0 : 1;
  });
}

async function replay(args: string[]): Promise<number> {
  const { bookAt } = await import("@banksman/market");
  const { values } = parseFlags({
    args,
    options: {
      dir: { type: "string" },
      exchange: { type: "string" },
      symbol: { type: "string" },
      at: { type: "string" },
      depth: { type: "string", default: "20" },
    },
  });
  const { dir, symbol, at, exchange } = values;
  const depth = Number(values.depth);
  if (dir === undefined || symbol === undefined || at === undefined)
    return usage("replay needs --dir, --symbol and --at");
  if (!Number.isInteger(depth) || depth < 1) return usage(`--depth ${values.depth} must be a whole number from 1 on`);
  return await told(async () => {
    const book = await bookAt({ dir, symbol, at, exchange, depth });
    process.stdout.write(`${JSON.stringify(book)}\n`);
    return 0;
  });
}

async function rebuild(args: string[]): Promise<number> {
  const { runRebuild } = await import("@banksman/market");
  const { values, positionals } = parseFlags({
    args,
    allowPositionals: true,
    options: { config: { type: "string" }, out: { type: "string" } },
  });
  const { config, out } = values;
  if (config === undefined || out === undefined || positionals.length === 0)
    return usage("rebuild needs --config FILE, --out DIR and the journals to read");
  return await told(async () => {
    const { records, rows } = await runRebuild({ config, out, journals: positionals });
    process.stdout.write(`${records} records read, ${rows} rows written into ${out}\n`);
    return 0;
  });
}

/** Ends with the sentence of an error that was written to be read, and its exit code. */
async function told(work: () => Promise<number>): Promise<number> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return /^(CONFIG|USAGE)_/.test(error.code) ? EXIT_USAGE : 1;
  }
}

function usage(text: string): number {
  process.stderr.write(`banksman market: ${text}. --help tells more.\n`);
  return EXIT_USAGE;
}
