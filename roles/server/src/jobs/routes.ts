import { CancelJobRun, ListJobRuns, ListJobs, RetryJobRun, RunJob, UpdateJob } from "@banksman/wire/api";
import type { Api } from "../http/api.ts";
import { membersOf } from "../http/audit-call.ts";
import { nameOf } from "../http/caller.ts";
import type { JobService } from "./service.ts";

export function jobRoutes(api: Api, jobs: JobService): void {
  api.on(ListJobs, () => jobs.list());
  api.on(ListJobRuns, ({ query }) => jobs.runs(query));
  api.on(UpdateJob, async ({ params, body, caller, audit }) => {
    audit.note({ before: membersOf(body, await jobs.one(params.name)) });
    return jobs.update(params.name, body, nameOf(caller), (tx) => audit.within(tx));
  });
  api.on(RunJob, ({ params, caller }) => jobs.run(params.name, nameOf(caller)));
  api.on(CancelJobRun, ({ params, caller }) => jobs.cancel(params.run_id, nameOf(caller)));
  api.on(RetryJobRun, ({ params, caller }) => jobs.retry(params.run_id, nameOf(caller)));
}
