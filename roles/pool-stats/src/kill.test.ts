import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import {
  type KafkaMock,
  type PrivateMariaDb,
  run,
  startKafkaMock,
  startMariaDb,
  tempFolder,
  waitFor,
} from "@banksman/testkit";
import { decodeShare } from "./share/decode.ts";
import { Share } from "./share/share.ts";
import { produce } from "./test/log-kit.ts";
import { Model } from "./test/vectors/model.ts";

const CHILD = fileURLToPath(new URL("test/kill-child.ts", import.meta.url));
let kafka: KafkaMock;
let database: PrivateMariaDb;
before(async () => {
  [kafka, database] = await Promise.all([startKafkaMock(), startMariaDb()]);
});
after(() => Promise.all([kafka[Symbol.asyncDispose](), database[Symbol.asyncDispose]()]));

/** Shares of the last 50 minutes, so that the hour's sums stand still while the test runs. */
function someShares(count: number, round: number): Buffer[] {
  const now = Math.floor(Date.now() / 1_000);
  return Array.from({ length: count }, (_, i) => {
    const bytes = Buffer.alloc(48);
    bytes.writeUInt32LE(9, 0);
    bytes.writeUInt32LE(now, 4);
    bytes.writeInt32LE(1 + (i % 97), 8);
    bytes.writeUInt32LE(i, 16);
    bytes.writeInt32LE(1 + (i % 7), 20);
    bytes.writeUInt32LE(1_000 + round + (i % 13), 24);
    bytes.writeUInt32LE(now - ((i * 37) % 3_000), 32);
    bytes.writeUInt32LE(0x1715a35c, 36);
    bytes.writeInt32LE(i % 50 === 0 ? 0 : 1, 40);
    return bytes;
  });
}

const configText = (name: string, folder: string, more: string) => `
kafka = { brokers = "${kafka.brokers}"; };
statshttpd = {
  ip = "127.0.0.1"; port = 0; flush_db_interval = 1;
  share_topic = "${name}-shares"; common_events_topic = "${name}-events"; update_worker_name = false;
  file_last_flush_time = "${join(folder, "last")}"; ${more}
};
pooldb = {
  host = "${database.host}"; port = ${database.port};
  username = "${database.user}"; password = "${database.password}"; dbname = "${name}";
};
`;

/** What the table must say of every worker and user, whatever happened meanwhile. */
function expectedRows(shares: readonly Buffer[]): string[] {
  const model = new Model("g2", new Set());
  const share = new Share();
  const now = Math.floor(Date.now() / 1_000);
  for (const bytes of shares) {
    assert.equal(decodeShare(bytes, share, { compat: "g2", singleUserPuid: null }), null);
    model.add(share, now);
  }
  return [...model.workers.values(), ...model.users.values()]
    .map((object) => object.figures(now, "g2"))
    .map((f) => [f.userId, f.workerId, f.accept[3], f.reject[1], f.acceptCount, f.lastShareTime].join("\t"))
    .toSorted();
}

// Each has its own topic, database and files; most of the time passes in waiting for the group.
describe("killed at any moment", { concurrency: true }, () => {
  for (const [name, more] of [
    ["tmp", ""],
    ["direct", 'flush = "direct";'],
    ["snapshot", 'flush = "direct"; snapshot_interval = 1;'],
  ] as const)
    test(`the rows are those of an undisturbed run (${name})`, async () => {
      await using folder = await tempFolder();
      const dbname = `kill_${name}`;
      database.sql(`CREATE DATABASE ${dbname}`);
      const file = join(folder.path, "statshttpd.cfg");
      const snapshot = name === "snapshot" ? `snapshot_file = "${join(folder.path, "windows")}";` : "";
      await writeFile(file, configText(dbname, folder.path, `${more} ${snapshot}`));
      const shares: Buffer[] = [];
      // Before it reads, while it reads, and when it has written and gone on.
      for (const [round, until] of [
        /HTTP on/,
        /reading \d+ partitions/,
        /flush to DB\.\.\. done[\s\S]*flush to DB\.\.\./,
      ].entries()) {
        const fresh = someShares(2_000, round);
        shares.push(...fresh);
        await produce(
          kafka.brokers,
          `${dbname}-shares`,
          fresh.map((value, i) => ({ partition: i % 4, value })),
        );
        await using child = run(process.execPath, [CHILD, file]);
        await child.output(until, 30_000);
        await child.stop("SIGKILL");
      }
      await using child = run(process.execPath, [CHILD, file]);
      await child.output(/flush to DB\.\.\. done/, 30_000);
      const expected = expectedRows(shares);
      const columns = "puid, worker_id, accept_1h, reject_1h, accept_count, UNIX_TIMESTAMP(last_share_time)";
      const rows = () => database.sql(`SELECT ${columns} FROM mining_workers`, dbname).trim().split("\n").toSorted();
      await waitFor("the rows", () => rows().join() === expected.join(), { withinMs: 30_000, everyMs: 200 }).catch(
        () => undefined,
      );
      assert.deepEqual(rows(), expected);
      if (name === "snapshot") assert.match(child.stderr(), /snapshot .* was read/);
      child.child.kill("SIGTERM");
      assert.equal(await child.exited, 0);
    });
});
