import type { AddressInfo } from "node:net";
import { codeOf, type RoleContext, systemClock, untilAborted, VERSION } from "@banksman/kit";
import { guardedEgress } from "@banksman/kit/egress";
import { loadExtensions } from "@banksman/rules";
import type { Route } from "@banksman/wire/api";
import type { FastifyInstance } from "fastify";
import { alertRoutes } from "./alerts/routes.ts";
import { alertService } from "./alerts/service.ts";
import { statisticsStore } from "./alerts/statistics.ts";
import { alertStore } from "./alerts/store.ts";
import { createDelivery } from "./channels/delivery.ts";
import { createOutbox } from "./channels/outbox.ts";
import { redisPriority } from "./channels/priority.ts";
import { channelRoutes } from "./channels/routes.ts";
import { channelService, openChannels } from "./channels/service.ts";
import { channelStore } from "./channels/store.ts";
import { collectorRoutes } from "./collectors/routes.ts";
import { collectorService } from "./collectors/service.ts";
import { collectorStore } from "./collectors/store.ts";
import { isLoopbackOnly, type ServerConfig } from "./config.ts";
import { type Database, openDatabase } from "./db/connect.ts";
import { migrate } from "./db/migrations.ts";
import { type Flavour, nativeFlavour, usualDays } from "./db/partitions.ts";
import { ServerErrors } from "./errors.ts";
import { createEvaluator, type Evaluator } from "./evaluation/evaluator.ts";
import { latestSamples } from "./evaluation/load.ts";
import { historyStore } from "./fleet/history-store.ts";
import { fleetRoutes } from "./fleet/routes.ts";
import { fleetService } from "./fleet/service.ts";
import { fleetStore } from "./fleet/store.ts";
import { createApi } from "./http/api.ts";
import { createApp } from "./http/app.ts";
import { serveApiDocs } from "./http/docs-page.ts";
import { isOwnOrigin } from "./http/origin.ts";
import { serveWeb } from "./http/static.ts";
import { createIdentify } from "./identify.ts";
import { identityRoutes } from "./identity/routes.ts";
import { identityService } from "./identity/service.ts";
import { identityStore } from "./identity/store.ts";
import { openProcessors } from "./ingest/processors.ts";
import { ingestRoutes } from "./ingest/routes.ts";
import { ingestService } from "./ingest/service.ts";
import { ingestStore } from "./ingest/store.ts";
import { runEvery } from "./jobs/every.ts";
import { createRetention, usedShare } from "./jobs/retention.ts";
import { createRollUp } from "./jobs/roll-up.ts";
import { startJobs } from "./jobs/runner.ts";
import { createStaleCheck } from "./jobs/stale.ts";
import { type FanOut, localFanOut, redisFanOut } from "./live/fan-out.ts";
import { createHub } from "./live/hub.ts";
import { serveLive } from "./live/socket.ts";
import { marketRoutes } from "./market/routes.ts";
import { marketService } from "./market/service.ts";
import { marketStore } from "./market/store.ts";
import { addFleetGauges } from "./monitoring/gauges.ts";
import { poolAccountRoutes } from "./pool-accounts/routes.ts";
import { poolAccountService } from "./pool-accounts/service.ts";
import { poolAccountStore } from "./pool-accounts/store.ts";
import { poolRoutes } from "./pools/routes.ts";
import { poolService } from "./pools/service.ts";
import { poolStore } from "./pools/store.ts";
import { dryRuns } from "./rules/dry-run.ts";
import { historyOf } from "./rules/history.ts";
import { ruleRoutes } from "./rules/routes.ts";
import { ruleService } from "./rules/service.ts";
import { ruleStore } from "./rules/store.ts";
import { openVault } from "./secrets.ts";
import { silenceRoutes } from "./silences/routes.ts";
import { silenceService } from "./silences/service.ts";
import { silenceStore } from "./silences/store.ts";
import { siteRoutes } from "./sites/routes.ts";
import { siteFinder, siteService } from "./sites/service.ts";
import { siteStore } from "./sites/store.ts";

/** pg-boss's cron goes by minutes; a stale miner should be seen sooner. */
const STALE_CHECK_MS = 5_000;

/** How soon a new pool account is read; each has its own turn every two minutes. */
const POOL_CHECK_MS = 2_000;

/** What time alone brings about: a rule's time that is over, a collector that is silent. */
const EVALUATE_MS = 500;

const LAST_REQUESTS_MS = 3_500;

