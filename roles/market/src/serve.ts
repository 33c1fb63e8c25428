import type { IncomingMessage } from "node:http";
import { messageOf, metricsGuard, type RoleContext, runRole, systemClock, untilAborted } from "@banksman/kit";
import { Budget, defaultSharedFolder } from "./budget.ts";
import type { Collector } from "./collector.ts";
import { readMarketConfig } from "./config.ts";
import { serveHttp } from "./http.ts";
import { openOutlets } from "./live/open-outlets.ts";
import { Station } from "./station.ts";
import { tellServer } from "./tell-server.ts";
import type { WriterState } from "./views.ts";

export type ServeFlags = { config: string; host: string; port: number };

type Loaded = Awaited<ReturnType<typeof readMarketConfig>>;

/** Operators look for a line with these words: it must come at least every 30 s. */
const REPORT_EVERY_MS = 15_000;

/** Collects until SIGTERM; resolves to the exit code. */
export function runMarket(flags: ServeFlags, environment: NodeJS.ProcessEnv = process.env): Promise<number> {
  return runRole(
    "market",
    () => readMarketConfig(flags.config, environment),
    (loaded, context) => serve(flags, loaded, context),
  );
}

async function serve(flags: ServeFlags, loaded: Loaded, context: RoleContext): Promise<void> {
  const { log, signal, onStop } = context;
  for (const key of loaded.warnings) log.warn({ key }, `${flags.config}: nobody reads the key ${key}`);
  const budget = new Budget(loaded.collectors[0]?.shared_dir ?? defaultSharedFolder());
  onStop("close the request budget", () => budget.close());
  const stations = loaded.collectors.map((config) => {
    return new Station(config, { budget, log, uploadKeys: loaded.uploadKeys });
  });
  const collectors = stations.map((station) => station.collector);
  await openDoors(flags, loaded, stations, context);
  const report = setInterval(() => reportFigures(collectors, context), REPORT_EVERY_MS);
  const stop = async () => {
    clearInterval(report);
    await Promise.all(stations.map((station) => station.stop()));
  };
  onStop("write what is held", stop, { within: 9_000 });
  reloadOnHangup(flags, collectors, context);
  await Promise.all(stations.map((station) => station.start()));
  reportFigures(collectors, context);
  const { server } = loaded.config;
  if (server) void tellServer(server, collectors, { clock: systemClock, log, signal });
  await untilAborted(signal);
}

/** /health and its like, and the live feed where it is wanted. */
async function openDoors(
  flags: ServeFlags,
  { config }: Loaded,
  stations: readonly Station[],
  context: RoleContext,
): Promise<void> {
  const { log, signal, onStop, metrics } = context;
  const { metrics_token: metricsToken, metrics_allow: metricsAllow } = config;
  const collectors = stations.map((station) => station.collector);
  const isAllowed = metricsGuard({ metricsAllow, ...(metricsToken !== undefined && { metricsToken }) });
  const parts = {
    collectors,
    writer: () => worstOf(stations),
    registry: metrics,
    isDraining: () => signal.aborted,
    isAllowed,
  };
  const http = await serveHttp(parts, flags.host, flags.port);
  onStop("close http", http.close);
  log.info({ port: http.port }, `/health, /ready, /metrics and /books on http://${flags.host}:${http.port}`);
  const mayListen = ({ socket, headers }: IncomingMessage) =>
    isAllowed(socket.remoteAddress ?? "", headers.authorization);
  const outlets = await openOutlets(collectors, { server: http.server, mayListen, onStop, log });
  for (const station of stations) station.outlets.push(...(outlets.get(station.collector) ?? []));
}

/** What /health says of several writers: the one in the worst state. */
function worstOf(stations: readonly Station[]): WriterState {
  const states = stations.map((station) => station.writer);
  const worst = states.find((state) => state.status !== "ok") ?? states[0];
  if (!worst) return { status: "off", reason: null, queueBytes: 0, droppedRows: 0, lastDurableMs: 0 };
  return { ...worst, droppedRows: states.reduce((sum, state) => sum + state.droppedRows, 0) };
}

/** SIGHUP reads the pairs of the file again; everything else needs a restart. A bad file changes nothing. */
function reloadOnHangup(flags: ServeFlags, collectors: readonly Collector[], { log, onStop }: RoleContext): void {
  const reload = async () => {
    try {
      const { collectors: configs } = await readMarketConfig(flags.config, process.env);
      for (const collector of collectors) {
        const config = configs.find((one) => one.task === collector.config.task);
        if (config) await collector.reload(config.trading_pairs);
      }
      log.info("the pairs were read again");
    } catch (error) {
      log.error({ error: messageOf(error) }, `${flags.config} was not taken: ${messageOf(error)}`);
    }
  };
  const onHangup = () => void reload();
  process.on("SIGHUP", onHangup);
  onStop("stop listening to SIGHUP", () => void process.off("SIGHUP", onHangup));
}

function reportFigures(collectors: readonly Collector[], { log }: RoleContext): void {
  for (const { figures, books, config } of collectors) {
    const all = [...figures.symbols.values()];
    const sum = (pick: (one: (typeof all)[number]) => number) => all.reduce((total, one) => total + pick(one), 0);
    log.info(
      {
        exchange: config.product.connector,
        symbols: books.length,
        live: books.filter((book) => book.isLive).length,
        messages: sum((one) => one.diffs + one.snapshots + one.trades),
        gaps: sum((one) => one.gapCount),
        ticks_written: sum((one) => one.ticksWritten),
      },
      "Metrics recorded",
    );
  }
}
