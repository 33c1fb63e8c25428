import type { IncomingMessage } from "node:http";
import { type RoleContext, systemClock, untilAborted, VERSION } from "@banksman/kit";
import { guardedEgress } from "@banksman/kit/egress";
import { loadExtensions } from "@banksman/rules";
import { LIVE_PATH, type Route, WALL_PATH } from "@banksman/wire/api";
import { COLLECTOR_LINK_PATH, COLLECTOR_VIDEO_PATH } from "@banksman/wire/link";
import { alertRoutes } from "./alerts/routes.ts";
import { alertService } from "./alerts/service.ts";
import { statisticsStore } from "./alerts/statistics.ts";
import { alertStore } from "./alerts/store.ts";
import { auditRoutes } from "./audit/routes.ts";
import { auditStore } from "./audit/store.ts";
import { automationRoutes } from "./automations/routes.ts";
import { buildAudit, buildProof } from "./build-audit.ts";
import { buildAutomations } from "./build-automations.ts";
import { buildCommands } from "./build-commands.ts";
import { buildCooling } from "./build-cooling.ts";
import { buildIdentity } from "./build-identity.ts";
import { buildJobs } from "./build-jobs.ts";
import { buildLatest } from "./build-latest.ts";
import { buildReports } from "./build-reports.ts";
import { buildVideo } from "./build-video.ts";
import { buildWebhooks } from "./build-webhooks.ts";
import { createDelivery } from "./channels/delivery.ts";
import { createOutbox } from "./channels/outbox.ts";
import { redisPriority } from "./channels/priority.ts";
import { channelRoutes } from "./channels/routes.ts";
import { channelService, openChannels } from "./channels/service.ts";
import { channelStore } from "./channels/store.ts";
import { collectorRoutes } from "./collectors/routes.ts";
import { collectorService } from "./collectors/service.ts";
import { collectorStore } from "./collectors/store.ts";
import { commandRoutes } from "./commands/routes.ts";
import type { ServerConfig } from "./config.ts";
import { coolingReadStore } from "./cooling/read-store.ts";
import { coolingRoutes, coolingUploadRoutes } from "./cooling/routes.ts";
import { customerRoutes } from "./customers/routes.ts";
import { customerService } from "./customers/service.ts";
import { customerStore } from "./customers/store.ts";
import { edgeAuditRoutes } from "./edge-audit/routes.ts";
import { createEvaluator } from "./evaluation/evaluator.ts";
import { historyStore } from "./fleet/history-store.ts";
import { fleetRoutes } from "./fleet/routes.ts";
import { fleetService } from "./fleet/service.ts";
import { fleetStore } from "./fleet/store.ts";
import { createApi } from "./http/api.ts";
import { createApp } from "./http/app.ts";
import { serveApiDocs } from "./http/docs-page.ts";
import { announceAddress, closeApp, listen } from "./http/listen.ts";
import { isOwnOrigin } from "./http/origin.ts";
import { serveWeb } from "./http/static.ts";
import { serveUpgrades } from "./http/upgrades.ts";
import { createIdentify } from "./identify.ts";
import type { IdentityService } from "./identity/service.ts";
import { openProcessors } from "./ingest/processors.ts";
import { ingestRoutes, uploadScope } from "./ingest/routes.ts";
import { ingestService } from "./ingest/service.ts";
import { ingestStore } from "./ingest/store.ts";
import { createDiskAlert } from "./jobs/disk-alert.ts";
import { runEvery } from "./jobs/every.ts";
import { createRetention, usedShare } from "./jobs/retention.ts";
import { createRollUp } from "./jobs/roll-up.ts";
import { createStaleCheck, tellStale } from "./jobs/stale.ts";
import { localFanOut, redisFanOut } from "./live/fan-out.ts";
import { createHub } from "./live/hub.ts";
import { serveLive } from "./live/socket.ts";
import { marketRoutes } from "./market/routes.ts";
import { marketService } from "./market/service.ts";
import { marketStore } from "./market/store.ts";
import { addFleetGauges } from "./monitoring/gauges.ts";
import { openStore } from "./open-store.ts";
import { policyRoutes } from "./policies/routes.ts";
import { poolAccountRoutes } from "./pool-accounts/routes.ts";
import { poolAccountService } from "./pool-accounts/service.ts";
import { poolAccountStore } from "./pool-accounts/store.ts";
import { poolRoutes } from "./pools/routes.ts";
import { poolService } from "./pools/service.ts";
import { poolStore } from "./pools/store.ts";
import { reportStore } from "./reports/store.ts";
import { mailedFiles } from "./reports/tell.ts";
import { dryRuns } from "./rules/dry-run.ts";
import { historyOf } from "./rules/history.ts";
import { ruleRoutes } from "./rules/routes.ts";
import { ruleService } from "./rules/service.ts";
import { ruleStore } from "./rules/store.ts";
import { openVault } from "./secrets.ts";
import { listenForChanges } from "./sessions/changes.ts";
import { type Given, NOTHING_GIVEN } from "./settings/effective.ts";
import { settingRoutes } from "./settings/routes.ts";
import { settingService } from "./settings/service.ts";
import { settingStore } from "./settings/store.ts";
import { silenceRoutes } from "./silences/routes.ts";
import { silenceService } from "./silences/service.ts";
import { silenceStore } from "./silences/store.ts";
import { siteRoutes } from "./sites/routes.ts";
import { siteFinder, siteService } from "./sites/service.ts";
import { siteStore } from "./sites/store.ts";
import { webhookRoutes } from "./webhooks/routes.ts";