/** Opens the database and brings its schema up to date. */
async function openStore(
  config: ServerConfig,
  { log, health, onStop }: RoleContext,
): Promise<{ database: Database; flavour: Flavour }> {
  const database = await openDatabase(config.database_url, config.data_dir, log);
  onStop("database", () => database.close(), { within: 8_000 });
  health.addHealthCheck("database", () => database.check());
  await migrate(database.pool, log);
  const flavour = nativeFlavour(database.pool);
  await flavour.ensure(usualDays(Date.now()));
  log.info({ database: database.where, version: database.version, flavour: flavour.name }, "database ready");
  return { database, flavour };
}

/** Runs the server until its signal aborts. */
export async function serve(config: ServerConfig, context: RoleContext): Promise<void> {
  const { log, health, metrics, onStop, signal } = context;
  const clock = systemClock;
  const egress = guardedEgress(config.egress.allow);
  const extensions = await loadExtensions(config.plugins, process.cwd());
  const processReading = openProcessors(config.processors, extensions.processors);
  const fileChannels = openChannels(config.channels, egress);
  const { database, flavour } = await openStore(config, context);
  const { db, pool } = database;
  const hub = createHub();
  const fanOut = config.redis_url === undefined ? localFanOut(hub) : await redisFanOut(config.redis_url, hub, log);
  onStop("live fan-out", () => fanOut.close());
  health.addReadyCheck("redis", () => fanOut.trouble());

  const siteRows = siteStore(db);
  const finder = siteFinder(siteRows);
  const fleet = fleetService(fleetStore(db), historyStore(db), finder, flavour.rawDays, clock);
  const sites = siteService(siteRows, fleet);
  const collectors = collectorService(collectorStore(db), finder);
  const identity = identityService(identityStore(db), clock);
  const pools = poolService(poolStore(db), finder, config.retention, clock);
  addFleetGauges(metrics, { sites: sites.list, collectors: collectors.all, diskUsed: dataDiskUsed(config) }, log);

  const vault = await openVault(config.secret_key, config.data_dir);
  const poolAccounts = poolAccountService({ store: poolAccountStore(db), sites: finder, vault, egress, clock, log });
  const channels = channelService(channelStore(db), fileChannels, vault, egress);
  const outbox = createOutbox(db, pool);
  const priority = config.redis_url === undefined ? null : redisPriority(config.redis_url, log);
  const delivery = createDelivery({ outbox, channels, priority, clock, log });
  onStop("messages", delivery.start());
  const alerts = alertService({
    store: alertStore(db),
    statistics: statisticsStore(db),
    outbox,
    channels,
    onChange: () => {
      void delivery.drain();
      fanOut.publishAlerts({ fired: [] });
    },
    clock,
  });
  const rules = ruleService(ruleStore(db), finder, alerts, channels, extensions.functions);
  const silences = silenceService(silenceStore(db), alerts, channels, clock);
  const evaluator = createEvaluator({
    db,
    pool,
    rules,
    silences,
    channels,
    functions: extensions.functions,
    outbox,
    onTold: (fired) => {
      void delivery.drain();
      fanOut.publishAlerts({ fired });
    },
    link: config.public_url,
    clock,
    log,
    metrics,
  });
  onStop("rules", () => evaluator.stop());
  health.addReadyCheck("rules", () => evaluator.trouble());
  const ingest = ingestService(
    ingestStore(pool, flavour),
    clock,
    log,
    metrics,
    ({ readings, ...stored }) => {
      fanOut.publish({ ...stored, minerIds: readings.map(({ reading }) => reading.miner_id) });
      const timed = readings.map(({ reading, ageMs }) => ({ reading, at: evaluator.timeOf(ageMs) }));
      evaluator.takeReadings({ siteId: stored.siteId, readings: timed });
    },
    processReading,
  );
  onStop("ingest", () => ingest.drained());

  const identify = createIdentify(config, collectors, identity);
  const app = await createApp({ config, log, health, metrics, identify, storeTrouble: database.trouble });
  const api = createApi(app, config.public_url);
  identityRoutes(api, identity, config.public_url);
  siteRoutes(api, sites);
  collectorRoutes(api, collectors);
  fleetRoutes(api, fleet);
  alertRoutes(api, alerts);
  channelRoutes(api, channels, outbox);
  const history = historyOf(db, () => latestSamples(db));
  ruleRoutes(api, rules, dryRuns(history, finder, clock, extensions.functions));
  silenceRoutes(api, silences);
  marketRoutes(api, marketService(marketStore(db)));
  poolAccountRoutes(api, poolAccounts);
  poolRoutes(api, pools, { url: config.pool_stats_url, token: config.pool_stats_token });
  const uploadRoutes = await ingestRoutes(app, { ingest, collectors, publicUrl: config.public_url });
  const routes: Route[] = [...api.routes, ...uploadRoutes];
  serveApiDocs(app, routes, VERSION);
  if (!(await serveWeb(app, config.web_dir))) log.warn("the web program is not built: run npm run build");

  // Only a server that has its port spends the password that is shown once.
  const address = await listen(app, config);
  await announceFirstAdmin(config, identity);
  announceAddress(config, address);
  onStop("web server", () => closeApp(app));
  const live = serveLive(app.server, {
    hub,
    fleet,
    alerts,
    sites: finder,
    identify,
    allowsOrigin: (request) => isOwnOrigin(request.headers, config.public_url),
    log,
  });
  onStop("live", () => live.close());
  runEvery("the stale check", STALE_CHECK_MS, staleCheck(createStaleCheck(pool), fanOut, evaluator, log), context);
  runEvery("the evaluation of rules", EVALUATE_MS, evaluator.step, context);
  runEvery("reading pool accounts", POOL_CHECK_MS, poolAccounts.readDue, context);
  const retention = createRetention({
    pool,
    flavour,
    config: config.retention,
    dataDir: config.database_url ? null : config.data_dir,
    clock,
    log,
  });
  const jobs = await startJobs(
    pool,
    [
      { name: "roll-up", cron: "* * * * *", run: createRollUp(pool, flavour) },
      { name: "retention", cron: "7 * * * *", run: retention },
      { name: "pools", cron: "11 * * * *", run: pools.upkeep },
      { name: "alerts", cron: "17 * * * *", run: alerts.upkeep },
      { name: "pool-accounts", cron: "13 * * * *", run: poolAccounts.upkeep },
    ],
    log,
  );
  onStop("jobs", () => jobs.stop());
  health.addReadyCheck("jobs", () => jobs.trouble());
  await untilAborted(signal);
}

