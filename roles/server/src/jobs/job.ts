import type { JobFigures } from "@banksman/wire/model";

/** What a run of a job is given. */
export type JobContext = {
  runId: string;
  /** What it was asked; null at its usual times. */
  args: unknown;
  /** Who asked; null for the clock. */
  by: string | null;
  /**
   * Says how far it is, 0 to 1, and at what. Throws when somebody cancelled the run: a job that can be stopped between two
   * steps says this between them.
   */
  progress: (share: number, note?: string) => Promise<void>;
  /** Aborts when somebody cancelled the run, when another server has taken it over, and when the server stops. */
  signal: AbortSignal;
};

/** A job as its slice defines it. */
export type Job = {
  name: string;
  /** When it runs, in cron's five fields, UTC unless somebody sets another time zone. Null: when it is asked. */
  cron: string | null;
  /** Whether times that passed while no server ran are made up for by one run. */
  missed?: "once";
  /** Runs at once in one server, for jobs that are asked; those with times run alone among all servers. */
  atOnce?: number;
  /** What it gives is shown with the run. */
  run: (context: JobContext) => Promise<JobFigures>;
};

/** Somebody cancelled the run. */
export class JobCancelled extends Error {
  override name = "JobCancelled";
  readonly by: string;
  constructor(by: string) {
    super(`cancelled by ${by}`);
    this.by = by;
  }
}

/** Tries after the first that failed, each after a longer pause. */
export const RETRIES = 2;
