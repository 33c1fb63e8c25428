import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { startKafkaMock } from "./kafka-mock.ts";
import { startMariaDb } from "./mariadb.ts";

test("a private MariaDB keeps what was committed over a crash, on the same port", async () => {
  await using db = await startMariaDb({ max_allowed_packet: "32M" });
  db.sql("CREATE TABLE kept (n bigint PRIMARY KEY) ENGINE=InnoDB; INSERT INTO kept VALUES (8113131267054106046)");
  await db.stop("SIGKILL");
  await db.start();
  assert.equal(db.sql("SELECT n, @@max_allowed_packet FROM kept").trim(), "8113131267054106046\t33554432");
});

test("its account reaches it over TCP", async () => {
  await using db = await startMariaDb();
  const client = ["--no-defaults", "-h", db.host, `-P${db.port}`, `-u${db.user}`, `-p${db.password}`, "-BN"];
  const answer = execFileSync("mariadb", [...client, db.database, "-e", "SELECT database()"], { encoding: "utf8" });
  assert.equal(answer.trim(), db.database);
});

test("a Kafka mock keeps what is produced for who asks later, and goes when disposed", async () => {
  let pid = 0;
  {
    await using kafka = await startKafkaMock();
    pid = kafka.pid();
    const client = ["-b", kafka.brokers, "-t", "greetings", "-p", "0"];
    execFileSync("kcat", ["-P", ...client], { input: "hello\n" });
    const got = execFileSync("kcat", ["-C", ...client, "-o", "0", "-c", "1", "-q"], {
      encoding: "utf8",
      timeout: 10_000,
    });
    assert.equal(got.trim(), "hello");
  }
  assert.throws(() => process.kill(pid, 0), { code: "ESRCH" });
});
