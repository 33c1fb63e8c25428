import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createLog } from "@banksman/kit";
import { type PrivateMariaDb, startMariaDb, waitFor } from "@banksman/testkit";
import { Share } from "../share/share.ts";
import type { Compat } from "../share/status.ts";
import { STATUS } from "../share/status.ts";
import { Statistics } from "../statistics.ts";
import { startCuttingProxy } from "../test/cutting-proxy.ts";
import { DrivenClock } from "../test/driven-clock.ts";
import { Figures } from "../windows/figures.ts";
import { Flusher } from "./flusher.ts";
import { MysqlSession } from "./mysql-session.ts";
import { MysqlTarget } from "./mysql-target.ts";

const T0 = 1_700_000_000;
const silent = createLog("test", "silent");
let server: PrivateMariaDb;
before(async () => {
  server = await startMariaDb();
});
after(() => server[Symbol.asyncDispose]());

let databases = 0;
/** A database of its own for each test. */
function database(): { name: string; rows: (columns: string) => string[]; sql: (text: string) => string } {
  const name = `test_${++databases}`;
  server.sql(`CREATE DATABASE ${name}`);
  const sql = (text: string) => server.sql(text, name);
  const rows = (columns: string) =>
    sql(`SELECT ${columns} FROM mining_workers ORDER BY puid, worker_id`).trim().split("\n");
  return { name, rows, sql };
}

type Options = { name: string; mode?: "tmp" | "direct"; compat?: Compat; port?: number; chunkRows?: number };
function targetOf({ name, mode = "tmp", compat = "g2", port = server.port, chunkRows = 3 }: Options): MysqlTarget {
  const { host, user: username, password } = server;
  const config = { type: "mysql" as const, host, port, username, password, dbname: name };
  return new MysqlTarget({ config, compat, mode, chunkRows, log: silent });
}

function figuresOf(worker: number, more: Partial<Figures> = {}): Figures {
  const figures = Object.assign(new Figures(), {
    userId: 5,
    workerId: String(worker),
    lastShareTime: T0,
    acceptCount: worker,
  });
  figures.accept.fill(worker * 10);
  return Object.assign(figures, more);
}
const some =
  (...workers: number[]) =>
  () =>
    workers.map((worker) => figuresOf(worker));

for (const mode of ["tmp", "direct"] as const) {
  test(`rows are made, and made anew, and what others wrote stays (${mode})`, async () => {
    const { name, rows, sql } = database();
    const target = targetOf({ name, mode });
    assert.deepEqual(await target.write(some(1, 2, 3, 4), T0), { rows: 4, refused: 0 });
    sql("UPDATE mining_workers SET group_id = 77, worker_name = 'kept' WHERE worker_id = 2");
    await target.write(() => [figuresOf(2, { acceptCount: 9 })], T0 + 15);
    const lines = rows(
      "worker_id, group_id, worker_name, accept_1m, accept_count, UNIX_TIMESTAMP(created_at), UNIX_TIMESTAMP(updated_at)",
    );
    assert.deepEqual(lines.slice(0, 2), [`1\t-5\tNULL\t10\t1\t${T0}\t${T0}`, `2\t77\tkept\t20\t9\t${T0}\t${T0 + 15}`]);
    assert.equal(lines.length, 4);
    await target.close();
  });

  test(`values beyond their column are brought within it, and the other rows are written (${mode})`, async () => {
    const { name, rows } = database();
    const target = targetOf({ name, mode });
    const big = figuresOf(2, {
      userId: -2_147_483_648,
      acceptCount: 4_294_967_295,
      lastShareIp: "2001:db8:85a3::8a2e:370:7334",
    });
    big.accept.fill(2n ** 64n - 1n);
    await target.write(() => [figuresOf(1), big], T0);
    assert.deepEqual(rows("worker_id, group_id, accept_1h, accept_count, last_share_ip"), [
      "2\t2147483647\t9223372036854775807\t-1\t0.0.0.0",
      "1\t-5\t10\t1\t0.0.0.0",
    ]);
    await target.close();
  });

  test(`a row that the database refuses is left out, and all others are written (${mode})`, async () => {
    const { name, rows, sql } = database();
    const target = targetOf({ name, mode });
    await target.prepare();
    sql("ALTER TABLE mining_workers ADD CHECK (worker_id <> 7)");
    assert.deepEqual(await target.write(some(4, 5, 6, 7, 8, 9), T0), { rows: 5, refused: 1 });
    assert.deepEqual(rows("worker_id"), ["4", "5", "6", "8", "9"]);
    await target.close();
  });

  test(`a server that takes no streams is written to by inserts (${mode})`, async () => {
    const { name, rows } = database();
    server.sql("SET GLOBAL local_infile = 0");
    try {
      const target = targetOf({ name, mode });
      assert.deepEqual(await target.write(some(1, 2, 3, 4, 5, 6, 7), T0), { rows: 7, refused: 0 });
      assert.equal(rows("worker_id").length, 7);
      await target.close();
    } finally {
      server.sql("SET GLOBAL local_infile = 1");
    }
  });
}

