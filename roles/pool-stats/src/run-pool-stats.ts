import { hostname } from "node:os";
import {
  type Clock,
  CodedError,
  ConfigErrors,
  createLog,
  createMetrics,
  Health,
  type Log,
  messageOf,
  type Registry,
  type RoleContext,
  runRole,
  systemClock,
  untilAborted,
} from "@banksman/kit";
import { JsonApi } from "./api/json-api.ts";
import { timeText } from "./api/rows.ts";
import { serveApi } from "./api/serve-api.ts";
import { loadConfig, type PoolStatsConfig } from "./config.ts";
import { openDatabase } from "./flush/open-database.ts";
import type { Target } from "./flush/target.ts";
import { GlogFiles } from "./glog.ts";
import { MinuteSums } from "./history/minute-sums.ts";
import { sendMinutes } from "./history/send-minutes.ts";
import { morePaths } from "./http/more-paths.ts";
import { serveHttp } from "./http/server.ts";
import { type KafkaLogOptions, kafkaLog, type LogReader, type MessageLog } from "./kafka/index.ts";
import { addPoolMetrics } from "./pool-metrics.ts";
import { PoolStats } from "./pool-stats.ts";
import type { GroupTarget } from "./scale/group-target.ts";
import { SnapshotKeeper } from "./snapshot-keeper.ts";

export type PoolStatsFlags = { config: string; logDir?: string | undefined };

/** What a test may put in the place of the machine's own. */
export type Surroundings = { clock: Clock; log: Log; signal: AbortSignal; health?: Health; metrics?: Registry };

/** Runs the role until SIGTERM; resolves to the exit code. */
export function runPoolStats(flags: PoolStatsFlags): Promise<number> {
  const load = async () => {
    const config = await loadConfig(flags.config);
    return { ...config, log: { ...config.log, dir: flags.logDir ?? null } };
  };
  return runRole("pool-stats", load, main);
}

async function main(config: PoolStatsConfig, context: RoleContext): Promise<void> {
  const { signal, onStop, health, metrics } = context;
  const log = logOf(config, context);
  for (const warning of config.warnings) log.warn(warning);
  const running = await startPoolStats(config, { clock: systemClock, log, signal, health, metrics });
  // A million workers' windows are most of a gigabyte to write.
  onStop("stop", () => running.close(), { within: 9_500 });
  health.addHealthCheck("pool-stats", () => running.stats.trouble());
  health.addReadyCheck("share log", () => (running.stats.isInitializing ? "reading the last hour of shares" : null));
  await Promise.race([untilAborted(signal), untilMisfit(running.checked, config.file)]);
}

/** Rejects when the database's tables turn out not to fit: no restart would mend that. */
async function untilMisfit(checked: Promise<unknown>, file: string): Promise<never> {
  const error = await checked;
  if (error instanceof CodedError && !error.retry) throw ConfigErrors.INVALID(file, error.message, { cause: error });
  return new Promise(() => undefined);
}

/** With a folder the lines go to files in the original's form, or as JSON into the one; without it to stderr. */
function logOf({ log: { dir, format } }: PoolStatsConfig, context: RoleContext): Log {
  if (dir === null) return context.log;
  const files = new GlogFiles(dir, format);
  context.onStop("close the log", () => files.close());
  return createLog("pool-stats", process.env.LOG_LEVEL, files);
}

/** How far back the share log is read at a start: the longest window. */
const BACK_MS = 3_600_000;
const TICK_MS = 1_000;

/** How often the figures of other instances are read. */
const PEERS_MS = 5_000;
const COMMIT_MS = 10_000;

