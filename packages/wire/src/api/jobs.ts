import { z } from "zod";
import { JobEnd } from "../model/words/job-ends.ts";
import { defineRoute, reply } from "./route.ts";

/**
 * How a try of a job stands. `lost`: the server that ran it was killed or hung in the middle; the next try does it again.
 */
export const JobRunState = z.enum(["running", "succeeded", "failed", "cancelled", "lost"]);
export type JobRunState = z.infer<typeof JobRunState>;

/** One try of one job. */
export const JobRun = z.object({
  run_id: z.uuid(),
  /** 0 for the first; a failed or lost one is tried again. */
  attempt: z.int(),
  name: z.string(),
  state: JobRunState,
  started_at: z.iso.datetime(),
  ended_at: z.iso.datetime().nullable(),
  /** 0 to 1, where the job can tell. */
  progress: z.number().nullable(),
  /** What it is at, in its own words. */
  note: z.string().nullable(),
  /** Who asked for it; null for the clock. */
  started_by: z.string().nullable(),
  /** Which server runs it, by host and process. */
  server: z.string(),
  result: z.record(z.string(), z.unknown()).nullable(),
  /** Why it ended early; null while it runs, and when it went well. */
  code: JobEnd.nullable(),
  /** The same in the words of what went wrong, or who cancelled it. */
  reason: z.string().nullable(),
});
export type JobRun = z.infer<typeof JobRun>;

/** A job as it is defined, scheduled, and how it went of late. */
export const Job = z.object({
  name: z.string(),
  /** Five fields, in `time_zone`. Null for one that runs when somebody asks. */
  cron: z.string().nullable(),
  default_cron: z.string().nullable(),
  time_zone: z.string(),
  /** What happens at times when no server ran: none of them, or one run for all of them. */
  missed: z.enum(["skip", "once"]),
  /** Tries after the first one that failed, each after a longer pause. */
  retries: z.int(),
  enabled: z.boolean(),
  /** How many wait for a free server. */
  queued: z.int(),
  next_runs: z.array(z.iso.datetime()),
  running: z.array(JobRun),
  last: JobRun.nullable(),
  /** Of the last 24 hours. */
  runs: z.int(),
  failures: z.int(),
  mean_seconds: z.number().nullable(),
  updated_at: z.iso.datetime().nullable(),
  updated_by: z.string().nullable(),
});
export type Job = z.infer<typeof Job>;

/** What goes round by itself outside the jobs: edges' sweeps and rounds, and the evaluation of rules. */
export const JobLoop = z.object({
  kind: z.enum(["sweep", "cooling_round", "rules"]),
  site_id: z.string().nullable(),
  /** The collector, or the server that evaluates. */
  by: z.string(),
  every_seconds: z.number().nullable(),
  last_at: z.iso.datetime().nullable(),
  duration_ms: z.number().nullable(),
  /** Of its last round: what it read or evaluated, and what failed. */
  done: z.int().nullable(),
  failed: z.int().nullable(),
});
export type JobLoop = z.infer<typeof JobLoop>;

export const ListJobs = defineRoute({
  method: "GET",
  path: "/jobs",
  summary: "Jobs with their schedules and newest runs, and the loops that run beside them",
  needs: "job.manage",
  reply: reply(z.object({ jobs: z.array(Job), loops: z.array(JobLoop) })),
});

export const ListJobRuns = defineRoute({
  method: "GET",
  path: "/jobs/runs",
  summary: "Runs of jobs, the newest first",
  needs: "job.manage",
  query: z.object({
    name: z.string().optional(),
    state: JobRunState.optional(),
    page: z.coerce.number().int().min(1).default(1),
    per_page: z.coerce.number().int().min(1).max(200).default(50),
  }),
  reply: reply(z.object({ runs: z.array(JobRun), total: z.int() })),
});

const params = z.object({ name: z.string() });

export const UpdateJob = defineRoute({
  method: "PATCH",
  path: "/jobs/:name",
  summary: "Switches a job's schedule on or off, or sets its times; null goes back to the default",
  needs: "job.manage",
  params,
  body: z.object({
    enabled: z.boolean().optional(),
    cron: z.string().trim().min(9).max(100).nullable().optional(),
    time_zone: z.string().max(64).nullable().optional(),
  }),
  reply: reply(Job),
});

export const RunJob = defineRoute({
  method: "POST",
  path: "/jobs/:name/runs",
  action: "jobs.run",
  summary: "Runs a job now; null where it waits or runs already",
  needs: "job.manage",
  params,
  status: 202,
  reply: reply(z.object({ run_id: z.uuid().nullable() })),
});

const run = z.object({ run_id: z.uuid() });

export const CancelJobRun = defineRoute({
  method: "POST",
  path: "/jobs/runs/:run_id/cancel",
  action: "jobs.cancel",
  summary: "Cancels a run: one that waits at once, one that runs at its next step",
  needs: "job.manage",
  params: run,
  reply: reply(z.object({ run_id: z.uuid() })),
});

export const RetryJobRun = defineRoute({
  method: "POST",
  path: "/jobs/runs/:run_id/retry",
  action: "jobs.retry",
  summary: "Does a failed or cancelled run again, with what it was asked",
  needs: "job.manage",
  params: run,
  status: 202,
  reply: reply(z.object({ run_id: z.uuid().nullable() })),
});
