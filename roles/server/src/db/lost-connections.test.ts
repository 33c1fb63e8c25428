import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { createLog } from "@banksman/kit";
import { type PrivatePostgres, startPostgres, tempFolder, waitFor } from "@banksman/testkit";
import pg from "pg";
import { createLease } from "../evaluation/leader.ts";
import { whenFree, withLock } from "../jobs/lock.ts";
import { type Database, openDatabase, outliveBreaks } from "./connect.ts";
import { inTransaction } from "./in-transaction.ts";
import { listenOn } from "./listen.ts";
import { migrate } from "./migrations.ts";

const log = createLog("test", "silent");
let postgres: PrivatePostgres;
let database: Database;
before(async () => {
  postgres = await startPostgres();
});
after(() => postgres[Symbol.asyncDispose]());
beforeEach(async () => {
  await using folder = await tempFolder();
  database = await openDatabase(postgres.url, folder.path, log);
});

const pidOf = (client: pg.PoolClient): number => {
  assert.ok("processID" in client && typeof client.processID === "number");
  return client.processID;
};

/** Ends a connection's process, and waits until it is gone; the client has not heard of it yet. */
const end = (pid: number): void => {
  assert.equal(postgres.psql(`select pg_terminate_backend(${pid}, 5000)`).trim(), "t");
};

/** The connection that is handed out next breaks before its first statement. */
const breakNext = (): void => {
  database.pool.once("acquire", (client) => end(pidOf(client)));
};

/** Whatever holds a connection for good keeps a server from stopping. */
async function closesAtOnce(): Promise<void> {
  let isClosed = false;
  const closed = database.close().then(() => {
    isClosed = true;
  });
  await waitFor("the database to close", () => isClosed, { withinMs: 5_000 });
  await closed;
}

describe("a connection that breaks in the middle is given back", () => {
  test("while the lease of evaluation is asked for", async () => {
    const lease = createLease(database.pool, log);
    breakNext();
    await assert.rejects(lease.take());
    assert.equal(lease.holder(), null);
    assert.equal(await lease.take(), true);
    await lease.release();
    assert.equal(database.pool.totalCount, database.pool.idleCount);
    await closesAtOnce();
  });

  test("while changes begin to be heard, and they are heard over one connection afterwards", async () => {
    const heard: string[] = [];
    let opened = 0;
    breakNext();
    const onOpen = () => {
      opened += 1;
    };
    const listening = listenOn(
      database.pool,
      "banksman_test",
      { onPayload: (payload) => heard.push(payload), onOpen, what: "tests" },
      log,
    );
    await waitFor("a connection that lasts", () => opened === 1);
    postgres.psql("notify banksman_test, 'one'");
    await waitFor("what was said", () => heard.length > 0);
    const listeners = postgres.psql("select pid from pg_stat_activity where query = 'listen banksman_test'").trim();
    end(Number(listeners));
    await waitFor("another connection", () => opened === 2);
    postgres.psql("notify banksman_test, 'two'");
    await waitFor("what was said then", () => heard.length > 1);
    assert.deepEqual(heard, ["one", "two"]);
    assert.equal(database.pool.totalCount - database.pool.idleCount, 1);
    listening.close();
    await closesAtOnce();
  });

  test("while it is opened for who no longer listens", async () => {
    const listening = listenOn(database.pool, "banksman_test", { onPayload: () => undefined, what: "tests" }, log);
    listening.close();
    await closesAtOnce();
  });
});

/** Connections that wait for an answer no longer than a fifth of a second, at either end. */
function impatient(): pg.Pool & AsyncDisposable {
  const options = "-c statement_timeout=200";
  const pool = new pg.Pool({ connectionString: postgres.url, query_timeout: 200, options, max: 1 });
  outliveBreaks(pool, () => undefined);
  return Object.assign(pool, { [Symbol.asyncDispose]: () => pool.end() });
}

describe("a database that does not answer in time", () => {
  afterEach(() => database.close());

  test("keeps nobody inside the transaction of another", async () => {
    await using pool = impatient();
    postgres.psql("create table told (what text)");
    let pid = 0;
    const lost = inTransaction(pool, async (client) => {
      pid = pidOf(client);
      await client.query("insert into told values ('one')");
      process.kill(pid, "SIGSTOP");
      await client.query("select 1");
    });
    await assert.rejects(lost, /timeout/);
    process.kill(pid, "SIGCONT");
    await pool.query("insert into told values ('two')");
    assert.equal(postgres.psql("select what from told").trim(), "two");
  });

  test("keeps no lock of work that is done", async () => {
    await using pool = impatient();
    const work = async () => {
      process.kill(pid, "SIGSTOP");
      return "done";
    };
    let pid = 0;
    pool.once("acquire", (client) => {
      pid = pidOf(client);
    });
    assert.deepEqual(await withLock(pool, "tests", work), { done: "done" });
    process.kill(pid, "SIGCONT");
    await waitFor("the lock to be free", () => withLock(pool, "tests", async () => true));
  });

  const WAITS = [
    { what: "whose schema another one changes", lock: `${0x62616e6b}`, work: (pool: pg.Pool) => migrate(pool, log) },
    {
      what: "whose queues another one makes",
      lock: `${0x6a6f6273}, hashtext('queues')`,
      work: (pool: pg.Pool) => whenFree(pool, "queues", async () => undefined),
    },
  ];
  for (const { what, lock, work } of WAITS)
    test(`is waited for by a server ${what}`, async () => {
      await using pool = impatient();
      const other = await database.pool.connect();
      await other.query(`select pg_advisory_lock(${lock})`);
      const done = work(pool);
      try {
        await waitFor("more than a query's time to pass", () =>
          postgres.psql(
            "select 1 from pg_stat_activity where wait_event = 'advisory' and query_start < clock_timestamp() - interval '500 ms'",
          ),
        );
      } finally {
        other.release(true);
      }
      await done;
      assert.deepEqual((await pool.query("show statement_timeout")).rows, [{ statement_timeout: "200ms" }]);
    });
});
