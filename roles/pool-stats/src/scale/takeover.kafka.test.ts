import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { freePort, run, startMariaDb, tempFolder, waitFor } from "@banksman/testkit";
import { clusterKeys, openCluster } from "../test/cluster.ts";
import { produce } from "../test/log-kit.ts";

const CHILD = fileURLToPath(new URL("../test/kill-child.ts", import.meta.url));
const WORKERS = 40;

/** Shares of the last half hour; every worker's reach all four partitions. */
function someShares(count: number) {
  const now = Math.floor(Date.now() / 1_000);
  return Array.from({ length: count }, (_, i) => {
    const value = Buffer.alloc(48);
    value.writeUInt32LE(9, 0);
    value.writeUInt32LE(now, 4);
    value.writeInt32LE(1 + (i % WORKERS), 8);
    value.writeInt32LE(601, 20);
    value.writeUInt32LE(1_000, 24);
    value.writeUInt32LE(now - ((i * 37) % 1_800), 32);
    value.writeInt32LE(1, 40);
    return { partition: Math.floor(i / WORKERS) % 4, value };
  });
}

test("two processes share a log; one is killed, and the other's figures are those of all", async () => {
  await using cluster = await openCluster();
  await using database = await startMariaDb();
  await using folder = await tempFolder();
  const topic = await cluster.topic("takeover");
  const eventsTopic = await cluster.topic("takeover-events");
  const start = async (name: string) => {
    const port = await freePort();
    const file = join(folder.path, `${name}.cfg`);
    await writeFile(
      file,
      `kafka = { ${clusterKeys(cluster)} group_id = "${topic}"; session_timeout = 6; };
       statshttpd = { ip = "127.0.0.1"; port = ${port}; flush_db_interval = 1; flush = "direct"; scale_out = true;
         share_topic = "${topic}"; common_events_topic = "${eventsTopic}"; };
       pooldb = { host = "${database.host}"; port = ${database.port};
         username = "${database.user}"; password = "${database.password}"; dbname = "${database.database}"; };`,
    );
    const child = run(process.execPath, [CHILD, file]);
    const hour = async () => {
      const response = await fetch(`http://127.0.0.1:${port}/worker_status?user_id=601&worker_id=0,1`);
      const { data } = JSON.parse(await response.text());
      return data ? [data["0"].accept[3], data["0"].workers, data["1"].accept[3]] : null;
    };
    return { child, hour };
  };
  const inTable = () =>
    database.sql("SELECT accept_1h FROM mining_workers WHERE worker_id IN (0, 1) ORDER BY 1").trim();
  const settles = async (what: string, sum: number, instances: Awaited<ReturnType<typeof start>>[]) => {
    const all = [sum, WORKERS, sum / WORKERS].join();
    const answers = async () => (await Promise.all(instances.map(({ hour }) => hour()))).map(String);
    await waitFor(what, async () => (await answers()).every((answer) => answer === all), {
      withinMs: 60_000,
      everyMs: 100,
    });
    await waitFor(`${what}, in the table`, () => inTable() === `${sum / WORKERS}\n${sum}`, { everyMs: 100 });
  };

  await produce(cluster.options, topic, someShares(1_600));
  const a = await start("a");
  const b = await start("b");
  await using _a = a.child;
  await using _b = b.child;
  await settles("both to answer for both", 1_600_000, [a, b]);
  await waitFor("partitions of either", () => claims().length === 2, { withinMs: 30_000 });
  await produce(cluster.options, topic, someShares(800));
  await settles("what came after", 2_400_000, [a, b]);

  await a.child.stop("SIGKILL");
  await produce(cluster.options, topic, someShares(400));
  await settles("the survivor to have all", 2_800_000, [b]);
  await waitFor("the dead one's figures to be taken out", () => claims().length === 1, { withinMs: 30_000 });
  assert.equal(database.sql("SELECT COUNT(DISTINCT instance) FROM mining_workers_part").trim(), "1");
  assert.equal(inTable(), `${2_800_000 / WORKERS}\n2800000`);

  function claims(): string[] {
    return database.sql("SELECT DISTINCT instance FROM mining_workers_claims").trim().split("\n");
  }
});
