import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { createLog, createMetrics } from "@banksman/kit";
import { type PrivatePostgres, run as runProcess, startPostgres, waitFor } from "@banksman/testkit";
import { type Database, openDatabase } from "../db/connect.ts";
import { migrate } from "../db/migrations.ts";
import { endOfFailure } from "./ended.ts";
import type { Job } from "./job.ts";
import { runStore } from "./run-store.ts";
import { createJobRunner, type JobRunner } from "./runner.ts";

const CHILD = fileURLToPath(new URL("./runner-child.ts", import.meta.url));
const SOON = { withinMs: 30_000 };
/** New Year: never while a test runs. */
const NEVER = "0 0 1 1 *";

const log = createLog("test", "silent");
let postgres: PrivatePostgres;
let database: Database;
before(async () => {
  postgres = await startPostgres();
  database = await openDatabase(postgres.url, "unused", log);
  await migrate(database.pool, log);
});
after(async () => {
  await database.close();
  await postgres[Symbol.asyncDispose]();
});

const runs = async (name: string) => (await runStore(database.db).list({ name, page: 1, per_page: 50 })).runs;
async function started(jobs: readonly Job[], metrics = createMetrics("test")): Promise<JobRunner & AsyncDisposable> {
  const runner = createJobRunner(jobs, { pool: database.pool, store: runStore(database.db), log, metrics });
  await runner.start();
  return { ...runner, [Symbol.asyncDispose]: runner.stop };
}

test("what a try failed with is told by a code, also where it lies beneath another error", async () => {
  const thrown = async (sql: string) => {
    const client = await database.pool.connect();
    try {
      return await client.query(sql).then(
        () => null,
        (error: unknown) => error,
      );
    } finally {
      client.release(true);
    }
  };
  assert.equal(endOfFailure(await thrown("set statement_timeout = 1; select pg_sleep(9)")), "timed_out");
  assert.equal(endOfFailure(await thrown("select pg_terminate_backend(pg_backend_pid())")), "not_reached");
  assert.equal(endOfFailure(await thrown("select no_such_thing")), "failed");
  const full = Object.assign(new Error("no space"), { code: "ENOSPC" });
  assert.equal(endOfFailure(new Error("a report could not be kept", { cause: full })), "out_of_space");
  assert.equal(endOfFailure("a mere word"), "failed");
});

