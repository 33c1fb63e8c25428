import type { RoleContext } from "@banksman/kit";
import type pg from "pg";
import type { Db } from "./db/connect.ts";
import type { Evaluator } from "./evaluation/evaluator.ts";
import type { Api } from "./http/api.ts";
import type { Job } from "./jobs/job.ts";
import { loopsOf } from "./jobs/loops.ts";
import { jobRoutes } from "./jobs/routes.ts";
import { runStore } from "./jobs/run-store.ts";
import { createJobRunner } from "./jobs/runner.ts";
import { jobService } from "./jobs/service.ts";

type Parts = {
  db: Db;
  pool: pg.Pool;
  evaluator: Pick<Evaluator, "newest">;
  /** How often rules are evaluated. */
  evaluateMs: number;
  /** What every slice wants done from time to time. */
  jobs: readonly Job[];
};

/** What runs at its times or when it is asked: its pages, and `start` for when all else stands. */
export function buildJobs({ db, pool, evaluator, evaluateMs, jobs: others }: Parts, context: RoleContext) {
  const { log, metrics, health, onStop } = context;
  const store = runStore(db);
  const jobs: Job[] = [...others, { name: "jobs", cron: "41 * * * *", run: store.upkeep }];
  const runner = createJobRunner(jobs, { pool, store, log, metrics });
  const loops = () => loopsOf(db, evaluator, evaluateMs);
  const service = jobService({ jobs, runner, store, loops });
  return {
    ask: runner.ask,
    routes: (api: Api) => jobRoutes(api, service),
    start: async (): Promise<void> => {
      // A start that fails half-way leaves something to stop, too.
      onStop("jobs", () => runner.stop());
      await runner.start();
      health.addReadyCheck("jobs", () => runner.trouble());
    },
  };
}
