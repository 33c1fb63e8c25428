import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "@banksman/kit";
import { configOf } from "./config.ts";
import { PoolStats } from "./pool-stats.ts";
import { FakeMember, FakeTopic } from "./test/fake-log.ts";
import { silent } from "./test/log-kit.ts";
import { Figures } from "./windows/figures.ts";

// What the mock cluster can't show: an hour by the brokers' clock, eight partitions, a broker that comes back.

const START_S = 1_750_000_020;
const EIGHT = [0, 1, 2, 3, 4, 5, 6, 7];
const CFG = `kafka = { brokers = "x:1"; }; statshttpd = { ip = "127.0.0.1"; use_mysql = false; flush_db_interval = 1; };`;

/** A V1 share of difficulty 1,000. */
function shareOf(workerId: number, seconds: number): Buffer {
  const bytes = Buffer.alloc(48);
  bytes.writeUInt32LE(9, 0);
  bytes.writeUInt32LE(seconds, 4);
  bytes.writeInt32LE(workerId, 8);
  bytes.writeInt32LE(601, 20);
  bytes.writeUInt32LE(1_000, 24);
  bytes.writeUInt32LE(seconds, 32);
  bytes.writeInt32LE(1, 40);
  return bytes;
}

/** A share each second from `fromS` up to `toS`, of ten workers in turn, each share in the next partition. */
function fill(topic: FakeTopic, fromS: number, toS: number): void {
  for (let second = fromS; second < toS; second++)
    topic.append(second % topic.partitions.length, shareOf(1 + (second % 10), second), second * 1_000);
}

function startedAt(seconds: number) {
  const clock = new VirtualClock(seconds * 1_000);
  return { clock, stats: new PoolStats({ config: configOf(CFG, "test.cfg"), target: null, clock, log: silent }) };
}

const hourOf = ({ statistics, view }: PoolStats, now: number) => {
  const figures = new Figures();
  view.worker(601, 1n, now, figures);
  const worker = figures.accept[3];
  return [statistics.read(statistics.pool, now, figures).accept[3], worker];
};

test("three hours of eight partitions: a start reads the last one, and the windows are exact", async () => {
  const topic = new FakeTopic(8);
  fill(topic, START_S - 3 * 3_600, START_S);
  const { stats } = startedAt(START_S);
  const member = new FakeMember(topic, stats.shareLog);
  member.assign(EIGHT, START_S * 1_000);
  assert.equal(stats.isInitializing, true);
  const read = await member.deliver();
  assert.equal(stats.isInitializing, false);
  assert.ok(read <= 3_700, `${read} messages for an hour of one a second`);
  // The hour holds the second that begins now, in which nothing has come yet.
  assert.deepEqual(hourOf(stats, START_S), [3_599_000, 359_000]);
  assert.equal(stats.view.workerCount, 10);
});

test("a broker that goes and comes back is trouble meanwhile, and nothing is lost or counted twice", async () => {
  const topic = new FakeTopic(8);
  fill(topic, START_S - 600, START_S);
  const { stats, clock } = startedAt(START_S);
  const member = new FakeMember(topic, stats.shareLog);
  member.assign(EIGHT, START_S * 1_000);
  await member.deliver(20);
  stats.shareLog.trouble("the brokers are away");
  assert.match(stats.trouble() ?? "", /brokers are away/);
  await clock.advance(300_000);
  fill(topic, START_S, START_S + 300);
  // A session begins anew with the positions that were reached.
  member.assign(EIGHT, clock.now());
  stats.shareLog.trouble(null);
  while ((await member.deliver(50)) > 0);
  assert.equal(stats.trouble(), null);
  assert.equal(hourOf(stats, START_S + 300)[0], 900_000);
  assert.equal(stats.shares.counted, 900);
});

test("partitions that move between two members are counted by one of them at a time", async () => {
  const topic = new FakeTopic(8);
  fill(topic, START_S - 1_800, START_S);
  const a = startedAt(START_S);
  const b = startedAt(START_S);
  const one = new FakeMember(topic, a.stats.shareLog);
  const two = new FakeMember(topic, b.stats.shareLog);
  const sum = () => Number(hourOf(a.stats, START_S + 10)[0]) + Number(hourOf(b.stats, START_S + 10)[0]);
  one.assign(EIGHT, START_S * 1_000);
  await one.deliver();
  assert.equal(sum(), 1_800_000);
  // The second member reads its half from an hour back: what the first had counted of it is the seam.
  one.assign([0, 1, 2, 3], START_S * 1_000);
  two.assign([4, 5, 6, 7], START_S * 1_000);
  assert.deepEqual([a.stats.isInitializing, b.stats.isInitializing], [true, true], "neither is asked meanwhile");
  await one.deliver();
  await two.deliver();
  fill(topic, START_S, START_S + 10);
  await one.deliver();
  await two.deliver();
  assert.equal(sum(), 1_810_000);
  // The first one goes: the other keeps what it has and reads the rest.
  two.assign(EIGHT, START_S * 1_000);
  await two.deliver();
  assert.equal(hourOf(b.stats, START_S + 10)[0], 1_810_000);
  assert.equal(b.stats.isInitializing, false);
});