describe("jobs", { concurrency: true }, () => {
  test("what fails is tried again, is trouble until it goes well, and each try is told", async () => {
    let tries = 0;
    const flaky: Job = {
      name: "flaky",
      cron: NEVER,
      run: async () => {
        if (++tries < 2) throw new Error(`no luck ${tries}`);
        return { units: 7 };
      },
    };
    const metrics = createMetrics("test");
    await using runner = await started([flaky], metrics);
    assert.notEqual(await runner.ask("flaky", { by: "ann" }), null);
    await waitFor("trouble", () => runner.trouble()?.includes("flaky: no luck"), SOON);
    assert.equal(await runner.ask("flaky", { by: "bob" }), null, "it waits for its next try");
    await waitFor("no trouble", () => runner.trouble() === null, SOON);
    const [second, first] = await waitFor("its end", async () => {
      const all = await runs("flaky");
      return all[0]?.state === "succeeded" ? all : null;
    });
    assert.deepEqual([second?.attempt, second?.result, second?.started_by], [1, { units: 7 }, "ann"]);
    assert.deepEqual([first?.state, first?.code, first?.reason], ["failed", "failed", "no luck 1"]);
    assert.equal(second?.code, null);
    assert.match(await metrics.metrics(), /banksman_job_runs_total\{job="flaky",state="failed"[^}]*\} 1/);
  });

  test("kill -9 of the server that runs a job: another one does it again, once, and not before the first is gone", async () => {
    const child = runProcess(process.execPath, [CHILD, postgres.url]);
    let again = 0;
    const long: Job = {
      name: "long",
      cron: NEVER,
      run: async () => {
        again++;
        return { units: again };
      },
    };
    await waitFor(
      "the child's queue",
      async () => {
        const { rows } = await database.pool.query("select 1 from pgboss.queue where name = 'long'");
        return rows.length > 0;
      },
      SOON,
    );
    const runner = createJobRunner([long], {
      pool: database.pool,
      store: runStore(database.db),
      log,
      metrics: createMetrics("test"),
    });
    await database.pool.query(
      "insert into pgboss.job (name, data, policy, heartbeat_seconds, retry_limit, retry_delay) values ('long', null, 'exclusive', 10, 2, 1)",
    );
    await child.output(/begun/, 30_000);
    await runner.start();
    try {
      const [running] = await waitFor(
        "progress",
        async () => {
          const all = await runs("long");
          return all[0]?.progress ? all : null;
        },
        SOON,
      );
      assert.deepEqual([running?.state, running?.attempt], ["running", 0]);
      assert.match(running?.note ?? "", /^step \d/);
      assert.equal(again, 0, "one runs it, the other leaves it alone");
      child.child.kill("SIGKILL");
      await child.exited;
      const all = await waitFor(
        "the second try",
        async () => {
          const now = await runs("long");
          return now[0]?.state === "succeeded" ? now : null;
        },
        SOON,
      );
      assert.deepEqual(
        all.map(({ attempt, state, code }) => [attempt, state, code]),
        [
          [1, "succeeded", null],
          [0, "lost", "lost"],
        ],
      );
      assert.equal(again, 1);
    } finally {
      await runner.stop();
    }
  });

  test("a run is cancelled at its next step, one that waits at once; neither is tried again", async () => {
    const steps: Job = {
      name: "steps",
      cron: null,
      run: async ({ progress }) => {
        for (let step = 0; step < 1_000; step++) {
          await progress(step / 1_000);
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
        return {};
      },
    };
    await using runner = await started([steps]);
    const first = (await runner.ask("steps", { by: "ann" })) ?? "";
    await waitFor("it to run", async () => (await runs("steps")).length > 0, SOON);
    const second = (await runner.ask("steps", { by: "ann" })) ?? "";
    assert.equal(await runner.unqueue("steps", second), true);
    assert.equal(await runner.unqueue("steps", first), false, "it runs");
    assert.equal(await runStore(database.db).cancel(first, "bob"), true);
    const [run, ...others] = await waitFor(
      "its end",
      async () => {
        const all = await runs("steps");
        return all[0]?.state === "running" ? null : all;
      },
      SOON,
    );
    assert.deepEqual([run?.state, run?.code, run?.reason, others], ["cancelled", "cancelled", "cancelled by bob", []]);
    assert.equal((await runner.queued()).get("steps"), undefined);
  });

  test("a server that stops gives up a run that goes on, in the time it has for that", async () => {
    let given: AbortSignal | undefined;
    const endless: Job = {
      name: "endless",
      cron: null,
      run: async ({ signal }) => {
        given = signal;
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        throw signal.reason;
      },
    };
    const runner = await started([endless]);
    await runner.ask("endless", { by: "ann" });
    await waitFor("it to run", () => given, SOON);
    const began = performance.now();
    await runner.stop();
    const took = performance.now() - began;
    assert.ok(took < 5_000, `it took ${Math.round(took)} ms`);
    assert.ok(given?.aborted);
    const ended = async () => (await runs("endless")).find(({ state }) => state === "failed");
    assert.equal((await waitFor("its end", ended, SOON)).code, "given_up");
  });

  test("two servers share a queue that takes several at once, and no run is done twice", async () => {
    const seen = new Map<string, number>();
    let [now, most] = [0, 0];
    const each: Job = {
      name: "each",
      cron: null,
      atOnce: 2,
      run: async ({ args }) => {
        most = Math.max(most, ++now);
        const key = JSON.stringify(args);
        seen.set(key, (seen.get(key) ?? 0) + 1);
        await new Promise((resolve) => setTimeout(resolve, 20));
        now--;
        return {};
      },
    };
    await using one = await started([each]);
    await using _two = await started([each]);
    for (let n = 0; n < 12; n++) await one.ask("each", { args: { n }, by: "ann" });
    await waitFor(
      "all",
      async () => (await runs("each")).filter(({ state }) => state === "succeeded").length === 12,
      SOON,
    );
    assert.deepEqual([...seen.values()], Array(12).fill(1));
    assert.ok(most >= 2 && most <= 4, `${most} at once`);
  });
});
