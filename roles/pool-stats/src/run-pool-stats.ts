import { type Clock, createLog, type Log, type RoleContext, runRole, systemClock, untilAborted } from "@banksman/kit";
import { loadConfig, type PoolStatsConfig } from "./config.ts";
import { MysqlTarget } from "./flush/mysql-target.ts";
import { PostgresTarget } from "./flush/postgres-target.ts";
import type { Target } from "./flush/target.ts";
import { GlogFiles } from "./glog.ts";
import { serveHttp } from "./http/server.ts";
import { type KafkaLogOptions, kafkaLog } from "./kafka/index.ts";
import { PoolStats } from "./pool-stats.ts";

export type PoolStatsFlags = { config: string; logDir?: string | undefined };

/** What a test may put in the place of the machine's own. */
export type Surroundings = { clock: Clock; log: Log; signal: AbortSignal };

/** Runs the role until SIGTERM; resolves to the exit code. */
export function runPoolStats(flags: PoolStatsFlags): Promise<number> {
  const load = async () => {
    const config = await loadConfig(flags.config);
    return { ...config, log: { ...config.log, dir: flags.logDir ?? null } };
  };
  return runRole("pool-stats", load, main);
}

async function main(config: PoolStatsConfig, context: RoleContext): Promise<void> {
  const { signal, onStop, health } = context;
  const log = logOf(config, context);
  for (const warning of config.warnings) log.warn(warning);
  const running = await startPoolStats(config, { clock: systemClock, log, signal });
  onStop("stop", () => running.close());
  health.addHealthCheck("pool-stats", () => running.stats.trouble());
  health.addReadyCheck("share log", () => (running.stats.isInitializing ? "reading the last hour of shares" : null));
  await untilAborted(signal);
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

/** Starts everything; `close` waits for a flush that is under way. */
export async function startPoolStats(config: PoolStatsConfig, { clock, log, signal }: Surroundings) {
  const target = targetOf(config, log);
  const stats = new PoolStats({ config, target, clock, log });
  const http = await serveHttp(config.http, stats.service, () => false, log);
  log.info({ port: http.port }, `HTTP on ${config.http.ip}:${http.port}`);
  const share = kafkaLog(logOptions(config, config.kafka.shareTopic), log, { ...systemClock, now: clock.now });
  const events = kafkaLog(logOptions(config, config.kafka.eventsTopic), log, { ...systemClock, now: clock.now });
  log.info("start sharelog consume thread");
  const reading = [share.read(stats.shareLog, signal)];
  if (config.updateWorkerName) {
    log.info("start common events consume thread");
    reading.push(events.read(stats.eventLog, signal));
  }
  const ticking = keepTicking(stats, clock, signal);
  return {
    stats,
    port: http.port,
    close: async () => {
      await Promise.all([...reading, ticking]);
      log.info("stop sharelog consume thread");
      await stats.flusher.settled();
      await Promise.all([http.close(), target?.close()]);
    },
  };
}

function targetOf({ pooldb, compat, flush }: PoolStatsConfig, log: Log): Target | null {
  if (pooldb === null) return null;
  const { mode, chunkRows } = flush;
  return pooldb.type === "postgresql"
    ? new PostgresTarget({ config: pooldb, compat, chunkRows, log })
    : new MysqlTarget({ config: pooldb, compat, mode, chunkRows, log });
}

function logOptions({ kafka }: PoolStatsConfig, topic: string): KafkaLogOptions {
  const { brokers, groupId, tls, sasl } = kafka;
  return {
    brokers,
    clientId: "banksman-pool-stats",
    topic,
    groupId: `${groupId}-${topic}`,
    backMs: BACK_MS,
    ...(tls && { tls }),
    ...(sasl && { sasl }),
  };
}

async function keepTicking(stats: PoolStats, clock: Clock, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    stats.tick();
    await clock.sleep(TICK_MS, signal).catch(() => undefined);
  }
}