test("reject reasons are written in g4, the smallest left out where they are too many", async () => {
  const { name, rows } = database();
  const target = targetOf({ name, compat: "g4" });
  const reasons = Array.from({ length: 40 }, (_, i) => ({ status: 20 + i, m15: 1_000_000 - i, h1: i === 0 ? 5 : 0 }));
  await target.write(() => [figuresOf(1, { reasons })], T0);
  const [line = ""] = rows("reject_detail_15m");
  assert.ok(line.length <= 255 && line.startsWith('{"20":1000000,"21":999999,'), line);
  assert.ok(Object.keys(JSON.parse(line)).length > 15);
  await target.close();
});

test("names: a deleted worker returns to its default group, an unknown one is made, too long a name is refused", async () => {
  const { name, rows, sql } = database();
  const target = targetOf({ name });
  await target.write(some(1, 2), T0);
  sql("UPDATE mining_workers SET group_id = worker_id * 4 - 4");
  const named = (workerId: string, text: string) => ({ userId: 5, workerId, name: text, agent: "a/1" });
  const names = [named("1", "one"), named("2", "two"), named("3", "three"), named("4", "x".repeat(21))];
  assert.deepEqual(await target.writeNames(names, T0 + 1), { rows: 3, refused: 1 });
  assert.deepEqual(rows("worker_id, group_id, worker_name, accept_1m"), [
    "1\t-5\tone\t10",
    "2\t4\ttwo\t20",
    "3\t-5\tthree\t0",
  ]);
  await target.close();
});

test("a table that doesn't fit is told with what it lacks and what to do", async () => {
  const { name, sql } = database();
  await targetOf({ name }).prepare();
  await assert.rejects(
    targetOf({ name, compat: "g4" }).prepare(),
    /lacks stale_15m, reject_detail_15m, stale_1h, reject_detail_1h\. .*compat = "g2"/,
  );
  sql("ALTER TABLE mining_workers DROP accept_1m");
  await assert.rejects(targetOf({ name }).prepare(), /lacks accept_1m\. Create it as S3 says/);
});

test("a table that was dropped is made again by the flush after the next", async () => {
  const { name, rows, sql } = database();
  const target = targetOf({ name, mode: "direct" });
  await target.write(some(1), T0);
  sql("DROP TABLE mining_workers");
  await assert.rejects(target.write(some(1), T0 + 15));
  await target.write(some(1, 2), T0 + 30);
  assert.deepEqual(rows("worker_id"), ["1", "2"]);
  await target.close();
});

test("two programs don't fill one table at once", async () => {
  const { name, rows } = database();
  const [one, two] = [targetOf({ name }), targetOf({ name })];
  await one.prepare();
  await Promise.all([one.write(some(1, 2, 3, 4, 5), T0), two.write(some(6, 7, 8, 9), T0)]);
  assert.equal(rows("worker_id").length, 9);
  await Promise.all([one.close(), two.close()]);
});

/** A flusher over a small pool, and a clock that the test drives. */
function flusherOf(target: MysqlTarget, what: "all" | "changed") {
  const statistics = new Statistics({ compat: "g2" });
  const clock = new DrivenClock(T0);
  const flusher = new Flusher({
    statistics,
    target,
    clock,
    intervalSeconds: 15,
    what,
    lastFlushFile: null,
    log: silent,
  });
  const share = (worker: number) => {
    const now = Math.floor(clock.now() / 1_000);
    statistics.add(
      Object.assign(new Share(), { userId: 5, workerLo: worker, time: now, difficultyLo: 8, status: STATUS.accept }),
      now,
    );
  };
  const flushAt = async (seconds: number) => {
    clock.set(T0 + seconds);
    flusher.tick();
    await flusher.settled();
  };
  return { statistics, flusher, share, flushAt, clock };
}

