import assert from "node:assert/strict";
import { test } from "node:test";
import { createLog } from "@banksman/kit";
import { startPostgres } from "@banksman/testkit";
import pg from "pg";
import { migrate } from "../db/migrations.ts";
import { createVault } from "../secrets.ts";
import { SEALED_COLUMNS } from "./store.ts";

const key = (byte: number) => Buffer.alloc(32, byte);

test("a vault opens what its keys sealed, tells which one did, and takes nothing that was changed", () => {
  const [old, both] = [createVault([key(1)]), createVault([key(2), key(1)])];
  const sealed = old.seal("stratum+tcp");
  assert.deepEqual([both.open(sealed), both.ageOf(sealed)], ["stratum+tcp", "older"]);
  assert.equal(both.ageOf(both.seal("x")), "current");
  assert.equal(old.ageOf(both.seal("x")), "unreadable");
  assert.notDeepEqual(old.seal("x"), old.seal("x"), "a nonce of its own each time");
  for (let at = 0; at < sealed.length; at++) {
    const changed = Buffer.from(sealed);
    changed[at] = (changed[at] ?? 0) ^ 1;
    assert.throws(() => old.open(changed), { name: "SERVER_SECRETS_LOCKED" });
  }
});

test("the rotation knows every sealed column: each other bytea column is a hash or public", async () => {
  await using postgres = await startPostgres();
  const database = new pg.Pool({ connectionString: postgres.url });
  await migrate(database, createLog("server", "silent"));
  const { rows } = await database.query<{ name: string }>(`select table_name || '.' || column_name as name
    from information_schema.columns where table_schema = 'public' and data_type = 'bytea'`);
  await database.end();
  const open = [
    "audit.hash",
    "audit_heads.frontier",
    "audit_heads.signature",
    "audit_keys.public_key",
    "passkeys.public_key",
    "report_files.bytes",
  ];
  const sealed: string[] = SEALED_COLUMNS.map(({ table, column }) => `${table}.${column}`);
  const unknown = rows.filter(({ name }) => !/_hash$/.test(name) && ![...open, ...sealed].includes(name));
  assert.deepEqual(unknown, []);
});