/** Starts everything; `close` waits for a flush that is under way. */
export async function startPoolStats(config: PoolStatsConfig, surroundings: Surroundings) {
  const { clock, log, health = new Health(), metrics = createMetrics("pool-stats") } = surroundings;
  const stop = new AbortController();
  const signal = AbortSignal.any([surroundings.signal, stop.signal]);
  const { target, group, minutes: shared, namesOf, close } = openDatabase(config, log, clock);
  const forServer = config.server ? new MinuteSums() : null;
  const forGroup = shared ? new MinuteSums() : null;
  const minutes = [forServer, forGroup].filter((sums) => sums !== null);
  const stats = new PoolStats({ config, target, minutes, clock, log });
  group?.attach(stats.view);
  addPoolMetrics(metrics, stats, () => Math.floor(clock.now() / 1_000));
  const facts = () => factsOf(stats);
  const seriesOfAll = shared?.series.bind(shared);
  const api = serveApi(new JsonApi({ view: stats.view, clock, facts, namesOf, seriesOfAll }), log);
  const more = morePaths({ http: config.http, api, health, metrics });
  const http = await serveHttp(config.http, stats.service, more, log);
  log.info({ port: http.port }, `HTTP on ${config.http.ip}:${http.port}`);
  const share = kafkaLog(logOptions(config, config.kafka.shareTopic), log, { ...systemClock, now: clock.now });
  const events = kafkaLog(logOptions(config, config.kafka.eventsTopic), log, { ...systemClock, now: clock.now });
  log.info("start sharelog consume thread");
  const keeper = config.snapshot && new SnapshotKeeper({ ...config.snapshot, stats, clock, log });
  await keeper?.restore();
  const working = [share.read(readerOf(stats, group), signal), keepTicking([stats, keeper], clock, signal)];
  if (config.updateWorkerName) {
    log.info("start common events consume thread");
    working.push(events.read(stats.eventLog, signal));
  }
  if (group) working.push(keepReadingPeers(group, clock, signal), keepCommitting(share, stats, { clock, log, signal }));
  if (config.server && forServer)
    working.push(sendMinutes({ server: config.server, sums: forServer, clock, log }, signal));
  if (shared && forGroup) working.push(shared.keepWriting(forGroup, clock, signal));
  return {
    stats,
    port: http.port,
    /** Resolves when the tables have been looked at: to what is wrong with them, or to null. */
    checked: checkTables(target, log),
    close: async () => {
      log.info("stop StatsServer...");
      stop.abort();
      await Promise.all(working);
      log.info("stop sharelog consume thread");
      await Promise.all([stats.flusher.settled(), keeper?.close()]);
      await Promise.all([http.close(), close()]);
    },
  };
}

/** A database that is away at the start is no reason not to count. */
async function checkTables(target: Target | null, log: Log): Promise<unknown> {
  try {
    await target?.prepare();
    return null;
  } catch (error) {
    log.error({ err: error }, `the database can't be written yet: ${messageOf(error)}`);
    return error;
  }
}

/** Whoever shares the partitions with others must know which are its own. */
function readerOf(stats: PoolStats, group: GroupTarget | null): LogReader {
  if (!group) return stats.shareLog;
  const assigned: LogReader["assigned"] = (assignment) => {
    group.assigned(assignment);
    return stats.shareLog.assigned(assignment);
  };
  return { ...stats.shareLog, assigned };
}

/** What the JSON API tells beside the figures. */
function factsOf(stats: PoolStats) {
  const lag = [...stats.lag.values()].reduce((sum, part) => sum + part, 0);
  return {
    caught_up: !stats.isInitializing,
    lag: stats.isLogAway ? null : lag,
    refused: Object.fromEntries(stats.shares.uncounted),
    last_flush_at: timeText(stats.flusher.lastFlushTime),
  };
}

/** Tells a group that has a name how far it is, for those who watch it with Kafka's own tools. */
async function keepCommitting(
  share: MessageLog,
  stats: PoolStats,
  { clock, log, signal }: Surroundings,
): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(COMMIT_MS, signal).catch(() => undefined);
    await share.commit(stats.positions).catch((error: unknown) => log.debug(`commit: ${messageOf(error)}`));
  }
}

async function keepReadingPeers(group: GroupTarget, clock: Clock, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await group.refresh(Math.floor(clock.now() / 1_000));
    await clock.sleep(PEERS_MS, signal).catch(() => undefined);
  }
}

/**
 * An instance that shares the log with nobody has a group of its own at each start: it would else wait for the brokers
 * to give up the member that a crash left behind.
 */
const OWN_GROUP = `${hostname()}-${process.pid}-${Date.now().toString(36)}`;

function logOptions({ kafka, scaleOut }: PoolStatsConfig, topic: string): KafkaLogOptions {
  const { brokers, groupId, sessionTimeoutMs, tls, sasl } = kafka;
  return {
    brokers,
    clientId: "banksman-pool-stats",
    topic,
    sessionTimeoutMs,
    groupId: scaleOut ? `${groupId}-${topic}` : `${groupId}-${topic}-${OWN_GROUP}`,
    backMs: BACK_MS,
    ...(tls && { tls }),
    ...(sasl && { sasl }),
  };
}

async function keepTicking(parts: readonly ({ tick: () => void } | null)[], clock: Clock, signal: AbortSignal) {
  while (!signal.aborted) {
    for (const part of parts) part?.tick();
    await clock.sleep(TICK_MS, signal).catch(() => undefined);
  }
}
