import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Clock, createLog } from "@banksman/kit";
import { Budget, Collector, type CollectorConfig, noSink, readMarketConfig, Station } from "@banksman/market";
import { dialects, type Fault, type SimExchange, startExchange } from "@banksman/sim";
import { tempFolder, waitFor } from "@banksman/testkit";
import { stringify } from "yaml";

export type Rig = AsyncDisposable & {
  exchange: SimExchange;
  collector: Collector;
  /** Where the files go; empty without `records`. */
  dataDir: string;
  /** The book of a pair equals the exchange's own. */
  matches: (pair: string) => Promise<void>;
  book: (pair: string) => Collector["books"][number];
  /** What the writer says of itself; "off" without `records`. */
  writer: () => string;
  /** Stops collecting and writes what is held. */
  finish: () => Promise<void>;
};

export type RigOptions = {
  pairs?: string[];
  config?: Record<string, unknown>;
  rate?: number;
  /** Time for exchange and collector alike. */
  clock?: Clock;
  /** A failure that is due before the collector starts. */
  before?: Fault;
  /** With a recorder. */
  records?: boolean;
};

/** A simulated exchange that moves only when told to, with a collector that follows it. */
export async function startRig(connector: string, options: RigOptions = {}): Promise<Rig> {
  const { pairs = ["BTC-USDT", "ETH-USDT"], rate = 0 } = options;
  const dialect = dialects.find((one) => one.connector === connector);
  if (!dialect) throw new Error(`no such exchange to simulate: ${connector}`);
  const folder = await tempFolder();
  const exchange = await startExchange({ dialect, pairs, rate, ...(options.clock && { now: options.clock.now }) });
  if (options.before) exchange.fault(options.before);
  const config = await configFor(folder.path, exchange, { trading_pairs: pairs, ...options.config });
  const budget = new Budget(join(folder.path, "shared"));
  const log = createLog("test", process.env.LOG_LEVEL ?? "silent");
  const timed = options.clock ? { clock: options.clock } : {};
  const station = options.records ? new Station(config, { budget, log, ...timed }) : null;
  const collector = station?.collector ?? new Collector(config, { budget, sink: noSink, log, ...timed });
  await (station ?? collector).start();
  const book = (pair: string) => {
    const found = collector.books.find((one) => one.market.pair === pair);
    if (!found) throw new Error(`${pair} is not followed`);
    return found;
  };
  let isOver = false;
  const finish = async () => {
    if (!isOver) await (station ?? collector).stop();
    isOver = true;
  };
  return {
    exchange,
    collector,
    dataDir: config.output_dir,
    writer: () => station?.writer.status ?? "off",
    book,
    finish,
    matches: async (pair) => {
      const [base = "", quote = ""] = pair.split("-");
      const symbol = dialect.symbolOf(base, quote);
      await waitFor(`the book of ${pair} to equal the exchange's`, () => equalsTruth(book(pair), exchange, symbol));
    },
    [Symbol.asyncDispose]: async () => {
      await finish();
      await exchange.close();
      budget.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

async function configFor(
  folder: string,
  exchange: SimExchange,
  config: Record<string, unknown>,
): Promise<CollectorConfig> {
  const file = join(folder, "market.yml");
  const endpoints = { ws: exchange.ws, rest: exchange.rest };
  const task = {
    connector_name: exchange.dialect.connector,
    endpoints,
    output_dir: join(folder, "data"),
    shared_dir: join(folder, "shared"),
    ...config,
  };
  await writeFile(file, stringify({ tasks: { test: { config: task } } }));
  const [collector] = (await readMarketConfig(file, {})).collectors;
  if (!collector) throw new Error("no collector configured");
  return collector;
}

const normal = (levels: readonly (readonly [string, string])[]) =>
  levels.map(([price, size]) => `${Number(price)} ${Number(size)}`).join();

function equalsTruth(book: Collector["books"][number], exchange: SimExchange, symbol: string): boolean {
  const truth = exchange.truth(symbol);
  const { bids, asks } = book.book.top();
  return (
    book.isLive &&
    book.sequence === truth.id &&
    normal(bids) === normal(truth.bids) &&
    normal(asks) === normal(truth.asks)
  );
}

/** Pushes frames until the collector follows every pair. */
export async function settle(rig: Rig): Promise<void> {
  const { product, choice } = rig.collector.config;
  const wanted = rig.collector.books.flatMap((book) => product.topics(book.market.symbol, choice)).length;
  await waitFor("every topic subscribed", () => rig.exchange.topics >= wanted);
  await waitFor("every book joined", () => {
    rig.exchange.step();
    return rig.collector.books.every((book) => book.isLive);
  });
}

/** Pushes frames until the condition holds and every book is live again. */
export async function pushUntilJoined(rig: Rig, condition: () => boolean, withinMs = 10_000): Promise<void> {
  await waitFor(
    "the failure to be noticed and healed",
    () => {
      rig.exchange.step();
      return condition() && rig.collector.books.every((book) => book.isLive);
    },
    { withinMs },
  );
}
