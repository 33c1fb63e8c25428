import assert from "node:assert/strict";
import { test } from "node:test";
import { createLog } from "@banksman/kit";
import { configOf } from "./config.ts";
import type { Target } from "./flush/target.ts";
import type { LogBatch } from "./kafka/index.ts";
import { PoolStats } from "./pool-stats.ts";
import { DrivenClock } from "./test/driven-clock.ts";

const T0 = 1_700_000_000;
const CONFIG = configOf(
  `kafka = { brokers = "k:9092"; }; statshttpd = { ip = "127.0.0.1"; flush_db_interval = 15; };
   pooldb = { host = "d"; username = "u"; password = "p"; dbname = "d"; };`,
  "test.cfg",
);

/** A database whose writes last until they are told to end. */
function slowTarget() {
  const waiting: (() => void)[] = [];
  const written: string[][] = [];
  const target: Target = {
    prepare: async () => undefined,
    write: async (figures) => {
      await new Promise<void>((resolve) => waiting.push(resolve));
      const rows = Array.from(
        figures(),
        ({ userId, workerId, acceptCount }) => `${userId}/${workerId}: ${acceptCount}`,
      );
      written.push(rows);
      return { rows: rows.length, refused: 0 };
    },
    writeNames: async (names) => ({ rows: names.length, refused: 0 }),
    close: async () => undefined,
  };
  return { target, written, finish: () => waiting.splice(0).forEach((resolve) => void resolve()) };
}

function start() {
  const clock = new DrivenClock(T0);
  const database = slowTarget();
  const stats = new PoolStats({ config: CONFIG, target: database.target, clock, log: createLog("test", "silent") });
  return { clock, stats, ...database };
}

function share(worker: number, time: number): Buffer {
  const bytes = Buffer.alloc(48);
  bytes.writeUInt32LE(9, 0);
  bytes.writeUInt32LE(time, 4);
  bytes.writeInt32LE(worker, 8);
  bytes.writeInt32LE(7, 20);
  bytes.writeUInt32LE(5, 24);
  bytes.writeUInt32LE(time, 32);
  bytes.writeInt32LE(1, 40);
  return bytes;
}

const batch = (values: readonly (Buffer | null)[], partition = 0, offset = 0): LogBatch => ({
  topic: "ShareLog",
  partition,
  messages: values.map((value, i) => ({ offset: offset + i, timestampMs: 0, value })),
  nextOffset: offset + values.length,
  lag: 0,
});
const assign = (
  stats: PoolStats,
  assigned: number[],
  more: { gained?: number[]; lost?: number[]; positions?: Map<number, number> } = {},
) => stats.shareLog.assigned({ assigned, gained: assigned, lost: [], positions: new Map(), ...more });

test("it is initializing until the end that the log had at the start is reached", async () => {
  const { stats } = start();
  assign(stats, [0]);
  await stats.shareLog.batch(batch([share(1, T0)]));
  assert.equal(stats.isInitializing, true);
  stats.shareLog.caughtUp();
  assert.equal(stats.isInitializing, false);
});

test("a log without a single share is waited for one interval", () => {
  const { stats, clock } = start();
  assign(stats, [0]);
  stats.shareLog.caughtUp();
  clock.set(T0 + 15);
  stats.tick();
  assert.equal(stats.isInitializing, true);
  clock.set(T0 + 16);
  stats.tick();
  assert.equal(stats.isInitializing, false);
});

test("a slow database holds up neither counting nor the next flush, and nothing is doubled", async () => {
  const { stats, clock, written, finish } = start();
  assign(stats, [0]);
  await stats.shareLog.batch(batch([share(1, T0)]));
  stats.shareLog.caughtUp();
  for (let second = 16; second <= 160; second += 16) {
    clock.set(T0 + second);
    await stats.shareLog.batch(batch([share(1, T0 + second)], 0, second));
  }
  assert.equal(stats.shares.counted, 11);
  assert.equal(written.length, 0, "the first flush has not ended yet");
  finish();
  await stats.flusher.settled();
  assert.deepEqual(written, [["7/1: 11", "7/0: 11"]]);
  clock.set(T0 + 176);
  stats.tick();
  finish();
  await stats.flusher.settled();
  assert.deepEqual(written[1], ["7/1: 11", "7/0: 11"]);
});

test("a lost partition's shares leave the windows: all is read again from what is left", async () => {
  const { stats } = start();
  assign(stats, [0, 1]);
  await stats.shareLog.batch(batch([share(1, T0)], 0));
  await stats.shareLog.batch(batch([share(2, T0)], 1));
  stats.shareLog.caughtUp();
  const positions = assign(stats, [0], { gained: [], lost: [1], positions: new Map([[0, 1]]) });
  assert.deepEqual([positions.size, stats.statistics.workerCount, stats.isInitializing], [0, 0, true]);
});

test("a partition that stays goes on where it was", async () => {
  const { stats } = start();
  assign(stats, [0]);
  await stats.shareLog.batch(batch([share(1, T0)], 0));
  stats.shareLog.caughtUp();
  const positions = assign(stats, [0, 1], { gained: [1], lost: [], positions: new Map([[0, 1]]) });
  assert.deepEqual([[...positions], stats.statistics.workerCount, stats.isInitializing], [[[0, 1]], 1, true]);
});

test("garbage, empty and huge messages are counted by reason, and shares among them count", async () => {
  const { stats } = start();
  assign(stats, [0]);
  const huge = Buffer.alloc(10 * 1024 * 1024, 0x41);
  await stats.shareLog.batch(
    batch([null, Buffer.alloc(0), huge, share(1, T0), Buffer.from("x"), share(1, T0 + 3_700)]),
  );
  assert.deepEqual(Object.fromEntries(stats.shares.uncounted), {
    empty: 2,
    unknown_layout: 1,
    too_short: 1,
    future: 1,
  });
  assert.equal(stats.shares.counted, 1);
});

test("while a snapshot is written counting waits, and then goes on", async () => {
  const { stats } = start();
  assign(stats, [0]);
  const written = Promise.withResolvers<void>();
  const holding = stats.whileHeld(() => written.promise);
  const counting = stats.shareLog.batch(batch([share(1, T0)]));
  await Promise.resolve();
  assert.equal(stats.shares.counted, 0);
  written.resolve();
  await Promise.all([holding, counting]);
  assert.equal(stats.shares.counted, 1);
});

test("a snapshot's windows go on where it was read, and are dropped where a partition is another's now", async () => {
  for (const [assigned, workers, from] of [
    [[0, 1], 1, [[0, 1]]],
    [[1], 0, []],
  ] as const) {
    const before = start().stats;
    assign(before, [0]);
    await before.shareLog.batch(batch([share(1, T0)], 0));
    const { stats } = start();
    await before.whileHeld(async (snapshot) => {
      assert.ok(stats.restore(snapshot));
    });
    assert.deepEqual([...assign(stats, [...assigned])], from);
    assert.equal(stats.statistics.workerCount, workers);
  }
});
