import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { waitFor } from "@banksman/testkit";
import type { Job, JobLoop, JobRun } from "@banksman/wire/api";
import { siteWithKey, startTestServer, type TestServer } from "../test/test-server.ts";

let server: TestServer;
let cookie: string;
let key: string;
before(async () => {
  server = await startTestServer();
  ({ cookie, key } = await siteWithKey(server, "1"));
});
after(() => server[Symbol.asyncDispose]());

async function call<T>(method: "GET" | "POST" | "PATCH", path: string, body?: unknown) {
  const { status, body: told } = await server.call(method, `/api/jobs${path}`, {
    cookie,
    ...(body !== undefined && { body }),
  });
  return { status, data: told.data as T, code: told.code, detail: String(told.detail) };
}
const list = async () => (await call<{ jobs: Job[]; loops: JobLoop[] }>("GET", "")).data;
const job = async (name: string) => (await list()).jobs.find((one) => one.name === name);
const runs = async (query: string) => (await call<{ runs: JobRun[]; total: number }>("GET", `/runs?${query}`)).data;

test("every job has its times and its next runs; beside them are the loops of edges and rules", async () => {
  await server.call("POST", "/api/collector/upload", { key, body: [{ miner_id: "a", online: true, hashrate_ghs: 1 }] });
  const { jobs, loops } = await list();
  assert.ok(jobs.length >= 12);
  const rollUp = jobs.find(({ name }) => name === "roll-up");
  assert.deepEqual([rollUp?.cron, rollUp?.time_zone, rollUp?.enabled], ["* * * * *", "UTC", true]);
  const [first = "", second = ""] = rollUp?.next_runs ?? [];
  assert.equal(Date.parse(second) - Date.parse(first), 60_000);
  assert.ok(loops.some(({ kind, site_id, done }) => kind === "sweep" && site_id === "1" && done === 1));
  assert.ok(loops.some(({ kind }) => kind === "rules"));
});

test("a job runs when somebody wants it, and who it was is told with the run", async () => {
  await waitFor("the queues", async () => (await call("POST", "/retention/runs")).status === 202, { withinMs: 20_000 });
  const {
    runs: [run],
  } = await waitFor(
    "its end",
    async () => {
      const found = await runs("name=retention&state=succeeded");
      return found.total > 0 ? found : null;
    },
    { withinMs: 20_000 },
  );
  assert.deepEqual([run?.started_by, run?.attempt, run?.result], ["admin", 0, { dropped: [] }]);
  assert.ok((await job("retention"))?.last?.ended_at);
  assert.equal((await call("POST", "/nothing/runs")).code, "NO_SUCH_JOB");
  assert.equal((await call("POST", `/runs/${run?.run_id}/retry`)).code, "NOT_FAILED");
  assert.equal((await call("POST", `/runs/${run?.run_id}/cancel`)).code, "RUN_ENDED");
  assert.equal((await call("POST", `/runs/${randomUUID()}/cancel`)).code, "NO_SUCH_RUN");
});

test("times are set in a time zone, switched off and on, and go back to what is usual; nonsense is refused", async () => {
  const set = await call<Job>("PATCH", "/alerts", { cron: "30 2 * * *", time_zone: "Asia/Shanghai" });
  assert.deepEqual([set.data.cron, set.data.time_zone, set.data.updated_by], ["30 2 * * *", "Asia/Shanghai", "admin"]);
  assert.match(set.data.next_runs[0] ?? "", /T18:30:00/, "half past two in Shanghai");
  const off = await call<Job>("PATCH", "/alerts", { enabled: false });
  assert.deepEqual([off.data.enabled, off.data.next_runs, off.data.cron], [false, [], "30 2 * * *"]);
  for (const cron of ["99 * * * *", "each day at noon", "30 10 10 10"]) {
    const refused = await call<Job>("PATCH", "/alerts", { cron });
    assert.match(refused.detail, /cron: must be five fields: minute 0 to 59, .* such as/, cron);
  }
  const usual = await call<Job>("PATCH", "/alerts", { enabled: true, cron: null, time_zone: null });
  assert.deepEqual([usual.data.cron, usual.data.time_zone, usual.data.next_runs.length], ["17 * * * *", "UTC", 3]);
  for (const cron of ["* * * *", "61 * * * *", "* * * * * *", "every day"])
    assert.equal((await call("PATCH", "/alerts", { cron })).status, 400, cron);
  assert.equal((await call("PATCH", "/alerts", { time_zone: "Mars/Olympus" })).status, 400);
  const audit = await server.call("GET", "/api/audit?action=jobs.update", { cookie });
  assert.equal((audit.body.data as { rows: unknown[] }).rows.length >= 3, true);
});
