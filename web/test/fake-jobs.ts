import * as api from "@banksman/wire/api";
import type { FakeReply, FakeRequest } from "./fake-routes.ts";
import type { FakeState } from "./fake-state.ts";

const ok = (data: unknown, status = 200): FakeReply => ({ status, body: { success: true, data } });
const ago = (seconds: number) => new Date(Date.now() - seconds * 1_000).toISOString();
const idOf = (n: number) => `00000000-0000-4000-8003-${String(n).padStart(12, "0")}`;

const makeRun = (n: number, change: Partial<api.JobRun> = {}): api.JobRun => ({
  run_id: idOf(n),
  attempt: 0,
  name: "roll-up",
  state: "succeeded",
  started_at: ago(60 * n + 20),
  ended_at: ago(60 * n + 18),
  progress: null,
  note: null,
  started_by: null,
  server: "mine-1:812",
  result: { minutes: 2, hours: 0, days: 0 },
  code: null,
  reason: null,
  ...change,
});

const FAILED = makeRun(3, {
  name: "retention",
  state: "failed",
  attempt: 2,
  result: null,
  code: "out_of_space",
  reason: "could not extend file: No space left on device",
});

const RUNS = [
  ...Array.from({ length: 60 }, (_, n) => makeRun(n + 4)),
  makeRun(2, { name: "alerts", state: "lost", result: null, code: "lost", reason: "its server ended in the middle" }),
  FAILED,
];

const job = (name: string, change: Partial<api.Job> = {}): api.Job => ({
  name,
  cron: "17 * * * *",
  default_cron: "17 * * * *",
  time_zone: "UTC",
  missed: "skip",
  retries: 2,
  enabled: true,
  queued: 0,
  next_runs: [ago(-1_200), ago(-4_800), ago(-8_400)],
  running: [],
  last: null,
  runs: 24,
  failures: 0,
  mean_seconds: 0.4,
  updated_at: null,
  updated_by: null,
  ...change,
});

const JOBS: api.Job[] = [
  job("roll-up", { cron: "* * * * *", default_cron: "* * * * *", runs: 1_440, last: makeRun(1), mean_seconds: 2.1 }),
  job("cooling-findings", {
    running: [
      makeRun(0, {
        name: "cooling-findings",
        state: "running",
        ended_at: null,
        result: null,
        progress: 0.42,
        note: "unit 63 of 150",
        started_by: "li.wei",
      }),
    ],
  }),
  job("retention", { last: FAILED, failures: 3, queued: 1 }),
  job("alerts", { cron: "30 2 * * *", time_zone: "Asia/Shanghai", missed: "once", runs: 1 }),
  job("webhooks", { enabled: false, next_runs: [], runs: 0, mean_seconds: null }),
];

const LOOPS: api.JobLoop[] = [
  {
    kind: "rules",
    site_id: null,
    by: "this server",
    every_seconds: 0.5,
    last_at: ago(1),
    duration_ms: 3.2,
    done: 612,
    failed: null,
  },
  {
    kind: "sweep",
    site_id: "1",
    by: "edge-1",
    every_seconds: 30,
    last_at: ago(11),
    duration_ms: null,
    done: 300,
    failed: null,
  },
  {
    kind: "cooling_round",
    site_id: "1",
    by: "edge-1",
    every_seconds: null,
    last_at: ago(24),
    duration_ms: 2_140,
    done: 148,
    failed: 2,
  },
];

function runs(query: URLSearchParams): FakeReply {
  const [name, state] = [query.get("name"), query.get("state")];
  const found = RUNS.filter((run) => (!name || run.name === name) && (!state || run.state === state));
  const [page, size] = [Number(query.get("page") ?? 1), Number(query.get("per_page") ?? 50)];
  return ok({ runs: found.slice((page - 1) * size, page * size), total: found.length });
}

type Handler = (state: FakeState, params: Record<string, string>, request: FakeRequest) => FakeReply;

export const jobHandlers: [api.Route, Handler][] = [
  [api.ListJobs, () => ok({ jobs: JOBS, loops: LOOPS })],
  [api.ListJobRuns, (_state, _params, { query }) => runs(query)],
  [
    api.UpdateJob,
    (_state, { name }, { body }) => {
      const found = JOBS.find((one) => one.name === name);
      const change = api.UpdateJob.body.parse(body);
      if (change.cron === "99 * * * *")
        return {
          status: 400,
          body: { success: false, error: "cron", detail: "cron: no minute 99", code: "INVALID_INPUT", status: 400 },
        };
      return ok({ ...found, ...change });
    },
  ],
  [api.RunJob, (_state, { name }) => ok({ run_id: name === "retention" ? null : idOf(99) }, 202)],
  [api.CancelJobRun, (_state, { run_id }) => ok({ run_id })],
  [api.RetryJobRun, () => ok({ run_id: idOf(98) }, 202)],
];
