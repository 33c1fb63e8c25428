import assert from "node:assert/strict";
import { createHash, randomUUID } from "node:crypto";
import { access, copyFile, mkdir, readdir, readFile, rmdir, unlink, utimes } from "node:fs/promises";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { createLog } from "@banksman/kit";
import { freePort, type PrivatePostgres, runToEnd, startPostgres, tempFolder, waitFor } from "@banksman/testkit";
import { AwsV4Signer } from "aws4fetch";
import S3rver from "s3rver";
import type { AuditInput } from "../audit/recorder.ts";
import { type Database, openDatabase } from "../db/connect.ts";
import { migrate } from "../db/migrations.ts";
import { objectStore } from "./object-store.ts";
import { recordingFiles } from "./recording-files.ts";
import { recordingStore } from "./recording-store.ts";
import { recordingService } from "./recordings.ts";

const log = createLog("test", "silent");
const DAY_MS = 86_400_000;
const CAMERA = randomUUID();
const KEYS = { access_key: "S3RVER", secret_key: "S3RVER" };

let postgres: PrivatePostgres;
let database: Database;
let folder: Awaited<ReturnType<typeof tempFolder>>;
let s3: S3rver;
let endpoint: string;
before(async () => {
  postgres = await startPostgres();
  folder = await tempFolder();
  database = await openDatabase(postgres.url, folder.path, log);
  await migrate(database.pool, log);
  await database.pool.query("insert into sites (site_id, name) values ('1', 'one'), ('2', 'two')");
  const port = await freePort();
  endpoint = `http://127.0.0.1:${port}`;
  s3 = new S3rver({
    ...{ port, address: "127.0.0.1", silent: true, directory: join(folder.path, "s3") },
    configureBuckets: [{ name: "recordings-of-us", configs: [] }],
  });
  await s3.run();
});
after(async () => {
  await s3.close();
  await database.close();
  await postgres[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

/** The service on a folder of its own, with what it told the audit trail. */
function service(name: string, options: { mostBytes?: number; toObjects?: boolean } = {}) {
  const dir = join(folder.path, name);
  const files = recordingFiles(dir);
  const store = recordingStore(database.db);
  const told: AuditInput[] = [];
  const audit = {
    record: async (event: AuditInput | readonly AuditInput[]) => {
      told.push(...[event].flat());
    },
  };
  const s3Config = { endpoint, bucket: "recordings-of-us", region: "us-east-1", ...KEYS };
  const recordings = recordingService({
    ...{ store, files, audit, log, mostBytes: options.mostBytes ?? 1e9 },
    objects: options.toObjects ? objectStore(s3Config) : null,
    roll: async () => false,
    alertOf: async () => ({ site_id: "1", since: new Date().toISOString(), resolved_at: null }),
  });
  /** Records two seconds of a test picture that ended so long ago. */
  const record = async (endedMs: number, keepDays = 14): Promise<string> => {
    const id = randomUUID();
    const from = new Date(Date.now() - endedMs - 2_000);
    const row = { recording_id: id, camera_id: CAMERA, camera_name: "gate", because: "always" as const };
    await store.begin({ ...row, siteNo: 1, from, keepDays });
    const picture = ["-f", "lavfi", "-i", "testsrc2=s=160x90:r=5:d=2", "-c:v", "libx264", "-g", "5", "-f", "mpegts"];
    const ts = join(folder.path, `${id}.ts`);
    await runToEnd("ffmpeg", ["-v", "error", "-y", ...picture, ts]);
    const file = await files.open(id, "mpegts");
    file.stdin.end(await readFile(ts));
    await file.exited;
    await recordings.finish(id, null);
    return id;
  };
  const isOnDisk = (id: string) =>
    access(files.fileOf(id)).then(
      () => true,
      () => false,
    );
  return { recordings, store, record, told, isOnDisk, dir };
}
const bytesOf = async (sent: { body: NodeJS.ReadableStream }) => buffer(sent.body);

test("a finished recording is told of in the audit trail with the hash of its file", async () => {
  const { recordings, record, told } = service("plain");
  const id = await record(0);
  const sent = await recordings.file(id, undefined, "all");
  const sha256 = createHash("sha256")
    .update(await bytesOf(sent))
    .digest("hex");
  assert.match(JSON.stringify(told[0]?.after), new RegExp(`"sha256":"${sha256}"`));
  assert.deepEqual([told[0]?.action, told[0]?.target, told[0]?.site], ["recordings.write", id, "1"]);
});

test("who doesn't reach the site can't tell that there is a recording", async () => {
  const { recordings, record } = service("scoped");
  const id = await record(0);
  const none = { body: { code: "NO_SUCH_RECORDING" } };
  const isNone = (error: unknown) => (error as typeof none).body.code === none.body.code;
  await assert.rejects(recordings.file(id, undefined, new Set(["2"])), isNone);
  await assert.rejects(recordings.hold(id, true, new Set(["2"])), isNone);
  assert.deepEqual(await recordings.clips(1, "all", new Set(["2"])), []);
  assert.ok((await recordings.clips(1, "all", new Set(["1"]))).some(({ recording_id }) => recording_id === id));
});

test("old ones go in their time and the oldest above the quota, never a held one", async () => {
  await database.pool.query("delete from recordings");
  const { recordings, record, isOnDisk } = service("quota", { mostBytes: 0 });
  const held = await record(20 * DAY_MS);
  const old = await record(15 * DAY_MS);
  const fresh = await record(0);
  await recordings.hold(held, true, "all");
  const roomy = service("quota");
  await roomy.recordings.upkeep();
  assert.deepEqual(await Promise.all([held, old, fresh].map(isOnDisk)), [true, false, true]);
  await recordings.upkeep();
  assert.deepEqual(await Promise.all([held, fresh].map(isOnDisk)), [true, false]);
});

test("a finished recording moves to an object store, plays from there by ranges, and is removed there", async () => {
  const { recordings, store, record, isOnDisk } = service("objects", { toObjects: true });
  const id = await record(0, 1);
  await waitFor("it to move", async () => (await store.find(id))?.place === "s3" && !(await isOnDisk(id)));
  const whole = await bytesOf(await recordings.file(id, undefined, "all"));
  assert.equal(createHash("sha256").update(whole).digest("hex"), (await store.find(id))?.sha256);
  const part = await recordings.file(id, "bytes=10-19", "all");
  assert.equal(part.status, 206);
  assert.equal(part.headers["content-range"], `bytes 10-19/${whole.length}`);
  assert.deepEqual(await bytesOf(part), whole.subarray(10, 20));
  const { from, to } = (await store.find(id)) ?? assert.fail("it is there");
  const cut = await bytesOf({ body: await recordings.cut(CAMERA, from, to ?? from) });
  assert.equal(cut.subarray(4, 8).toString(), "ftyp");
  await waitFor("what was fetched to be thrown away", async () => {
    const names = await readdir(join(folder.path, "objects"));
    return !names.some((name) => name.endsWith(".borrowed"));
  });
  await recordings.removeOf(CAMERA);
  assert.equal(await store.find(id), undefined);
  const { status } = await fetch(`${endpoint}/recordings-of-us/recordings/${id}.mp4`);
  assert.equal(status, 404);
});

test("a recording is finished once, and what can't be finished now is kept until it can", async () => {
  const { recordings, store, record, isOnDisk, dir, told } = service("twice");
  const id = await record(0);
  await recordings.finish(id, null);
  assert.equal(told.length, 1);
  assert.equal(await isOnDisk(id), true);
  // A server that was killed between the file and its row: the file is there, the row says nothing of it.
  await database.pool.query("update recordings set to_at = null, sha256 = null where recording_id = $1", [id]);
  await utimes(join(dir, `${id}.mp4`), 0, 0);
  assert.equal(await recordings.recover(), 1);
  assert.notEqual((await store.find(id))?.sha256, null);
  // A disk that takes no more: the part stays, and so does its row.
  const other = randomUUID();
  const row = { recording_id: other, camera_id: CAMERA, camera_name: "gate", because: "always" as const };
  await store.begin({ ...row, siteNo: 1, from: new Date(), keepDays: 1 });
  await copyFile(join(dir, `${id}.mp4`), join(dir, `${other}.part`));
  await mkdir(join(dir, `${other}.mp4`));
  await assert.rejects(recordings.finish(other, null));
  assert.equal((await store.find(other))?.to, null);
  await rmdir(join(dir, `${other}.mp4`));
  await recordings.finish(other, null);
  assert.notEqual((await store.find(other))?.to, null);
});

test("a download whose file is elsewhere says so instead of giving a part of it", async () => {
  const { recordings, store, record, dir } = service("elsewhere");
  const id = await record(0);
  const { from, to } = (await store.find(id)) ?? assert.fail("it is there");
  await unlink(join(dir, `${id}.mp4`));
  await assert.rejects(
    recordings.cut(CAMERA, from, to ?? from),
    (error) => (error as { body: { code: string } }).body.code === "RECORDING_ELSEWHERE",
  );
  await recordings.removeOf(CAMERA);
});

test("an object store that is away leaves the recording on disk until it is back", async () => {
  const away = endpoint;
  endpoint = `http://127.0.0.1:${await freePort()}`;
  const before = service("away", { toObjects: true });
  const id = await before.record(0);
  assert.equal(await before.isOnDisk(id), true);
  assert.equal((await before.recordings.file(id, undefined, "all")).status, 200);
  endpoint = away;
  const later = service("away", { toObjects: true });
  await later.recordings.upkeep();
  assert.equal(await later.isOnDisk(id), false);
  assert.equal((await later.store.find(id))?.place, "s3");
});

test("requests are signed as Amazon's worked example is", async () => {
  // https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html, "GET Object".
  const signer = new AwsV4Signer({
    url: "https://examplebucket.s3.amazonaws.com/test.txt",
    accessKeyId: "AKIAIOSFODNN7EXAMPLE",
    secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    service: "s3",
    region: "us-east-1",
    datetime: "20130524T000000Z",
    // The library leaves ranges unsigned otherwise, as S3 lets it.
    allHeaders: true,
    headers: {
      range: "bytes=0-9",
      "x-amz-content-sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    },
  });
  const { headers } = await signer.sign();
  assert.match(
    headers.get("authorization") ?? "",
    /Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41$/,
  );
});
