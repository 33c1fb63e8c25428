import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createLog } from "@banksman/kit";
import { type PrivatePostgres, startPostgres } from "@banksman/testkit";
import pg from "pg";
import { z } from "zod";
import { siteWithKey, startTestServer } from "../test/test-server.ts";
import { migrate } from "./migrations.ts";
import { migrateAsOwner } from "./owner.ts";

const LOG = createLog("server", "silent");

/** What docs/audit.md tells the database's administrator to run, but for passwords. */
const ROLES = [
  "create role banksman_owner login",
  "create role banksman_app login",
  "grant banksman_app to banksman_owner",
  "create database mine owner banksman_owner",
];
const RIGHTS = [
  "grant create on database mine to banksman_app",
  "grant usage, create on schema public to banksman_app",
  "grant usage, create on schema public to banksman_owner",
];

let postgres: PrivatePostgres;
let app: pg.Pool;
const urlOf = (role: string) => `postgresql://${role}@/mine?host=${encodeURIComponent(postgres.host)}`;

before(async () => {
  postgres = await startPostgres();
  for (const sql of ROLES) postgres.psql(sql);
  for (const sql of RIGHTS) postgres.psql(sql, undefined, "mine");
  app = new pg.Pool({ connectionString: urlOf("banksman_app") });
});
after(async () => {
  await app.end();
  await postgres[Symbol.asyncDispose]();
});

const refused = async (sql: string) =>
  await app.query(sql).then(
    () => "done",
    ({ code }: { code: string }) => code,
  );

test("with an owner of its own, the server's role can add to the audit trail, and neither change nor remove", async () => {
  const settings = { database_url: urlOf("banksman_app") };
  {
    await using server = await startTestServer({ ...settings, database_owner_url: urlOf("banksman_owner") });
    const { cookie, key } = await siteWithKey(server, "1");
    const upload = await server.call("POST", "/api/collector/upload", { key, body: [{ miner_id: "a", online: true }] });
    assert.equal(upload.status, 200);
    const seal = await server.call("GET", "/api/audit/seal", { cookie });
    const { data } = z.object({ data: z.looseObject({ rows: z.int(), is_protected: z.boolean() }) }).parse(seal.body);
    assert.ok(data.is_protected && data.rows > 0);
  }
  for (const table of ["audit", "audit_heads"]) {
    for (const sql of [
      `delete from ${table}`,
      `truncate ${table}`,
      `drop table ${table}`,
      `alter table ${table} disable trigger all`,
      `drop trigger only_grows on ${table}`,
      `alter table ${table} owner to banksman_app`,
    ])
      assert.equal(await refused(sql), "42501", sql);
  }
  assert.equal(await refused("update audit set hash = hash"), "42501");
  assert.equal(await refused("set session_replication_role = replica"), "42501");
  assert.equal(await refused("delete from audit_keys"), "42501");
  // Day after day it runs without the owner, and makes its partitions itself.
  await using again = await startTestServer(settings);
  assert.ok((await again.signIn()).length > 0);
});

test("a role that may not migrate is told what to do, and so is one that is both", async () => {
  postgres.psql("create database bare owner banksman_owner");
  const bare = new pg.Pool({ connectionString: urlOf("banksman_app").replace("/mine?", "/bare?") });
  await assert.rejects(migrate(bare, LOG), /start once with DATABASE_OWNER_URL/i);
  await bare.end();
  await assert.rejects(migrateAsOwner(urlOf("banksman_app"), app, LOG), /are both the role "banksman_app"/);
});

test("an owner's connection that breaks while it migrates is an error, and no end of the server", async () => {
  postgres.psql("create database broken owner banksman_owner");
  const log = Object.assign(createLog("server", "silent"), {
    info: () => {
      postgres.psql(
        "select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = 'banksman-owner'",
      );
    },
  });
  const owner = urlOf("banksman_owner").replace("/mine?", "/broken?");
  await assert.rejects(migrateAsOwner(owner, app, log));
});
