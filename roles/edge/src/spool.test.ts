import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, suite, test } from "node:test";
import { createLog, VirtualClock } from "@banksman/kit";
import { Outbox } from "./outbox.ts";
import { type Batch, openSpool, type SpoolOptions } from "./spool.ts";
import type { Room } from "./spool-room.ts";

const log = createLog("test", "silent");
const plenty: Room = { freeBytes: () => 2 ** 40, layBallast: () => {}, dropBallast: () => false };
const clock = new VirtualClock();
let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "spool-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const options = (changes: Partial<SpoolOptions> = {}): SpoolOptions => ({
  path: join(dir, "cache", "offline_cache.db"),
  siteId: "site_001",
  maxBytes: 1_000_000,
  maxAgeMs: 7 * 86_400_000,
  clock,
  log,
  room: plenty,
  ...changes,
});
const batch = (batchId: string, changes: Partial<Batch> = {}): Batch => ({
  batchId,
  siteId: "site_001",
  collectedAt: clock.now(),
  readings: 10,
  body: Buffer.from(`body of ${batchId}`),
  ...changes,
});

suite("the order of uploads", () => {
  test("the newest sweep goes first, then the backlog from its oldest", () => {
    const spool = openSpool(options());
    for (const name of ["a", "b"]) spool.store([batch(name)]);
    spool.store([batch("c1"), batch("c2")]);
    const order: string[] = [];
    for (let next = spool.next(); next; next = spool.next()) {
      order.push(next.batchId);
      spool.acknowledge(next.batchId);
    }
    assert.deepEqual(order, ["c1", "c2", "a", "b"]);
    spool.close();
  });

  test("a batch the server keeps breaking on steps back, and is poison once others got through", () => {
    const spool = openSpool(options());
    spool.store([batch("poison")]);
    spool.store([batch("good")]);
    for (let i = 0; i < 3; i++) assert.equal(spool.countRefusal("poison"), false);
    assert.equal(spool.next()?.batchId, "good");
    for (let i = 0; i < 9; i++)
      assert.equal(spool.countRefusal("poison"), false, "a server that takes nothing condemns nobody");
    spool.acknowledge("good");
    assert.equal(spool.countRefusal("poison"), true);
    spool.bury("poison", 500, "it broke");
    assert.deepEqual(spool.counts(), { batches: 0, readings: 0, bytes: 0, oldestCollectedAt: null, deadLetters: 1 });
    spool.close();
  });

  test("batches of another site wait for that site's configuration", () => {
    const first = openSpool(options({ siteId: "old" }));
    first.store([batch("theirs", { siteId: "old" })]);
    first.close();
    const second = openSpool(options());
    assert.equal(second.next(), null);
    assert.equal(second.counts().batches, 1);
    assert.equal(new Outbox(second).backlog, 0, "the server is told of its own site's backlog");
    assert.deepEqual(second.otherSites(), [{ site_id: "old", batches: 1, readings: 10 }]);
    second.close();
  });
});

suite("what survives", () => {
  test("batches, notes and the count of losses survive closing", () => {
    const first = openSpool(options());
    first.store([batch("a")]);
    first.note({ last_error: "no route" });
    first.countLoss(7, "for the test");
    first.close();
    const second = openSpool(options());
    assert.deepEqual(Buffer.from(second.next()?.body ?? []).toString(), "body of a");
    assert.deepEqual(second.notes(), { last_upload_at: null, last_error: "no route", lost_readings: 7 });
    second.close();
  });

  test("every file of the spool is its owner's alone, those of an older one too", () => {
    const spool = openSpool(options());
    spool.store([batch("a")]);
    const folder = join(dir, "cache");
    const modes = () =>
      readdirSync(folder).map((name) => [name, (statSync(join(folder, name)).mode & 0o777).toString(8)]);
    const names = modes().map(([name]) => name);
    for (const end of ["", "-wal", ".lock", ".owner"]) assert.ok(names.includes(`offline_cache.db${end}`), end);
    assert.deepEqual(
      modes().filter(([, mode]) => mode !== "600"),
      [],
    );
    spool.close();
    chmodSync(options().path, 0o644);
    openSpool(options()).close();
    assert.deepEqual(
      modes().filter(([, mode]) => mode !== "600"),
      [],
    );
  });

  test("the original collector's cache, and a file that is no database, are renamed aside", () => {
    for (const foreign of ["database", "text"]) {
      const path = join(dir, `${foreign}.db`);
      if (foreign === "text") writeFileSync(path, "not a database at all, but somebody's file");
      else new DatabaseSync(path).exec("CREATE TABLE telemetry_cache (id INTEGER PRIMARY KEY, data TEXT)");
      openSpool(options({ path })).close();
      const aside = readdirSync(dir).filter((name) => name.startsWith(`${foreign}.db.`) && name.endsWith(".aside"));
      assert.equal(aside.length, 1);
      assert.ok(existsSync(path));
    }
  });
});

suite("limits", () => {
  test("over its bytes the spool drops the oldest and counts the loss", () => {
    const spool = openSpool(options({ maxBytes: 250 }));
    for (const name of ["a", "b", "c", "d"]) spool.store([batch(name, { body: Buffer.alloc(100) })]);
    spool.store([batch("e", { body: Buffer.alloc(100) })]);
    assert.equal(spool.notes().lost_readings, 20);
    assert.equal(spool.next()?.batchId, "e");
    assert.equal(spool.counts().batches, 3);
    spool.close();
  });

  test("older than its days a batch is dropped and counted", async () => {
    const spool = openSpool(options({ maxAgeMs: 60_000 }));
    spool.store([batch("old")]);
    await clock.advance(61_000);
    spool.store([batch("new")]);
    assert.equal(spool.counts().batches, 1);
    assert.equal(spool.notes().lost_readings, 10);
    spool.close();
  });

  test("below 64 MiB of free disk nothing more is stored, and what is there stays", () => {
    let free = 2 ** 30;
    const spool = openSpool(options({ room: { ...plenty, freeBytes: () => free } }));
    assert.equal(spool.store([batch("a")]), true);
    free = 63 * 1024 ** 2;
    assert.equal(spool.store([batch("b")]), false);
    assert.equal(spool.next()?.batchId, "a");
    spool.close();
  });

  test("a second edge on the same spool is refused by name", () => {
    const first = openSpool(options());
    assert.throws(() => openSpool(options()), {
      code: "USAGE_SPOOL_BUSY",
      message: new RegExp(`process ${process.pid} `),
    });
    first.close();
    openSpool(options()).close();
  });

  test("a path that can't be written is named with the fix", () => {
    writeFileSync(join(dir, "cache"), "a file where the directory should be");
    assert.throws(() => openSpool(options()), { code: "USAGE_SPOOL_UNWRITABLE", message: /"spool\.path" is .*chown/ });
  });
});
