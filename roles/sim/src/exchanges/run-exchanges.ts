import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CodedError, codeOf, type RoleContext, runRole, untilAborted } from "@banksman/kit";
import { stringify } from "yaml";
import { dialects } from "./dialects/index.ts";
import { type SimExchange, startExchange } from "./exchange-server.ts";
import { replayRecording } from "./replay-server.ts";

/** The flags of `banksman sim exchanges`, as text. */
export type ExchangeFlags = {
  only?: string | undefined;
  host?: string | undefined;
  port?: string | undefined;
  pairs?: string | undefined;
  rate?: string | undefined;
  changes?: string | undefined;
  seed?: string | undefined;
  replay?: string | undefined;
  writeConfig?: string | undefined;
};

const DEFAULT_PAIRS = "BTC-USDT,ETH-USDT,IRON-USDT,AUKI-USDT";
const usage = (text: string) => new CodedError("USAGE_FLAGS", `banksman sim exchanges: ${text}`, false);

/** Runs simulated exchanges until SIGTERM; resolves to the exit code. */
export function runSimExchanges(flags: ExchangeFlags): Promise<number> {
  return runRole(
    "sim",
    () => optionsOf(flags),
    async ({ chosen, host, port, ...options }, { signal, onStop, log }) => {
      if (flags.replay !== undefined)
        return await replay(
          flags.replay,
          { chosen, host, port, rate: flags.rate === undefined ? 0 : options.rate },
          { signal, onStop, log },
        );
      const started: SimExchange[] = [];
      onStop("close exchanges", async () => {
        await Promise.all(started.map((exchange) => exchange.close()));
      });
      for (const [at, dialect] of chosen.entries()) {
        const own = port === 0 ? 0 : port + at;
        const exchange = await startExchange({ dialect, host, port: own, ...options }).catch((error: unknown) => {
          throw codeOf(error) === "EADDRINUSE" ? usage(`${host}:${own} is in use; give another --port`) : error;
        });
        started.push(exchange);
        log.info(
          { connector: dialect.connector, ws: exchange.ws, rest: exchange.rest },
          `${dialect.connector} on ${exchange.rest}`,
        );
      }
      if (flags.writeConfig !== undefined) await writeConfigs(flags.writeConfig, started, options.pairs);
      await untilAborted(signal);
    },
  );
}

type ReplayChoice = { chosen: ReturnType<typeof optionsOf>["chosen"]; host: string; port: number; rate: number };

/** Serves one recording as the one exchange that was named. */
async function replay(
  path: string,
  { chosen, host, port, rate }: ReplayChoice,
  { signal, onStop, log }: Pick<RoleContext, "signal" | "onStop" | "log">,
): Promise<void> {
  const [dialect, ...others] = chosen;
  if (!dialect || others.length > 0) throw usage("--replay needs --only with one exchange, the one that was recorded");
  const server = await replayRecording({ dialect, path, host, port, rate }).catch((error: unknown) => {
    throw codeOf(error) === "ENOENT" ? usage(`--replay ${path}: no such file`) : error;
  });
  onStop("close the replay", server.close);
  log.info(
    { connector: dialect.connector, ws: server.ws, rest: server.rest, frames: server.frames },
    `${dialect.connector}, recorded, on ${server.rest}`,
  );
  await untilAborted(signal);
}

function optionsOf(flags: ExchangeFlags) {
  const wanted = flags.only?.split(",").map((name) => name.trim());
  const unknown = wanted?.find((name) => !dialects.some((one) => one.connector === name));
  if (unknown !== undefined)
    throw usage(`--only ${unknown}: must be of ${dialects.map((one) => one.connector).join(", ")}`);
  return {
    chosen: dialects.filter((one) => wanted?.includes(one.connector) ?? true),
    host: flags.host ?? "127.0.0.1",
    port: whole("--port", flags.port ?? "18100", 0, 65_500),
    pairs: (flags.pairs ?? DEFAULT_PAIRS).split(",").map((pair) => pair.trim().toUpperCase()),
    rate: whole("--rate", flags.rate ?? "10", 0, 100_000),
    changes: whole("--changes", flags.changes ?? "4", 1, 1_000),
    seed: whole("--seed", flags.seed ?? "1", 0, 2 ** 31 - 1),
  };
}

function whole(flag: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max)
    throw usage(`${flag} ${text}: must be a whole number from ${min} to ${max}`);
  return value;
}

/** A collector's file for each exchange, ready for `banksman market serve --config`. */
async function writeConfigs(
  folder: string,
  exchanges: readonly SimExchange[],
  pairs: readonly string[],
): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const { dialect, ws, rest } of exchanges) {
    const config = {
      connector_name: dialect.connector,
      trading_pairs: pairs,
      output_dir: join(folder, "data"),
      shared_dir: join(folder, "shared"),
      endpoints: { ws, rest },
    };
    const task = { tasks: { [`orderbook_tick_${dialect.connector}`]: { enabled: true, config } } };
    await writeFile(join(folder, `orderbook_tick_${dialect.connector}.yml`), stringify(task));
  }
}
