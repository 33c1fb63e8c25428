import { type RoleContext, runRole, untilAborted } from "@banksman/kit";
import { Budget, defaultSharedFolder } from "./budget.ts";
import { Collector } from "./collector.ts";
import { readMarketConfig } from "./config.ts";
import { serveHttp } from "./http.ts";
import { noSink } from "./sink.ts";
import type { WriterState } from "./views.ts";

export type ServeFlags = { config: string; host: string; port: number };

type Loaded = Awaited<ReturnType<typeof readMarketConfig>>;

/** S4's operators look for a line with these words: it must come at least every 30 s. */
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
  const { log, signal, onStop, metrics } = context;
  for (const key of loaded.warnings) log.warn({ key }, `${flags.config}: nobody reads the key ${key}`);
  const budget = new Budget(loaded.collectors[0]?.shared_dir ?? defaultSharedFolder());
  onStop("close the request budget", () => budget.close());
  const collectors = loaded.collectors.map((config) => new Collector(config, { budget, sink: noSink, log }));
  const writer = (): WriterState => ({ status: "off", reason: null, queueBytes: 0, droppedRows: 0, lastDurableMs: 0 });
  const { metrics_token: metricsToken, metrics_allow: metricsAllow } = loaded.config;
  const http = await serveHttp(
    {
      collectors,
      writer,
      registry: metrics,
      isDraining: () => signal.aborted,
      guard: { metricsAllow, ...(metricsToken && { metricsToken }) },
    },
    flags.host,
    flags.port,
  );
  onStop("close http", http.close);
  log.info({ port: http.port }, `/health, /ready, /metrics and /books on http://${flags.host}:${http.port}`);
  const report = setInterval(() => reportFigures(collectors, context), REPORT_EVERY_MS);
  onStop("stop collecting", () => {
    clearInterval(report);
    for (const collector of collectors) collector.stop();
  });
  await Promise.all(collectors.map((collector) => collector.start()));
  await untilAborted(signal);
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
