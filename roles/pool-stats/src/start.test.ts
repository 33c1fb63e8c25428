import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { run, startMariaDb, tempFolder, waitFor } from "@banksman/testkit";
import { rawRequest } from "./test/raw-http.ts";

const CHILD = fileURLToPath(new URL("test/kill-child.ts", import.meta.url));
/** Nobody listens there. */
const NOBODY = "127.0.0.1:1";

async function start(
  statshttpd: string,
  pooldb = `host = "127.0.0.1"; port = 1; username = "u"; password = "p"; dbname = "d";`,
  ip = "127.0.0.1",
) {
  const folder = await tempFolder();
  const file = join(folder.path, "statshttpd.cfg");
  const text = `kafka = { brokers = "${NOBODY}"; }; statshttpd = { ip = "${ip}"; ${statshttpd} }; pooldb = { ${pooldb} };`;
  await writeFile(file, text);
  const child = run(process.execPath, [CHILD, file]);
  const dispose = async () => {
    await child.stop("SIGKILL");
    await folder[Symbol.asyncDispose]();
  };
  return { child, [Symbol.asyncDispose]: dispose };
}

test("without Kafka and without a database it answers that it is initializing, and stops cleanly", async () => {
  await using running = await start("port = 0;");
  const [, port = "0"] = await running.child.output(/"port":(\d+)/);
  const reply = await rawRequest(Number(port), "GET", "/");
  assert.equal(reply.body, '{"err_no":2,"err_msg":"service is initializing..."}');
  const ready = await waitFor("both troubles", async () => {
    const { status, body } = await rawRequest(Number(port), "GET", "/health");
    return status === 503 ? body : null;
  });
  assert.match(ready, /ECONNREFUSED/);
  running.child.child.kill("SIGTERM");
  assert.equal(await running.child.exited, 0);
  assert.match(running.child.stderr(), /stop StatsServer\.\.\.[\s\S]*stop sharelog consume thread/);
});

test("a port in use ends it with a sentence and exit code 2", async () => {
  const holder = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => holder.once("listening", resolve));
  const address = holder.address();
  const port = typeof address === "object" && address ? address.port : 0;
  try {
    await using running = await start(`port = ${port};`);
    assert.equal(await running.child.exited, 2);
    assert.match(
      running.child.stderr(),
      new RegExp(`"statshttpd.port" is ${port}, which is in use on 127.0.0.1: name a free one`),
    );
  } finally {
    holder.close();
  }
});

test("an address of another machine ends it with a sentence and exit code 2", async () => {
  await using running = await start("port = 0;", undefined, "203.0.113.7");
  assert.equal(await running.child.exited, 2);
  assert.match(running.child.stderr(), /"statshttpd.ip" is "203.0.113.7", which is no address of this machine/);
});

test("tables that don't fit end it with what they lack and exit code 2", async () => {
  await using database = await startMariaDb();
  database.sql("CREATE TABLE mining_workers (puid int, worker_id bigint)");
  const { host, port, user, password, database: name } = database;
  await using running = await start(
    "port = 0;",
    `host = "${host}"; port = ${port}; username = "${user}"; password = "${password}"; dbname = "${name}";`,
  );
  assert.equal(await running.child.exited, 2);
  assert.match(running.child.stderr(), /table mining_workers lacks group_id, worker_name, .*Create it as S3 says/);
});
