import type { BodyOf, JobLoop, JobRun, ListJobRuns, QueryOf, Job as ShownJob, UpdateJob } from "@banksman/wire/api";
import { isTimeZone } from "@banksman/wire/model";
import type { Transaction } from "kysely";
import type { Schema } from "../db/schema.ts";
import { problem } from "../http/problem.ts";
import { type Job, RETRIES } from "./job.ts";
import type { JobSetting, RunStore } from "./run-store.ts";
import type { JobRunner } from "./runner.ts";

const NEXT_RUNS = 3;
/** What a person asks for goes before what the clock asked for. */
const PERSON = 10;

type Parts = { jobs: readonly Job[]; runner: JobRunner; store: RunStore; loops: () => Promise<JobLoop[]> };
type Within = (tx: Transaction<Schema>) => Promise<void>;
type Seen = {
  queued: ReadonlyMap<string, number>;
  running: readonly JobRun[];
  last: readonly JobRun[];
  counts: Awaited<ReturnType<RunStore["counts"]>>;
  settings: readonly JobSetting[];
};

export type JobService = ReturnType<typeof jobService>;

/** Jobs as people see and steer them. */
export function jobService({ jobs, runner, store, loops }: Parts) {
  const find = (name: string): Job => {
    const job = jobs.find((one) => one.name === name);
    if (!job) throw problem(404, "NO_SUCH_JOB", `there is no job ${name}`);
    return job;
  };
  const look = async (): Promise<Seen> => {
    const [queued, current, counts, settings] = await Promise.all([
      runner.queued(),
      store.current(),
      store.counts(),
      store.settings(),
    ]);
    return { queued, ...current, counts, settings };
  };
  const shown = (job: Job, { queued, running, last, counts, settings }: Seen): ShownJob => {
    const { name } = job;
    const setting = settings.find((one) => one.name === name);
    const count = counts.find((one) => one.name === name);
    const cron = setting?.cron ?? job.cron;
    const time_zone = setting?.time_zone ?? "UTC";
    const enabled = setting?.enabled ?? true;
    const next = cron !== null && enabled ? runner.preview(cron, time_zone, NEXT_RUNS) : [];
    return {
      name,
      cron,
      default_cron: job.cron,
      time_zone,
      missed: job.missed ?? "skip",
      retries: RETRIES,
      enabled,
      queued: queued.get(name) ?? 0,
      next_runs: next.map((moment) => moment.toISOString()),
      running: running.filter((run) => run.name === name),
      last: last.find((run) => run.name === name) ?? null,
      runs: count?.runs ?? 0,
      failures: count?.failures ?? 0,
      mean_seconds: count?.mean_seconds ?? null,
      updated_at: setting?.updated_at.toISOString() ?? null,
      updated_by: setting?.updated_by ?? null,
    };
  };
  const one = async (name: string): Promise<ShownJob> => shown(find(name), await look());

  const runOf = async (runId: string) => {
    const run = await store.newest(runId);
    if (!run) throw problem(404, "NO_SUCH_RUN", "there is no such run; what waits has none yet");
    return run;
  };

  return {
    list: async (): Promise<{ jobs: ShownJob[]; loops: JobLoop[] }> => {
      const seen = await look();
      return { jobs: jobs.map((job) => shown(job, seen)), loops: await loops() };
    },
    one,
    runs: (query: QueryOf<typeof ListJobRuns>) => store.list(query),

    update: async (name: string, change: BodyOf<typeof UpdateJob>, by: string, within: Within): Promise<ShownJob> => {
      const job = find(name);
      const before = await one(name);
      if (job.cron === null) throw problem(409, "NO_SCHEDULE", `${name} runs when it is asked; it has no times to set`);
      const setting = {
        name,
        enabled: change.enabled ?? before.enabled,
        cron: change.cron === undefined ? (before.cron === job.cron ? null : before.cron) : change.cron,
        time_zone: change.time_zone === undefined ? before.time_zone : change.time_zone,
      };
      check(runner, setting.cron ?? job.cron, setting.time_zone);
      await store.saveSetting(setting, by, within);
      await runner.schedule(job, setting);
      return one(name);
    },

    run: async (name: string, by: string) => {
      const job = find(name);
      if (job.cron === null) throw problem(409, "NEEDS_ARGUMENTS", `${name} is asked for where it belongs, not here`);
      return { run_id: await runner.ask(name, { by, priority: PERSON }) };
    },

    cancel: async (runId: string, by: string) => {
      for (const { name } of jobs) if (await runner.unqueue(name, runId)) return { run_id: runId };
      if (await store.cancel(runId, by)) return { run_id: runId };
      const { state } = await runOf(runId);
      throw problem(409, "RUN_ENDED", `this run has ended: ${state}`);
    },

    retry: async (runId: string, by: string) => {
      const { name, state, args } = await runOf(runId);
      find(name);
      if (state === "running" || state === "succeeded")
        throw problem(409, "NOT_FAILED", `only what failed, was cancelled or lost is done again; this run is ${state}`);
      return { run_id: await runner.ask(name, { args, by, priority: PERSON }) };
    },
  };
}

const CRON =
  "five fields: minute 0 to 59, hour 0 to 23, day 1 to 31, month 1 to 12, weekday 0 to 7, such as 30 6 * * 1 for Mondays at 6:30";

/** Throws a 400 for an expression or a time zone that is none. */
function check(runner: JobRunner, cron: string, timeZone: string | null): void {
  if (timeZone !== null && !isTimeZone(timeZone))
    throw problem(400, "INVALID_INPUT", "time_zone: not a time zone name such as Asia/Shanghai", { path: "time_zone" });
  try {
    if (cron.trim().split(/\s+/).length !== 5) throw new Error("not five fields");
    runner.preview(cron, timeZone ?? "UTC", 1);
  } catch {
    throw problem(400, "INVALID_INPUT", `cron: must be ${CRON}`, { path: "cron" });
  }
}
