import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startMariaDb, startPostgres } from "@banksman/testkit";
import type { PooldbConfig } from "../config.ts";
import { MysqlSession } from "../flush/mysql-session.ts";
import { MysqlTarget } from "../flush/mysql-target.ts";
import { PostgresSession } from "../flush/postgres-session.ts";
import { PostgresTarget } from "../flush/postgres-target.ts";
import type { Target } from "../flush/target.ts";
import { MinuteSums } from "../history/minute-sums.ts";
import { Statistics } from "../statistics.ts";
import { silent } from "../test/log-kit.ts";
import { count, type Worked } from "../test/shares.ts";
import { Figures } from "../windows/figures.ts";
import { GroupTarget } from "./group-target.ts";
import { MinuteStore } from "./minute-store.ts";
import { mysqlDialect, postgresDialect } from "./part-sql.ts";
import { PartStore } from "./part-store.ts";
import { View } from "./view.ts";

const NOW = 1_750_000_020;
const BIG = -5812682134549083291n;

/** A database that can be reached, and emptied by making another. */
type Server = { fresh: () => Promise<{ config: PooldbConfig; sql: (text: string) => string[] }> } & AsyncDisposable;

async function mariadb(): Promise<Server> {
  const db = await startMariaDb();
  let made = 0;
  return {
    fresh: async () => {
      const dbname = `pool${++made}`;
      db.sql(`CREATE DATABASE ${dbname}`);
      const { host, port, user: username, password } = db;
      const sql = (text: string) => db.sql(text, dbname).trim().replaceAll("\t", "|").split("\n");
      return { config: { type: "mysql", host, port, username, password, dbname }, sql };
    },
    [Symbol.asyncDispose]: () => db[Symbol.asyncDispose](),
  };
}

async function postgres(): Promise<Server> {
  const db = await startPostgres();
  let made = 0;
  return {
    fresh: async () => {
      const dbname = `pool${++made}`;
      db.psql(`CREATE DATABASE ${dbname}`);
      const config = { host: db.host, port: 5432, username: "banksman", password: "", dbname };
      return {
        config: { type: "postgresql", ...config },
        sql: (text) => db.psql(text, undefined, dbname).trim().split("\n"),
      };
    },
    [Symbol.asyncDispose]: () => db[Symbol.asyncDispose](),
  };
}

let epochs = NOW * 1_000;

/** One instance without its log: shares are counted by hand. */
function instanceOf(config: PooldbConfig, name: string, partitions: number[], compat: "g2" | "g4" = "g2") {
  const isPostgres = config.type === "postgresql";
  const table = isPostgres
    ? new PostgresTarget({ config, compat, chunkRows: 100, log: silent })
    : new MysqlTarget({ config, compat, mode: "direct", chunkRows: 100, log: silent });
  const session = isPostgres ? new PostgresSession(config) : new MysqlSession(config);
  const parts = new PartStore(session, isPostgres ? postgresDialect : mysqlDialect, silent);
  let isBroken = false;
  const fragile: Target = {
    ...table,
    write: (figures, now) => (isBroken ? Promise.reject(new Error("the database went")) : table.write(figures, now)),
  };
  const target = new GroupTarget({ table: fragile, parts, instance: name, log: silent }, epochs++);
  const statistics = new Statistics({ compat });
  const view = new View(statistics);
  target.attach(view);
  const assign = (assigned: number[], lost: number[] = []) =>
    target.assigned({ assigned, lost, gained: [], positions: new Map() });
  assign(partitions);
  const changed = function* (now: number) {
    for (const handle of statistics.takeChanged(now)) yield statistics.read(handle, now);
  };
  return {
    view,
    assign,
    /** From now on the table can't be written, or can be again. */
    setBroken: (broken: boolean) => {
      isBroken = broken;
    },
    /** A flush of changed rows as `wrap` gives them. */
    write: (wrap: (rows: Generator<Figures>) => Generator<Figures>) => target.write(() => wrap(changed(NOW)), NOW),
    statistics,
    count: (worked: Worked) => count(statistics, worked, NOW),
    flush: (now = NOW) => target.write(() => changed(now), now),
    refresh: (now = NOW) => target.refresh(now),
    close: () => target.close(),
  };
}

const hourOf = (view: View, userId: number, workerId: bigint) => {
  const figures = new Figures();
  view.worker(userId, workerId, NOW, figures);
  return figures.accept[3];
};
const HOURS = "SELECT worker_id, accept_1h FROM mining_workers ORDER BY worker_id";

