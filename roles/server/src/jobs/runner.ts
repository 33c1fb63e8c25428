import { hostname } from "node:os";
import { type Log, messageOf } from "@banksman/kit";
import type pg from "pg";
import { PgBoss } from "pg-boss";
import type { Registry } from "prom-client";
import { endOfFailure } from "./ended.ts";
import { type Job, JobCancelled, type JobContext, RETRIES } from "./job.ts";
import { createJobMetrics } from "./job-metrics.ts";
import { whenFree, withLock } from "./lock.ts";
import type { JobSetting, RunKey, RunStore } from "./run-store.ts";

/** A run that nobody ends is given up after a day. */
const JOB_EXPIRES_S = 86_400;
/** A killed server's run is taken over after so long without a sign of life, and a look every `WATCH_S`. */
const ALIVE_S = 10;
const WATCH_S = 5;
/** How soon a free server looks again; at once where more wait. */
const POLL_S = { timed: 5, asked: 2 };
const BEAT_MS = 2_000;
const PROGRESS_MS = 500;
/** With what pg-boss does then, and looks for only twice a second, below the five seconds that a part of a role has to stop. */
const STOP_MS = 3_000;

const QUEUE = {
  retryLimit: RETRIES,
  retryDelay: 2,
  retryBackoff: true,
  deleteAfterSeconds: 86_400,
  expireInSeconds: JOB_EXPIRES_S,
  heartbeatSeconds: ALIVE_S,
};

type Asked = { args?: unknown; by?: string } | null;
type Parts = { pool: pg.Pool; store: RunStore; log: Log; metrics: Registry };
type Attempt = { key: RunKey; cancel: AbortController };

export type JobRunner = ReturnType<typeof createJobRunner>;

/**
 * Runs jobs by the database's own clock through pg-boss: one server among several takes each run; one that fails is tried
 * again after a pause, one whose server was killed by the next server that looks; no job runs twice at once. `trouble` says
 * which failed last.
 */
