import { type Log, messageOf } from "@banksman/kit";
import type pg from "pg";
import { PgBoss } from "pg-boss";

export type Job = {
  name: string;
  /** When it runs, in cron's words, UTC. */
  cron: string;
  run: () => Promise<object>;
};

/** A run that a killed server left open blocks the next ones no longer than this. */
const JOB_EXPIRES_S = 300;

/**
 * Runs jobs by the database's own clock through pg-boss: one server among several takes each run, one that fails is
 * tried again at its next time, and `trouble` says so meanwhile.
 */
export async function startJobs(
  pool: pg.Pool,
  jobs: readonly Job[],
  log: Log,
): Promise<{ trouble: () => string | null; stop: () => Promise<void> }> {
  const failing = new Map<string, string>();
  const boss = new PgBoss({
    db: { executeSql: (text: string, values?: unknown[]) => pool.query(text, values) },
    schema: "pgboss",
  });
  boss.on("error", (error) => log.warn({ err: error }, `jobs: ${messageOf(error)}`));
  await boss.start();
  for (const { name, cron, run } of jobs) {
    await boss.createQueue(name, {
      policy: "exclusive",
      retryLimit: 0,
      deleteAfterSeconds: 86_400,
      expireInSeconds: JOB_EXPIRES_S,
    });
    await boss.schedule(name, cron, null, { tz: "UTC" });
    await boss.work(name, { pollingIntervalSeconds: 5 }, async () => {
      try {
        const result = await run();
        failing.delete(name);
        log.debug({ job: name, ...result }, "job done");
      } catch (error) {
        failing.set(name, messageOf(error));
        log.error({ err: error, job: name }, `job ${name} failed: ${messageOf(error)}`);
        throw error;
      }
    });
  }
  const trouble = () => (failing.size === 0 ? null : [...failing].map(([name, why]) => `${name}: ${why}`).join("; "));
  return { trouble, stop: () => boss.stop({ graceful: true, timeout: 5_000 }) };
}
