import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { createLog } from "@banksman/kit";
import { type PrivatePostgres, startPostgres, tempFolder, waitFor } from "@banksman/testkit";
import type pg from "pg";
import { createLease } from "../evaluation/leader.ts";
import { type Database, openDatabase } from "./connect.ts";
import { listenOn } from "./listen.ts";

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