/** The disk under the embedded database; one elsewhere is not ours to measure. */
const dataDiskUsed = (config: ServerConfig) => async () =>
  config.database_url === undefined ? await usedShare(config.data_dir) : null;

async function announceFirstAdmin(config: ServerConfig, identity: ReturnType<typeof identityService>): Promise<void> {
  const password = await identity.firstAdmin(config.admin_username, config.admin_password);
  if (password === null) return;
  // On standard output and nowhere else: logs are kept and shared, this must not be.
  process.stdout.write(
    `\nThe first admin's sign-in, shown this once:\n  user      ${config.admin_username}\n  password  ${password}\n\n`,
  );
}

async function listen(app: FastifyInstance, config: ServerConfig): Promise<AddressInfo> {
  await app.listen({ host: config.host, port: config.port }).catch((error: unknown) => {
    if (codeOf(error) === "EADDRINUSE") throw ServerErrors.PORT_TAKEN(config.host, config.port, { cause: error });
    if (codeOf(error) === "ENOTFOUND" || codeOf(error) === "EADDRNOTAVAIL")
      throw ServerErrors.NO_SUCH_HOST(config.host, { cause: error });
    throw error;
  });
  return app.server.address() as AddressInfo;
}

function announceAddress(config: ServerConfig, { port }: AddressInfo): void {
  const scheme = config.tls ? "https" : "http";
  const host = config.host === "0.0.0.0" || config.host === "::" ? "localhost" : config.host;
  const own = `${scheme}://${host.includes(":") ? `[${host}]` : host}:${port}`;
  process.stdout.write(`Banksman is at ${config.public_url ?? own}\n`);
  if (!config.tls && !isLoopbackOnly(config) && config.public_url === undefined) {
    process.stdout.write("It speaks plain http beyond this machine: set tls, or put a proxy with TLS before it.\n");
  }
}

/** Lets requests under way end for a while, then cuts off what is left: a slow client must not hold the server up. */
async function closeApp(app: FastifyInstance): Promise<void> {
  const cut = setTimeout(() => app.server.closeAllConnections(), LAST_REQUESTS_MS);
  await app.close();
  clearTimeout(cut);
}

/** Turns miners offline that nobody heard of for three intervals, and tells those who watch. */
const staleCheck =
  (check: ReturnType<typeof createStaleCheck>, fanOut: FanOut, evaluator: Evaluator, log: RoleContext["log"]) =>
  async () => {
    for (const stale of await check()) {
      log.warn({ site_id: stale.siteId, miners: stale.minerIds.length }, "no reading for three intervals: now offline");
      fanOut.publish({ ...stale, collectedAt: Date.now() });
      evaluator.takeStale(stale.siteId, stale.minerIds);
    }
  };
