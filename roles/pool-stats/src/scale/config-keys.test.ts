import assert from "node:assert/strict";
import { test } from "node:test";
import { configOf } from "../config.ts";

const POOLDB = 'pooldb = { host = ""; username = "u"; password = "p"; dbname = "d"; };';
const read = (statshttpd: string, rest = POOLDB) =>
  configOf(`kafka = { brokers = "x:1"; };\nstatshttpd = { ip = "127.0.0.1"; ${statshttpd} };\n${rest}`, "a.cfg");

test("one instance writes MySQL and sends nothing to a server, unless it is told otherwise", () => {
  const { scaleOut, server, pooldb, kafka } = read("");
  assert.deepEqual(
    [scaleOut, server, pooldb?.type, pooldb?.port, kafka.sessionTimeoutMs],
    [false, null, "mysql", 3306, 10_000],
  );
});

test("several instances need direct flushes and a database to meet in", () => {
  assert.equal(read('flush = "direct"; scale_out = true;').scaleOut, true);
  assert.throws(() => read("scale_out = true;"), /a\.cfg:2:\d+.*"statshttpd\.scale_out".*need flush = "direct"/);
  assert.throws(
    () => read('flush = "direct"; scale_out = true; use_mysql = false;', ""),
    /instances meet in the database, so use_mysql can't be false/,
  );
});

test("PostgreSQL has its own port, and another database is refused by name", () => {
  const pooldb = (type: string) => POOLDB.replace("{", `{ type = "${type}";`);
  const config = read("", pooldb("postgresql")).pooldb;
  assert.deepEqual([config?.type, config?.port], ["postgresql", 5432]);
  assert.throws(() => read("", pooldb("oracle")), /"pooldb\.type" is "oracle": must be one of "mysql", "postgresql"/);
});

test("the server that keeps history is an address with a key, and the pool has a name", () => {
  const server = (text: string) => read("", `${POOLDB}\nserver = { ${text} };`).server;
  const url = 'url = "https://b.example"; api_key = "hsc_1";';
  assert.deepEqual(server(url), { url: "https://b.example", apiKey: "hsc_1", pool: "main" });
  assert.equal(server(`${url} pool = "east-1";`)?.pool, "east-1");
  assert.throws(() => server('url = "https://b.example";'), /"server\.api_key" is missing/);
  assert.throws(() => server('url = "b.example"; api_key = "k";'), /must be an address such as https/);
  assert.throws(() => server(`${url} pool = "a b";`), /"server\.pool" must be letters, digits/);
});