for (const [name, start] of [
  ["MariaDB", mariadb],
  ["PostgreSQL", postgres],
] as const)
  describe(`several instances in ${name}`, () => {
    let server: Server;
    before(async () => {
      server = await start();
    });
    after(() => server[Symbol.asyncDispose]());

    test("a worker whose shares reach both is their sum, in the table and in the answers of either", async () => {
      const { config, sql } = await server.fresh();
      const a = instanceOf(config, "a", [0, 1]);
      const b = instanceOf(config, "b", [2, 3]);
      a.count({ workerId: BIG, difficulty: 100, time: NOW - 500 });
      b.count({ workerId: BIG, difficulty: 20, time: NOW - 20 });
      b.count({ workerId: 7n, difficulty: 3, time: NOW - 10 });
      await Promise.all([a.flush(), b.flush()]);
      assert.deepEqual(sql(HOURS), [`${BIG}|120`, "0|123", "7|3"]);
      const one = `SELECT accept_1m, accept_15m, accept_count, last_share_time FROM mining_workers WHERE worker_id = ${BIG}`;
      assert.deepEqual(sql(one), ["20|120|2|2025-06-15 15:06:40"]);
      await Promise.all([a.refresh(), b.refresh()]);
      for (const { view } of [a, b]) {
        assert.equal(hourOf(view, 601, BIG), 120);
        const pool = view.pool(NOW, new Figures());
        assert.deepEqual([pool.accept[3], pool.workers, view.userCount, view.instances], [123, 2, 1, 2]);
      }
      await Promise.all([a.close(), b.close()]);
    });

    test("only what changed is written again, and the sum has the newest of the other", async () => {
      const { config, sql } = await server.fresh();
      const a = instanceOf(config, "a", [0]);
      const b = instanceOf(config, "b", [1]);
      for (const one of [a, b]) {
        one.count({ workerId: 1n, difficulty: 10, time: NOW });
        one.count({ workerId: 2n, difficulty: 10, time: NOW });
        await one.flush();
      }
      b.count({ workerId: 2n, difficulty: 5, time: NOW });
      assert.equal((await b.flush()).rows, 2, "the worker and its user");
      a.count({ workerId: 2n, difficulty: 1, time: NOW });
      await a.flush();
      assert.deepEqual(sql(HOURS), ["0|46", "1|20", "2|26"]);
      await Promise.all([a.close(), b.close()]);
    });

    test("an instance that dies is taken out once others have claimed what it counted", async () => {
      const { config, sql } = await server.fresh();
      const a = instanceOf(config, "a", [0, 1]);
      const b = instanceOf(config, "b", [2, 3]);
      a.count({ workerId: 1n, difficulty: 100, time: NOW - 50 });
      a.count({ workerId: 2n, difficulty: 40, time: NOW - 50 });
      b.count({ workerId: 2n, difficulty: 4, time: NOW - 40 });
      await a.flush();
      await b.flush();
      await a.close();
      // Only one of its partitions has found a new owner: nothing is taken out yet.
      b.assign([0, 2, 3]);
      await b.flush();
      assert.deepEqual(sql(HOURS), ["0|144", "1|100", "2|44"]);
      // The last hour of its partitions, read again: worker 1 has been silent meanwhile.
      b.assign([0, 1, 2, 3]);
      b.count({ workerId: 2n, difficulty: 40, time: NOW - 50 });
      await b.flush();
      assert.deepEqual(sql(HOURS), ["0|44", "1|0", "2|44"]);
      assert.deepEqual(sql("SELECT DISTINCT instance FROM mining_workers_part"), ["b"]);
      const last = "SELECT accept_count, last_share_ip, last_share_time FROM mining_workers WHERE worker_id = 1";
      assert.deepEqual(sql(last), ["1|10.0.0.1|2025-06-15 15:06:10"], "what it last did stays");
      await b.close();
    });

    test("an instance that loses partitions writes anew what is left of its own", async () => {
      const { config, sql } = await server.fresh();
      const a = instanceOf(config, "a", [0, 1]);
      a.count({ workerId: 1n, difficulty: 10, time: NOW });
      a.count({ workerId: 2n, difficulty: 20, time: NOW });
      await a.flush();
      const b = instanceOf(config, "b", [1]);
      a.assign([0], [1]);
      a.statistics.clear();
      b.count({ workerId: 2n, difficulty: 20, time: NOW });
      a.count({ workerId: 1n, difficulty: 10, time: NOW });
      await b.flush();
      await a.flush();
      await b.refresh();
      assert.deepEqual(sql(HOURS), ["0|30", "1|10", "2|20"]);
      assert.equal(hourOf(b.view, 601, 1n), 10);
      assert.equal(hourOf(b.view, 601, 2n), 20, "and what the other remembered of it is forgotten");
      await Promise.all([a.close(), b.close()]);
    });

    test("partitions that move during a flush break it off; the rows stay as they were until the next", async () => {
      const { config, sql } = await server.fresh();
      const a = instanceOf(config, "a", [0, 1]);
      a.count({ workerId: 1n, difficulty: 10, time: NOW });
      a.count({ workerId: 2n, difficulty: 20, time: NOW });
      await a.flush();
      a.count({ workerId: 1n, difficulty: 5, time: NOW });
      await assert.rejects(
        a.write(function* (rows) {
          yield* rows;
          a.assign([0], [1]);
          a.statistics.clear();
        }),
        /partitions moved/,
      );
      assert.deepEqual(sql(HOURS), ["0|30", "1|10", "2|20"]);
      a.count({ workerId: 1n, difficulty: 15, time: NOW });
      await a.flush();
      assert.deepEqual(sql(HOURS), ["0|15", "1|15", "2|0"]);
      await a.close();
    });

    test("what was taken out while the table could not be written is made up for", async () => {
      const { config, sql } = await server.fresh();
      const a = instanceOf(config, "a", [0]);
      const b = instanceOf(config, "b", [1]);
      a.count({ workerId: 1n, difficulty: 10, time: NOW });
      b.count({ workerId: 2n, difficulty: 20, time: NOW });
      await a.flush();
      await b.flush();
      await a.close();
      b.assign([0, 1]);
      b.count({ workerId: 2n, difficulty: 1, time: NOW });
      b.setBroken(true);
      await assert.rejects(b.flush(), /the database went/);
      b.setBroken(false);
      b.count({ workerId: 2n, difficulty: 1, time: NOW });
      await b.flush();
      assert.deepEqual(sql(HOURS), ["0|22", "1|0", "2|22"]);
      await b.close();
    });

    test("figures that a snapshot brought are written too, though nothing has changed in them", async () => {
      const { config, sql } = await server.fresh();
      const a = instanceOf(config, "a", [0]);
      a.count({ workerId: 1n, difficulty: 10, time: NOW });
      assert.equal([...a.statistics.takeChanged(NOW)].length, 2, "as if written before");
      await a.flush();
      assert.deepEqual(sql(HOURS), ["0|10", "1|10"]);
      assert.deepEqual(sql("SELECT COUNT(*) FROM mining_workers_part"), ["3"], "worker, user and pool");
      await a.close();
    });

    test("minutes are of partitions: whoever takes one over writes the same again", async () => {
      const { config, sql } = await server.fresh();
      const isPostgres = config.type === "postgresql";
      const session = isPostgres ? new PostgresSession(config) : new MysqlSession(config);
      const store = new MinuteStore(session, isPostgres ? postgresDialect : mysqlDialect, silent);
      const sumsOf = (partition: number, difficulty: number) => {
        const sums = new MinuteSums();
        sums.begin(partition, (NOW - 3_600) * 1_000);
        sums.add(601, { time: NOW, kind: 0, status: 0, difficultyHi: 0, difficultyLo: difficulty });
        return sums;
      };
      const minute = NOW / 60;
      await store.write(sumsOf(0, 100), NOW + 100);
      await store.write(sumsOf(1, 20), NOW + 100);
      await store.write(sumsOf(1, 20), NOW + 100);
      await store.write(sumsOf(1, 5), NOW + 100);
      assert.deepEqual([...(await store.series(601, minute - 5))], [[minute, 120]]);
      assert.deepEqual([...(await store.series(null, minute))], [[minute, 120]]);
      assert.deepEqual([...(await store.series(602, minute))], []);
      await store.write(new MinuteSums(), NOW + 3 * 3_600);
      assert.deepEqual(sql("SELECT COUNT(*) FROM mining_workers_minutes"), ["0"]);
      await store.close();
    });

    test("reasons of rejects add up", async () => {
      const { config, sql } = await server.fresh();
      const a = instanceOf(config, "a", [0], "g4");
      const b = instanceOf(config, "b", [1], "g4");
      a.count({ difficulty: 10, time: NOW });
      b.count({ difficulty: 10, time: NOW });
      a.count({ difficulty: 3, time: NOW, status: 22 });
      b.count({ difficulty: 4, time: NOW, status: 22 });
      b.count({ difficulty: 5, time: NOW, status: 23 });
      await a.flush();
      await b.flush();
      const sqlOf = "SELECT reject_15m, reject_detail_15m FROM mining_workers WHERE worker_id = 1";
      assert.deepEqual(sql(sqlOf), ['12|{"22":7,"23":5}']);
      await a.refresh();
      const figures = new Figures();
      a.view.worker(601, 1n, NOW, figures);
      assert.deepEqual(
        figures.reasons.map(({ status, h1 }) => [status, h1]),
        [
          [22, 7],
          [23, 5],
        ],
      );
      await Promise.all([a.close(), b.close()]);
    });
  });