export function createJobRunner(jobs: readonly Job[], { pool, store, log, metrics }: Parts) {
  const failing = new Map<string, string>();
  const attempts = new Set<Attempt>();
  const figures = createJobMetrics(metrics);
  const server = `${hostname()}:${process.pid}`;
  const boss = new PgBoss({
    db: { executeSql: (text: string, values?: unknown[]) => pool.query(text, values) },
    schema: "pgboss",
    superviseIntervalSeconds: WATCH_S,
    monitorIntervalSeconds: WATCH_S,
    queueCacheIntervalSeconds: WATCH_S,
  });
  boss.on("error", (error) => log.warn({ err: error }, `jobs: ${messageOf(error)}`));

  const schedule = async (
    { name, cron, missed }: Job,
    setting: Pick<JobSetting, "enabled" | "cron" | "time_zone"> | null,
  ) => {
    const at = setting?.cron ?? cron;
    if (at === null) return;
    if (setting?.enabled === false) await boss.unschedule(name);
    else await boss.schedule(name, at, null, { tz: setting?.time_zone ?? "UTC", missed: missed ?? "skip" });
  };

  let beats: NodeJS.Timeout | null = null;
  const beat = async (): Promise<void> => {
    if (attempts.size === 0) return;
    const wanted = new Map(
      (await store.beat([...attempts].map(({ key }) => key))).map(({ run_id, by }) => [run_id, by]),
    );
    for (const { key, cancel } of attempts) {
      const by = wanted.get(key.run_id);
      if (by !== undefined) cancel.abort(new JobCancelled(by));
    }
  };

  /** One try: alone where that is asked, noted from its beginning to its end. */
  const attempt = async (job: Job, key: RunKey, asked: Asked, claim: AbortSignal): Promise<void> => {
    const { name, cron, run } = job;
    const alone = cron !== null;
    const held = await withLock(pool, alone ? name : key.run_id, async (lost) => {
      const by = asked?.by ?? null;
      const args = asked?.args ?? null;
      await store.begin({ ...key, name, started_by: by, server, args }, alone);
      const mine = { key, cancel: new AbortController() };
      attempts.add(mine);
      const ended = figures.begin(name);
      try {
        const signal = AbortSignal.any([claim, lost, mine.cancel.signal]);
        const progress = progressOf(store, key, signal);
        const context: JobContext = { runId: key.run_id, args, by, progress, signal };
        const result = await run(context);
        await store.end(key, "succeeded", { result });
        ended("succeeded");
        failing.delete(name);
        log.debug({ job: name, ...result }, "job done");
      } catch (error) {
        if (error instanceof JobCancelled) {
          await store.end(key, "cancelled", { code: "cancelled", reason: error.message });
          ended("cancelled");
          return;
        }
        ended("failed");
        failing.set(name, messageOf(error));
        log.error({ err: error, job: name }, `job ${name} failed: ${messageOf(error)}`);
        await store.end(key, "failed", { code: endOfFailure(error), reason: messageOf(error) });
        throw error;
      } finally {
        attempts.delete(mine);
      }
    });
    if (held === null) throw new Error(`another server is still at ${name}`);
  };

  const open = async (job: Job, setting: JobSetting | null): Promise<void> => {
    const { name, cron, atOnce = 1 } = job;
    await boss.createQueue(name, { policy: cron === null ? "standard" : "exclusive", ...QUEUE });
    // One that an earlier release made keeps its rules until it is told others.
    await boss.updateQueue(name, QUEUE);
    await schedule(job, setting);
    const pollingIntervalSeconds = cron === null ? POLL_S.asked : POLL_S.timed;
    const polling = { pollingIntervalSeconds, burstWhenReadyExceeds: 1, localConcurrency: atOnce };
    await boss.work<Asked>(name, polling, async ([one]) => {
      if (one) await attempt(job, { run_id: one.id, attempt: one.retryCount }, one.data, one.signal);
    });
  };

  return {
    start: async (): Promise<void> => {
      // Servers that are started together on a new database would make pg-boss's tables twice.
      await whenFree(pool, "pg-boss", () => boss.start());
      const settings = new Map((await store.settings()).map((setting) => [setting.name, setting]));
      await Promise.all(jobs.map((job) => open(job, settings.get(job.name) ?? null)));
      beats = setInterval(() => {
        beat().catch((error: unknown) => log.warn({ err: error }, `jobs: ${messageOf(error)}`));
      }, BEAT_MS);
    },
    trouble: () => (failing.size === 0 ? null : [...failing].map(([name, why]) => `${name}: ${why}`).join("; ")),
    /** Has a job run as soon as a server is free, the higher priority first; null where it waits or runs already. */
    ask: (name: string, { args, by, priority = 0 }: { args?: unknown; by: string; priority?: number }) =>
      boss.send(name, { args: args ?? null, by }, { priority }),
    schedule,
    /** The next times of an expression; throws for one that is none. */
    preview: (cron: string, timeZone: string, count: number): Date[] =>
      boss.previewSchedule(cron, { tz: timeZone, count }),
    /** Takes back what waits; true when that was in time. */
    unqueue: async (name: string, runId: string): Promise<boolean> => {
      const [waiting] = await boss.findJobs(name, { id: runId, queued: true });
      if (waiting) await boss.cancel(name, runId);
      return waiting !== undefined;
    },
    /** How many runs of each job wait. */
    queued: async (): Promise<Map<string, number>> => {
      const { rows } = await pool.query<{ name: string; n: number }>(
        "select name, count(*)::int as n from pgboss.job where state in ('created', 'retry') group by name",
      );
      return new Map(rows.map(({ name, n }) => [name, n]));
    },
    /** Runs that don't end within a few seconds are given up, and tried again by whoever is there then. */
    stop: async () => {
      if (beats) clearInterval(beats);
      await boss.stop({ graceful: true, timeout: STOP_MS });
    },
  };
}

/** Writes progress at most twice a second, and stops the job where somebody or something wants it stopped. */
function progressOf(store: RunStore, key: RunKey, signal: AbortSignal): JobContext["progress"] {
  let last = 0;
  return async (share, note) => {
    signal.throwIfAborted();
    const now = performance.now();
    if (now - last < PROGRESS_MS) return;
    last = now;
    await store.progress(key, share, note ?? null);
  };
}