const STATEMENTS: Record<"tmp" | "direct", RegExp[]> = {
  tmp: [
    /GET_LOCK/,
    /DROP TABLE/,
    /CREATE TABLE `mining_workers_tmp` LIKE/,
    /LOAD DATA/,
    /SELECT \* FROM `mining_workers_tmp`/,
    /RELEASE_LOCK/,
  ],
  direct: [/DROP TEMPORARY/, /CREATE TEMPORARY/, /LOAD DATA/, /SELECT \* FROM `banksman_changed_rows`/],
};
const COLUMNS = "puid, worker_id, accept_1m, accept_1h, accept_count, created_at, updated_at";

for (const mode of ["tmp", "direct"] as const)
  for (const statement of STATEMENTS[mode])
    test(`a connection that breaks at ${statement.source} loses nothing (${mode})`, async () => {
      const undisturbed = database();
      const disturbed = database();
      await using proxy = await startCuttingProxy(server);
      for (const when of ["before", "after"] as const) {
        const rows: string[][] = [];
        for (const { name, rows: rowsOf, sql } of [undisturbed, disturbed]) {
          const target = targetOf({ name, mode, port: proxy.port });
          const { share, flushAt, flusher } = flusherOf(target, mode === "tmp" ? "all" : "changed");
          for (const worker of [1, 2, 3]) share(worker);
          await flushAt(20);
          assert.equal(flusher.trouble, null, "nothing is cut yet");
          for (const worker of [1, 1, 3]) share(worker);
          if (name === disturbed.name) proxy.cutAt({ match: statement, when, cut: proxy.breakAll });
          await flushAt(40);
          assert.ok(!proxy.isArmed(), `${statement.source} was sent`);
          share(2);
          await flushAt(60);
          assert.equal(flusher.trouble, null);
          rows.push(rowsOf(COLUMNS));
          sql("DROP TABLE mining_workers");
          await target.close();
        }
        const [expected = [], found = []] = rows;
        // Direct mode leaves a row alone that hasn't changed since: when it was written may differ, what it says not.
        const facts = (lines: string[]) =>
          lines.map((line) => (mode === "tmp" ? line : line.split("\t").slice(0, 6).join("\t")));
        assert.deepEqual(facts(found), facts(expected), when);
      }
    });

test("a database that is away for hours is made up for, and the forgotten are written too", async () => {
  const { name, rows } = database();
  await using proxy = await startCuttingProxy(server);
  const target = targetOf({ name, mode: "direct", port: proxy.port });
  const { share, flushAt, flusher, statistics } = flusherOf(target, "changed");
  share(1);
  await flushAt(20);
  share(1);
  share(2);
  proxy.cutAt({ match: /DROP TEMPORARY/, when: "before", cut: proxy.breakAll });
  await flushAt(40);
  assert.notEqual(flusher.trouble, null);
  statistics.expire(T0 + 8_000, (figures) => flusher.addLastWords(figures));
  assert.equal(statistics.workerCount, 0);
  await flushAt(8_000);
  assert.deepEqual(rows("worker_id, accept_1h, accept_count"), ["0\t0\t3", "1\t0\t2", "2\t0\t1"]);
  await target.close();
});

for (const mode of ["tmp", "direct"] as const)
  test(`a connection that the server closed for idleness costs no flush and no name (${mode})`, async () => {
    const { name, rows, sql } = database();
    const target = targetOf({ name, mode });
    const named = (text: string) => [{ userId: 5, workerId: "1", name: text, agent: "a" }];
    await target.write(some(1), T0);
    await target.writeNames(named("one"), T0);
    const ours = () => sql("SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND user <> 'root'");
    for (const id of ours().trim().split("\n")) sql(`KILL ${id}`);
    await waitFor("the connections to be gone", () => ours().trim() === "");
    // Once another connection was heard this process has heard of the end of those, too.
    const other = targetOf({ name, mode });
    await other.prepare();
    await other.close();
    await target.write(some(1, 2), T0 + 15);
    await target.writeNames(named("two"), T0 + 15);
    assert.deepEqual(rows("worker_id, worker_name"), ["1\ttwo", "2\tNULL"]);
    await target.close();
  });

test("an error tells how its statement begins, not the megabytes of rows in it", async () => {
  const { name } = database();
  const { host, port, user: username, password } = server;
  const session = new MysqlSession({ type: "mysql", host, port, username, password, dbname: name });
  const failing = session.query(`INSERT INTO nowhere VALUES ('${"x".repeat(100_000)}')`);
  await assert.rejects(
    failing,
    ({ sql }: { sql: string }) => sql.startsWith("INSERT INTO nowhere") && sql.length < 300,
  );
  await session.close();
});