/** pg-boss's cron goes by minutes; a stale miner should be seen sooner. */
const STALE_CHECK_MS = 5_000;

/** How soon a new pool account is read; each has its own turn every two minutes. */
const POOL_CHECK_MS = 2_000;

/** What time alone brings about: a rule's time that is over, a collector that is silent. */
const EVALUATE_MS = 500;

/** How soon a server takes up what another one's page set. */
const SETTINGS_MS = 2_000;

/** Runs the server until its signal aborts. */
export async function serve(config: ServerConfig, context: RoleContext, given: Given = NOTHING_GIVEN): Promise<void> {
  const { log, health, metrics, onStop, signal } = context;
  const clock = systemClock;
  const egress = guardedEgress(config.egress.allow);
  const extensions = await loadExtensions(config.plugins, process.cwd());
  const processReading = openProcessors(config.processors, extensions.processors);
  const fileChannels = openChannels(config.channels, egress);
  const { database, flavour, jobs: storeJobs } = await openStore(config, context);
  const { db, pool } = database;
  const { audit, trail } = buildAudit(pool, clock, context);
  const settings = settingService(settingStore(db), given);
  await settings.refresh();
  runEvery("taking up settings", SETTINGS_MS, settings.refresh, context);
  const hub = createHub();
  const fanOut = config.redis_url === undefined ? localFanOut(hub) : await redisFanOut(config.redis_url, hub, log);
  onStop("live fan-out", () => fanOut.close());
  health.addReadyCheck("redis", () => fanOut.trouble());

  const siteRows = siteStore(db);
  const finder = siteFinder(siteRows);
  const fleet = fleetService(fleetStore(db), historyStore(db), finder, flavour.rawDays, clock);
  const sites = siteService(siteRows, fleet, () => settings.now().display.time_zone);
  const coolingReads = coolingReadStore(db);
  const { publish, publishCooling } = buildLatest(
    config.redis_url,
    { fleet, cooling: coolingReads, sites: siteRows.list, fanOut },
    context,
  );
  const collectors = collectorService(collectorStore(db), finder);
  const vault = await openVault(config);
  const identity = buildIdentity({ config, database, vault, egress, audit, clock }, context);
  const pools = poolService(poolStore(db), finder, () => settings.now().retention, clock);
  addFleetGauges(metrics, { sites: sites.list, collectors: collectors.all, diskUsed: dataDiskUsed(config) }, log);

  const poolAccounts = poolAccountService({
    store: poolAccountStore(db),
    sites: finder,
    vault,
    egress,
    everyS: () => settings.now().intervals.pool_account_seconds,
    clock,
    log,
  });
  const channels = channelService(channelStore(db), fileChannels, vault, egress, () => settings.now().channel_defaults);
  const outbox = createOutbox(db, pool);
  const priority = config.redis_url === undefined ? null : redisPriority(config.redis_url, log);
  const reportRows = reportStore(db);
  const filesOf = mailedFiles(reportRows);
  const delivery = createDelivery({ outbox, channels, filesOf, priority, clock, log });
  onStop("messages", delivery.start());
  const alerts = alertService({
    store: alertStore(db),
    statistics: statisticsStore(db),
    outbox,
    channels,
    onChange: (event) => {
      void delivery.drain();
      fanOut.publishAlerts(event);
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
      publish({ ...stored, minerIds: readings.map(({ reading }) => reading.miner_id) });
      const timed = readings.map(({ reading, ageMs }) => ({ reading, at: evaluator.timeOf(ageMs) }));
      evaluator.takeReadings({ siteId: stored.siteId, readings: timed });
    },
    processReading,
  );
  onStop("ingest", () => ingest.drained());
  const { uploads, cooling, rollUp, findings } = buildCooling(
    {
      database,
      flavour,
      sites: finder,
      ingest,
      reads: coolingReads,
      publish: publishCooling,
      evaluator,
      keptDays: () => settings.now().retention.cooling_days,
      clock,
    },
    context,
  );

  const { identify, again, personBy } = createIdentify({ config, collectors, ...identity });
  const webhooks = buildWebhooks({ db, vault, egress, sites: finder, alerts: alertStore(db), clock }, context);
  const control = buildCommands({
    db,
    pool,
    fleet,
    sites: finder,
    vault,
    audit,
    webhooks,
    identify,
    hub,
    redisUrl: config.redis_url,
    clock,
    context,
  });
  const signalFile = config.signal_file;
  const automations = buildAutomations(
    { db, pool, alerts, commands: control.commands, fleet, rules, sites: finder, audit, signalFile, clock },
    context,
  );
  const allowsOrigin = ({ headers }: Pick<IncomingMessage, "headers">) => isOwnOrigin(headers, config.public_url);
  const video = buildVideo(
    { config, database, vault, sites: finder, alerts, audit, hub, identify, again, personBy, allowsOrigin },
    context,
  );
  const app = await createApp({ config, log, health, metrics, identify, storeTrouble: database.trouble });
  const apiParts = { publicUrl: config.public_url, trail, sites: finder };
  const api = createApi(app, apiParts);
  identity.routes(api, app);
  video.routes(api, app);
  siteRoutes(api, sites);
  collectorRoutes(api, collectors);
  fleetRoutes(api, fleet);
  customerRoutes(api, customerService({ store: customerStore(db), fleet, sites: finder, clock }));
  alertRoutes(api, alerts);
  auditRoutes(api, auditStore(db), buildProof({ pool, config, settings, vault, egress, channels, clock }, context));
  channelRoutes(api, channels, outbox);
  commandRoutes(api, control.commands);
  automationRoutes(api, automations);
  policyRoutes(api, control.policies);
  edgeAuditRoutes(api, control.edgeAudit);
  ruleRoutes(api, rules, dryRuns(historyOf(db), finder, clock, extensions.functions));
  silenceRoutes(api, silences);
  settingRoutes(api, settings);
  const market = marketService(marketStore(db), () => settings.now().tariff);
  marketRoutes(api, market);
  poolAccountRoutes(api, poolAccounts);
  const retention = createRetention({
    pool,
    flavour,
    settings: () => settings.now().retention,
    dataDir: config.database_url ? null : config.data_dir,
    onWatermark: createDiskAlert(alerts, clock),
    clock,
    log,
  });
  const reports = buildReports({
    ...{ db, store: reportRows, market, audit, channels, outbox, clock },
    keptDays: () => settings.now().retention.report_days,
    publicUrl: config.public_url,
    ask: (name, wish) => jobs.ask(name, wish),
  });
  const jobs = buildJobs(
    {
      db,
      pool,
      evaluator,
      evaluateMs: EVALUATE_MS,
      jobs: [
        ...storeJobs,
        ...reports.jobs,
        { name: "roll-up", cron: "* * * * *", run: createRollUp(pool, flavour, () => settings.now().intervals) },
        { name: "cooling-roll-up", cron: "* * * * *", run: rollUp },
        { name: "cooling-findings", cron: "29 * * * *", run: findings },
        { name: "retention", cron: "7 * * * *", run: retention },
        { name: "pools", cron: "11 * * * *", run: pools.upkeep },
        { name: "alerts", cron: "17 * * * *", run: alerts.upkeep },
        { name: "webhooks", cron: "19 * * * *", run: webhooks.upkeep },
        { name: "commands", cron: "23 * * * *", run: control.upkeep },
        { name: "automations", cron: "27 * * * *", run: automations.upkeep },
        { name: "identity", cron: "*/10 * * * *", run: identity.upkeep },
        { name: "recordings", cron: "37 * * * *", run: video.upkeep },
        { name: "pool-accounts", cron: "13 * * * *", run: poolAccounts.upkeep },
      ],
    },
    context,
  );
  jobs.routes(api);
  reports.routes(api);
  webhookRoutes(api, webhooks);
  coolingRoutes(api, cooling);
  poolRoutes(api, pools, { url: config.pool_stats_url, token: config.pool_stats_token });
  const uploadRoutes = await uploadScope(app, apiParts, [
    ingestRoutes({ ingest, collectors }),
    coolingUploadRoutes(uploads),
  ]);
  const routes: Route[] = [...api.routes, ...uploadRoutes];
  serveApiDocs(app, routes, VERSION);
  if (!(await serveWeb(app, config.web_dir))) log.warn("the web program is not built: run npm run build");

  // Only a server that has its port spends the password that is shown once.
  const address = await listen(app, config);
  await announceFirstAdmin(config, identity.accounts);
  announceAddress(config, address);
  const upgrades = serveUpgrades(app.server);
  onStop("web server", () => closeApp(app, upgrades.cut));
  // Before the web server, which waits for its connections.
  onStop("order links", () => control.closeLinks());
  const live = serveLive({
    hub,
    fleet,
    alerts,
    sites: finder,
    identify,
    again,
    allowsOrigin,
    log,
  });
  onStop("live", () => live.close());
  const changes = listenForChanges(
    pool,
    (userNo) => {
      live.recheck(userNo);
      video.recheck(userNo);
      void identity.online.mirror();
    },
    log,
  );
  onStop("changes of who may do what", () => changes.close());
  runEvery(
    "the stale check",
    STALE_CHECK_MS,
    tellStale({
      check: createStaleCheck(pool, () => settings.now().intervals),
      publish,
      evaluator,
      webhooks,
      log,
    }),
    context,
  );
  upgrades.at(LIVE_PATH, live.upgrade);
  upgrades.at(WALL_PATH, video.wallUpgrade);
  upgrades.at(COLLECTOR_LINK_PATH, control.linkUpgrade);
  upgrades.at(COLLECTOR_VIDEO_PATH, video.relayUpgrade);
  runEvery("the evaluation of rules", EVALUATE_MS, evaluator.step, context);
  runEvery("reading pool accounts", POOL_CHECK_MS, poolAccounts.readDue, context);
  await jobs.start();
  await video.start();
  await untilAborted(signal);
}

/** The disk under the embedded database; one elsewhere is not ours to measure. */
const dataDiskUsed = (config: ServerConfig) => async () =>
  config.database_url === undefined ? await usedShare(config.data_dir) : null;

async function announceFirstAdmin(config: ServerConfig, accounts: IdentityService): Promise<void> {
  const password = await accounts.firstAdmin(config.admin_username, config.admin_password);
  if (password === null) return;
  // On standard output and nowhere else: logs are kept and shared, this must not be.
  process.stdout.write(
    `\nThe first admin's sign-in, shown this once:\n  user      ${config.admin_username}\n  password  ${password}\n\n`,
  );
}
