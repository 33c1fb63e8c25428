import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { VirtualClock } from "@banksman/kit";
import { type Batch, openSpool } from "./spool.ts";
import { diskRoom } from "./spool-room.ts";
import { quietLog as log, tempDir } from "./test-kit.ts";

const BODY = randomBytes(513 * 1024);
const batch = (batchId: string): Batch => ({ batchId, siteId: "s", collectedAt: 0, readings: 10, body: BODY });

/** A disk of 100 MiB, unmounted at the end; null where mounting isn't allowed. */
function smallDisk(): (Disposable & { path: string }) | null {
  const dir = tempDir();
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=100m", "tmpfs", `${dir}`], { stdio: "ignore" });
  } catch {
    dir[Symbol.dispose]();
    return null;
  }
  const unmount = () => {
    execFileSync("umount", ["--lazy", `${dir}`]);
    dir[Symbol.dispose]();
  };
  return { path: `${dir}`, [Symbol.dispose]: unmount };
}

test("a disk that really fills up: what was stored stays whole, can be acknowledged, and storing resumes", (t) => {
  using disk = smallDisk();
  if (!disk) return t.skip("mounting a small disk needs root");
  const path = join(disk.path, "spool.db");
  // Without the floor of 64 MiB, so that the disk itself says no.
  const room = { ...diskRoom(path), freeBytes: () => 2 ** 40 };
  diskRoom(path).layBallast();
  const spool = openSpool({ path, siteId: "s", maxBytes: 1e9, maxAgeMs: 1e13, clock: new VirtualClock(), log, room });
  const stored: string[] = [];
  for (let n = 0; n < 300; n++) {
    if (!spool.store([batch(`b${n}`)])) break;
    stored.push(`b${n}`);
  }
  assert.ok(stored.length > 100 && stored.length < 200, `the disk filled up after ${stored.length}`);
  assert.equal(spool.counts().batches, stored.length, "the one that failed left nothing behind");

  const sent: string[] = [];
  for (let next = spool.next(); next; next = spool.next()) {
    assert.deepEqual(Buffer.from(next.body), BODY);
    sent.push(next.batchId);
    spool.acknowledge(next.batchId);
  }
  assert.deepEqual([...sent].sort(), [...stored].sort(), "each goes up, and once");
  assert.equal(spool.store([batch("after")]), true);
  spool.close();
  const db = new DatabaseSync(path);
  assert.equal(db.prepare("PRAGMA integrity_check").get()?.integrity_check, "ok");
  db.close();
});

test("a disk filled by others to the last byte: acknowledging still works, on the ballast", (t) => {
  using disk = smallDisk();
  if (!disk) return t.skip("mounting a small disk needs root");
  const path = join(disk.path, "spool.db");
  const spool = openSpool({ path, siteId: "s", maxBytes: 1e9, maxAgeMs: 1e13, clock: new VirtualClock(), log });
  for (const name of ["a", "b", "c"]) assert.equal(spool.store([batch(name)]), true);
  assert.throws(() => writeFileSync(join(disk.path, "others"), Buffer.alloc(200 * 1024 * 1024)), { code: "ENOSPC" });
  assert.equal(spool.store([batch("d")]), false, "below the floor nothing is taken");
  for (const name of ["c", "a", "b"]) {
    assert.equal(spool.next()?.batchId, name);
    spool.acknowledge(name);
  }
  assert.equal(spool.next(), null);
  rmSync(join(disk.path, "others"));
  assert.equal(spool.store([batch("e")]), true);
  spool.close();
});
