import assert from "node:assert/strict";
import { readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { createLog } from "@banksman/kit";
import { tempFolder } from "@banksman/testkit";
import { Share } from "./share/share.ts";
import { STATUS } from "./share/status.ts";
import { readSnapshot, writeSnapshot } from "./snapshot.ts";
import { Statistics } from "./statistics.ts";

const T0 = 1_700_000_000;
const silent = createLog("test", "silent");

/** Some hundred workers, one of them so busy that it has a ring, with rejects for usual and odd reasons. */
function busyPool(): Statistics {
  const statistics = new Statistics({ compat: "g4" });
  const share = new Share();
  for (let i = 0; i < 80_000; i++) {
    share.userId = 1 + (i % 5);
    share.workerHi = i % 3;
    share.workerLo = i < 50_000 ? 1 : 1 + (i % 100);
    share.time = T0 + (i % 3_000);
    share.difficultyLo = 1 + (i % 11);
    share.status = i % 50 === 0 ? (i % 100 === 0 ? 23 : 4_000 + (i % 7)) : STATUS.accept;
    share.hasIp = true;
    share.ip3 = i;
    share.ip0 = i % 2 === 0 ? 0x20010db8 : 0;
    statistics.add(share, T0 + 3_000);
  }
  return statistics;
}

const all = (statistics: Statistics, now: number) =>
  [...statistics.live("workers"), ...statistics.live("users"), statistics.pool].map((handle) =>
    structuredClone({ ...statistics.read(handle, now) }),
  );

const snapshotOf = (statistics: Statistics) => ({
  writtenAt: T0,
  shares: new Map([[0, 17]]),
  events: new Map([[3, 4]]),
  image: statistics.toImage(),
});

test("a snapshot brings back every figure, and counting goes on from it", async () => {
  await using folder = await tempFolder();
  const file = join(folder.path, "windows");
  const before = busyPool();
  await writeSnapshot(file, snapshotOf(before));
  const read = await readSnapshot(file, silent);
  assert.ok(read);
  assert.deepEqual([read.shares, read.events, read.writtenAt], [new Map([[0, 17]]), new Map([[3, 4]]), T0]);
  const after = new Statistics({ compat: "g4" });
  assert.ok(after.fromImage(read.image));
  assert.deepEqual(all(after, T0 + 3_000), all(before, T0 + 3_000));
  const share = new Share();
  Object.assign(share, { userId: 77, workerLo: 5, time: T0 + 3_001, difficultyLo: 3, status: STATUS.accept });
  for (const statistics of [before, after]) statistics.add(share, T0 + 3_001);
  assert.deepEqual(all(after, T0 + 3_100), all(before, T0 + 3_100));
  assert.deepEqual(after.expire(T0 + 6_601), before.expire(T0 + 6_601));
  assert.deepEqual(all(after, T0 + 6_601), all(before, T0 + 6_601));
});

test("all that a snapshot brings back counts as not yet written", () => {
  const before = busyPool();
  for (const handle of before.takeAll()) before.read(handle, T0 + 3_000);
  const after = new Statistics({ compat: "g4" });
  after.fromImage(before.toImage());
  assert.equal([...after.takeChanged(T0 + 3_000)].length, before.workerCount + before.userCount);
});

test("a snapshot of another generation is not taken over", () => {
  assert.equal(new Statistics({ compat: "g2" }).fromImage(busyPool().toImage()), false);
});

test("a damaged or cut snapshot is left aside, at whichever byte", async () => {
  await using folder = await tempFolder();
  const file = join(folder.path, "windows");
  await writeSnapshot(file, snapshotOf(new Statistics({ compat: "g2" })));
  const whole = await readFile(file);
  assert.ok(await readSnapshot(file, silent));
  for (const at of [0, 3, 4, 40, 500, whole.length >> 1, whole.length - 5, whole.length - 1]) {
    const damaged = Buffer.from(whole);
    damaged[at] = (damaged[at] ?? 0) ^ 0x55;
    await writeFile(file, damaged);
    assert.equal(await readSnapshot(file, silent), null, `byte ${at}`);
  }
  for (const length of [0, 2, 100, whole.length - 1]) {
    await writeFile(file, whole);
    await truncate(file, length);
    assert.equal(await readSnapshot(file, silent), null, `cut to ${length}`);
  }
  assert.equal(await readSnapshot(join(folder.path, "none"), silent), null);
});
