import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createLog } from "@banksman/kit";
import { startPostgres, tempFolder, waitFor } from "@banksman/testkit";
import { siteWithKey, startTestServer } from "../test/test-server.ts";
import { openDatabase, refuseOldPostgres } from "./connect.ts";
import { customerNames } from "./migrations/033-customer-names.ts";
import { migrate } from "./migrations.ts";

const log = createLog("test", "silent");

describe("DATABASE_URL", () => {
  test("a PostgreSQL 15 of one's own takes the whole path", async () => {
    await using postgres = await startPostgres();
    await using server = await startTestServer({ database_url: postgres.url });
    const { key } = await siteWithKey(server, "1");
    await server.call("POST", "/api/collector/upload", {
      key,
      body: [{ miner_id: "a", online: true, hashrate_ghs: 5 }],
    });
    const { body } = await server.call("GET", "/api/collector/summary/1", { key });
    assert.equal((body.data as { hashrate_ghs: number }).hashrate_ghs, 5);
    assert.equal(postgres.psql("select count(*) from telemetry").trim(), "1");
  });

  test("a server that can't be reached is named without its password", async () => {
    await using folder = await tempFolder();
    const url = "postgresql://someone:secret@127.0.0.1:1/db";
    await assert.rejects(openDatabase(url, folder.path, log), (error: Error) => {
      assert.match(error.message, /127\.0\.0\.1:1\/db/);
      assert.doesNotMatch(error.message, /secret/);
      return error.name === "SERVER_DATABASE_UNREACHABLE";
    });
  });

  test("PostgreSQL below 14 is refused by name", () => {
    assert.throws(() => refuseOldPostgres(130_014, "13.14"), /PostgreSQL 13\.14.*14 or newer/);
    assert.doesNotThrow(() => refuseOldPostgres(140_000, "14.0"));
  });

  test("customers who bore one name together are told apart by their ids; a newer release's schema is left alone", async () => {
    await using postgres = await startPostgres();
    await using folder = await tempFolder();
    const database = await openDatabase(postgres.url, folder.path, log);
    await migrate(database.pool, log);
    postgres.psql(`drop index customers_name;
      insert into customers (customer_id, name, contact, note, created_at, removed_at) values
        ('a', 'Acme', '', '', '2026-01-01', null), ('b', 'acme', '', '', '2026-01-02', null),
        ('c', 'ACME (b)', '', '', '2026-01-01', null), ('gone', 'Acme', '', '', '2025-01-01', '2026-01-01'),
        ('long', repeat('x', 100), '', '', '2026-01-02', null), ('x', repeat('X', 100), '', '', '2026-01-01', null)`);
    await database.pool.query(customerNames);
    const names = postgres
      .psql("select customer_id || '=' || name from customers order by customer_id")
      .trim()
      .split("\n");
    assert.deepEqual(
      names.map((one) => one.trim()),
      ["a=Acme", "b=acme (b)", "c=ACME (b) (c)", "gone=Acme", `long=${"x".repeat(93)} (long)`, `x=${"X".repeat(100)}`],
    );
    await migrate(database.pool, log);
    postgres.psql("insert into schema_versions values (99, 'from the future')");
    await assert.rejects(migrate(database.pool, log), { name: "SERVER_SCHEMA_NEWER" });
    await database.close();
  });

  test("a database that is frozen reads as one that is away, within seconds", async () => {
    await using postgres = await startPostgres();
    await using server = await startTestServer({ database_url: postgres.url });
    const pids = postgres
      .psql("select pid from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()")
      .trim()
      .split("\n")
      .map(Number);
    const all = [...pids, postgres.server.child.pid ?? 0];
    for (const pid of all) process.kill(pid, "SIGSTOP");
    const health = await server.call("GET", "/health");
    for (const pid of all) process.kill(pid, "SIGCONT");
    assert.equal(health.status, 503);
    await waitFor("the server to be well again", async () => (await server.call("GET", "/health")).status === 200);
  });

  test("one broken connection among several is no trouble", async () => {
    await using postgres = await startPostgres();
    await using server = await startTestServer({ database_url: postgres.url });
    postgres.psql("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'banksman' limit 1");
    assert.equal((await server.call("GET", "/health")).status, 200);
  });

  test("when the store is away an upload gets 503 with Retry-After, and /health says why", async () => {
    await using postgres = await startPostgres();
    await using server = await startTestServer({ database_url: postgres.url });
    const { key } = await siteWithKey(server, "1");
    await postgres.server.stop("SIGQUIT");
    const { status, body, headers } = await server.call("POST", "/api/collector/upload", {
      key,
      body: [{ miner_id: "a", online: true }],
    });
    assert.deepEqual([status, body.code], [503, "STORE_DOWN"]);
    assert.ok(headers.get("retry-after"));
    const health = await server.call("GET", "/health");
    assert.equal(health.status, 503);
    assert.match(JSON.stringify(health.body), /database/);
  });
});
