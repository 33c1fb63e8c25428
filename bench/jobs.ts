/**
 * What a job costs beside its work: 1,000 that do nothing are asked for and run, by one server with two at once and by ten
 * at once, beside a bare INSERT and DELETE of a row of the same size, each in a commit of its own, in the same PostgreSQL.
 *   node bench/jobs.ts
 */
import { performance } from "node:perf_hooks";
import { createLog, createMetrics } from "@banksman/kit";
import { startPostgres } from "@banksman/testkit";
import { openDatabase } from "../roles/server/src/db/connect.ts";
import { migrate } from "../roles/server/src/db/migrations.ts";
import { runStore } from "../roles/server/src/jobs/run-store.ts";
import { createJobRunner } from "../roles/server/src/jobs/runner.ts";

const JOBS = 1_000;

await using postgres = await startPostgres();
const log = createLog("bench", "silent");
const { db, pool, close } = await openDatabase(postgres.url, "unused", log);
await migrate(pool, log);

async function jobs(atOnce: number): Promise<{ asked: number; run: number }> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let done = 0;
  const name = `nothing-${atOnce}`;
  const run = async () => {
    if (++done === JOBS) resolve();
    return {};
  };
  const job = { name, cron: null, atOnce, run };
  const runner = createJobRunner([job], { pool, store: runStore(db), log, metrics: createMetrics("bench") });
  await runner.start();
  const began = performance.now();
  for (let n = 0; n < JOBS; n++) await runner.ask(name, { args: { n }, by: "bench" });
  const asked = performance.now() - began;
  await promise;
  const all = performance.now() - began;
  await runner.stop();
  return { asked: JOBS / (asked / 1_000), run: JOBS / (all / 1_000) };
}

async function bare(): Promise<number> {
  await pool.query(
    "create table bare (id uuid primary key default gen_random_uuid(), name text, data jsonb, at timestamptz default now())",
  );
  const began = performance.now();
  for (let n = 0; n < JOBS; n++) {
    const { rows } = await pool.query("insert into bare (name, data) values ('nothing', $1) returning id", [
      { args: { n }, by: "bench" },
    ]);
    await pool.query("delete from bare where id = $1", [rows[0].id]);
  }
  return JOBS / ((performance.now() - began) / 1_000);
}

const pairs = await bare();
for (const atOnce of [2, 10]) {
  const { asked, run } = await jobs(atOnce);
  process.stdout.write(
    `${atOnce} at once: ${asked.toFixed(0)} asked for a second, ${run.toFixed(0)} done a second, ${(run / pairs).toFixed(2)} of ${pairs.toFixed(0)} bare pairs a second\n`,
  );
}
await close();
