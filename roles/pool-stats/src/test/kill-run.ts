import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type KafkaMock, type PrivateMariaDb, type Running, run, tempFolder, waitFor } from "@banksman/testkit";
import { decodeShare } from "../share/decode.ts";
import { Share } from "../share/share.ts";
import { produce } from "./log-kit.ts";
import { Model } from "./vectors/model.ts";

const CHILD = fileURLToPath(new URL("kill-child.ts", import.meta.url));
const SHARES = 2_000;

export type KillRun = {
  kafka: KafkaMock;
  database: PrivateMariaDb;
  /** Names its database and topics. */
  name: string;
  /** More settings of `statshttpd`. */
  settings: string;
  hasSnapshot: boolean;
  /** When each child is killed: at an output, or after so many milliseconds. */
  kills: readonly (RegExp | number)[];
};

/** Kills the role again and again while shares come, then checks that the rows are those of an undisturbed run. */
export async function killRun({ kafka, database, name, settings, hasSnapshot, kills }: KillRun): Promise<void> {
  await using folder = await tempFolder();
  database.sql(`CREATE DATABASE ${name}`);
  const file = join(folder.path, "statshttpd.cfg");
  const snapshot = hasSnapshot ? `snapshot_file = "${join(folder.path, "windows")}"; snapshot_interval = 1;` : "";
  await writeFile(file, configText(kafka, database, name, `${settings} ${snapshot}`));
  const shares: Buffer[] = [];
  for (const [round, moment] of kills.entries()) {
    const fresh = someShares(round);
    shares.push(...fresh);
    const sent = produce(
      kafka.brokers,
      `${name}-shares`,
      fresh.map((value, i) => ({ partition: i % 4, value })),
    );
    await using child = run(process.execPath, [CHILD, file]);
    await Promise.all([sent, typeof moment === "number" ? sleep(moment) : child.output(moment, 30_000)]);
    await child.stop("SIGKILL");
  }
  await using child = run(process.execPath, [CHILD, file]);
  await child.output(/flush to DB\.\.\. done/, 30_000);
  await checkRows(database, name, shares);
  if (hasSnapshot) assert.match(child.stderr(), /snapshot .* was read/);
  await stopsCleanly(child);
}

async function checkRows(database: PrivateMariaDb, name: string, shares: readonly Buffer[]): Promise<void> {
  const expected = expectedRows(shares);
  const columns = "puid, worker_id, accept_1h, reject_1h, accept_count, UNIX_TIMESTAMP(last_share_time)";
  const rows = () => database.sql(`SELECT ${columns} FROM mining_workers`, name).trim().split("\n").toSorted();
  const isRight = () => rows().join() === expected.join();
  await waitFor("the rows", isRight, { withinMs: 30_000, everyMs: 200 }).catch(() => undefined);
  assert.deepEqual(rows(), expected);
}

async function stopsCleanly(child: Running): Promise<void> {
  child.child.kill("SIGTERM");
  assert.equal(await child.exited, 0);
}

/** Shares of the last 50 minutes, so that the hour's sums stand still while the test runs. */
function someShares(round: number): Buffer[] {
  const now = Math.floor(Date.now() / 1_000);
  return Array.from({ length: SHARES }, (_, i) => {
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

const configText = (kafka: KafkaMock, database: PrivateMariaDb, name: string, more: string) => `
kafka = { brokers = "${kafka.brokers}"; };
statshttpd = {
  ip = "127.0.0.1"; port = 0; flush_db_interval = 1;
  share_topic = "${name}-shares"; common_events_topic = "${name}-events"; update_worker_name = false; ${more}
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
