import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type PrivatePostgres, startPostgres, waitFor } from "@banksman/testkit";
import { Statistics } from "../statistics.ts";
import { silent } from "../test/log-kit.ts";
import { count } from "../test/shares.ts";
import type { Figures } from "../windows/figures.ts";
import { PostgresTarget } from "./postgres-target.ts";

const NOW = 1_750_000_020;
const BIG = -5812682134549083291n;

let postgres: PrivatePostgres;
let databases = 0;
before(async () => {
  postgres = await startPostgres();
});
after(() => postgres[Symbol.asyncDispose]());

/** A target in a database of its own. */
function freshTarget(compat: "g2" | "g4" = "g2") {
  const dbname = `pool${++databases}`;
  postgres.psql(`CREATE DATABASE ${dbname}`);
  const config = {
    type: "postgresql" as const,
    host: postgres.host,
    port: 5432,
    username: "banksman",
    password: "",
    dbname,
  };
  const target = new PostgresTarget({ config, compat, chunkRows: 3, log: silent });
  return { target, dbname };
}

const figuresOf = (statistics: Statistics, now: number) =>
  function* (): Generator<Figures> {
    for (const handle of statistics.takeChanged(now)) yield statistics.read(handle, now);
  };

/** Rows of a database, through its own client. */
const rowsOf = (dbname: string, sql: string) => postgres.psql(sql, undefined, dbname).trim().split("\n");

test("rows are those of S3's table, upserted, with 64-bit ids exact", async () => {
  const { target, dbname } = freshTarget();
  const statistics = new Statistics({ compat: "g2" });
  count(statistics, { workerId: BIG, difficulty: 5_000, time: NOW - 10 }, NOW);
  for (let worker = 1n; worker < 8n; worker++) count(statistics, { workerId: worker, time: NOW - 70 }, NOW);
  assert.deepEqual(await target.write(figuresOf(statistics, NOW), NOW), { rows: 9, refused: 0 });
  const columns =
    "worker_id, puid, group_id, accept_1m, accept_5m, accept_count, last_share_ip, last_share_time, updated_at";
  const worker = `SELECT ${columns} FROM mining_workers WHERE worker_id = ${BIG}`;
  assert.deepEqual(rowsOf(dbname, worker), [
    `${BIG}|601|-601|5000|5000|1|10.0.0.1|2025-06-15 15:06:50|2025-06-15 15:07:00`,
  ]);
  count(statistics, { workerId: BIG, difficulty: 1_000, time: NOW }, NOW + 1);
  assert.deepEqual(await target.write(figuresOf(statistics, NOW + 1), NOW + 1), { rows: 2, refused: 0 });
  assert.deepEqual(rowsOf(dbname, "SELECT accept_1m FROM mining_workers WHERE worker_id = 0"), ["6000"]);
  await target.close();
});

test("g4 has stale work and the reasons of rejects", async () => {
  const { target, dbname } = freshTarget("g4");
  const statistics = new Statistics({ compat: "g4" });
  count(statistics, { difficulty: 100, time: NOW }, NOW);
  count(statistics, { difficulty: 50, time: NOW, status: 22 }, NOW);
  count(statistics, { difficulty: 60, time: NOW, status: 21 }, NOW);
  await target.write(figuresOf(statistics, NOW), NOW);
  const sql = "SELECT accept_15m, stale_15m, reject_15m, reject_detail_1h FROM mining_workers WHERE worker_id = 1";
  assert.deepEqual(rowsOf(dbname, sql), ['100|60|50|{"22":50}']);
  await target.close();
});

test("a row that the database refuses is left out, the others are written", async () => {
  const { target, dbname } = freshTarget();
  await target.prepare();
  rowsOf(dbname, "ALTER TABLE mining_workers ADD CHECK (worker_id <> 4)");
  const statistics = new Statistics({ compat: "g2" });
  for (let worker = 1n; worker < 9n; worker++) count(statistics, { workerId: worker, time: NOW }, NOW);
  assert.deepEqual(await target.write(figuresOf(statistics, NOW), NOW), { rows: 8, refused: 1 });
  await target.close();
});

test("names make rows, bring deleted workers back, and the newest of two wins", async () => {
  const { target, dbname } = freshTarget();
  const name = (workerId: string, text: string) => ({ userId: 601, workerId, name: text, agent: "bmminer/2.0.0" });
  await target.writeNames([name("1", "old"), name("2", "two"), name("1", "new")], NOW);
  rowsOf(dbname, "UPDATE mining_workers SET group_id = 0 WHERE worker_id = 1");
  rowsOf(dbname, "UPDATE mining_workers SET group_id = 7 WHERE worker_id = 2");
  assert.deepEqual(await target.writeNames([name("1", "newer"), name("2", "2"), name("3", "x".repeat(21))], NOW + 5), {
    rows: 2,
    refused: 1,
  });
  const sql = "SELECT worker_id, worker_name, group_id FROM mining_workers ORDER BY worker_id";
  assert.deepEqual(rowsOf(dbname, sql), ["1|newer|-601", "2|2|7"]);
  await target.close();
});

test("a table of the older form is named as such", async () => {
  const older = freshTarget("g2");
  await older.target.prepare();
  const { dbname } = older;
  const config = {
    type: "postgresql" as const,
    host: postgres.host,
    port: 5432,
    username: "banksman",
    password: "",
    dbname,
  };
  const newer = new PostgresTarget({ config, compat: "g4", chunkRows: 10, log: silent });
  await assert.rejects(newer.prepare(), /mining_workers lacks stale_15m, .*set compat = "g2"/);
  await Promise.all([older.target.close(), newer.close()]);
});

test("a connection that broke is opened anew by the next write", async () => {
  const { target, dbname } = freshTarget();
  const statistics = new Statistics({ compat: "g2" });
  count(statistics, { time: NOW }, NOW);
  await target.write(figuresOf(statistics, NOW), NOW);
  const others = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <> pg_backend_pid()";
  rowsOf(dbname, `${others} AND datname = '${dbname}'`);
  let second = NOW;
  const write = () => {
    second++;
    count(statistics, { time: second }, second);
    return target.write(figuresOf(statistics, second), second);
  };
  const { rows } = await waitFor("a write that succeeds", () => write().catch(() => null));
  assert.equal(rows, 2);
  await target.close();
});
