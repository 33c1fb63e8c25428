import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { suite, test } from "node:test";
import { VirtualClock } from "@banksman/kit";
import { startKafkaMock } from "@banksman/testkit";
import { chanceOf } from "./chance.ts";
import { DEFECT_KINDS, spoil } from "./defects.ts";
import { encodeShare } from "./encode.ts";
import { writeShares } from "./run-shares.ts";
import { shareRoster, workerIdOf } from "./share-roster.ts";
import { openShareSink, type ShareSink } from "./share-sink.ts";
import type { ShareMessage } from "./share-source.ts";
import { sharesOptionsOf } from "./shares-options.ts";

const SHARE = {
  jobId: 0x65a0b0c0_00000001n,
  workerId: -5812682134549083291n,
  ip: 0x0a000102,
  userId: 601,
  difficulty: 65_536,
  time: 1_705_000_000,
  bits: 0x17034219,
  height: 860_000,
  nonce: 0xdeadbeef,
  sessionId: 77,
  accepted: true,
  rejectStatus: 23,
};

/** A sink that keeps what it is given. */
function memorySink(partitions: number) {
  const shares: ShareMessage[] = [];
  const events: string[] = [];
  const sink: ShareSink = {
    partitions,
    sendShares: async (messages) => void shares.push(...messages),
    sendEvents: async (texts) => void events.push(...texts),
    close: async () => undefined,
  };
  return { sink, shares, events };
}

suite("share messages", () => {
  test("workers have the ids that the pool makes from their names", () => {
    assert.equal(workerIdOf("__default__"), 8113131267054106046n);
    assert.equal(workerIdOf("worker1"), -5812682134549083291n);
  });

  test("v1 is the 48-byte struct", () => {
    const bytes = encodeShare("v1", SHARE);
    assert.equal(bytes.length, 48);
    assert.equal(bytes.readUInt32LE(4), 0x65a0b0c0, "the upper half of the job is its time");
    assert.equal(bytes.readBigInt64LE(8), SHARE.workerId);
    assert.deepEqual([...bytes.subarray(16, 20)], [10, 0, 1, 2]);
    assert.deepEqual([bytes.readInt32LE(20), bytes.readInt32LE(40)], [601, 1]);
    assert.equal(encodeShare("v1", { ...SHARE, accepted: false }).readInt32LE(40), 0);
  });

  test("v2 carries the sum of its fields, negative ones extended to 64 bits", () => {
    const bytes = encodeShare("v2", { ...SHARE, userId: -3 });
    assert.equal(bytes.length, 80);
    assert.equal(bytes.readUInt32LE(0), 0x00010003);
    const terms = [0x00010003n, SHARE.workerId, -3n, 1798084231n, 1_705_000_000n, 0x0201000a_00000000n, SHARE.jobId];
    const rest = [65_536n, 0x17034219n, 860_000n, 0xdeadbeefn, 77n];
    const sum = BigInt.asUintN(
      64,
      [...terms, ...rest].reduce((a, b) => a + b),
    );
    assert.equal(bytes.readUInt32LE(4), Number(((sum & 0xffffffffn) + (sum >> 32n)) & 0xffffffffn));
  });

  test("v3 is protobuf behind its version", () => {
    const hex = encodeShare("v3", SHARE).toString("hex");
    // Field 1 repeats the version, zigzagged; field 6 is the address as text.
    assert.match(hex, /^0400010008888008/);
    assert.match(hex, new RegExp(`3208${Buffer.from("10.0.1.2").toString("hex")}`));
  });

  test("every defect spoils what it says", () => {
    const chance = chanceOf(1);
    for (const kind of DEFECT_KINDS) {
      const [bytes = Buffer.alloc(0), second] = spoil(kind, "v1", SHARE, chance);
      assert.notDeepEqual([bytes, second], [encodeShare("v1", SHARE), undefined], kind);
      assert.equal(second !== undefined, kind === "duplicate", kind);
    }
  });
});

suite("a simulated share log", () => {
  const flags = { brokers: "x:1", workers: "500", users: "20", rate: "1000/s", seed: "5" };

  test("tells each worker's name once, then its shares at the rate, dated by the clock", async () => {
    const { sink, shares, events } = memorySink(4);
    const clock = new VirtualClock(1_705_000_000_000);
    const abort = new AbortController();
    const done = writeShares(sharesOptionsOf({ ...flags, for: "10" }), sink, clock, abort.signal);
    while (clock.now() < 1_705_000_010_200) await clock.advance(50);
    const tally = await done;
    assert.ok(Math.abs(tally.sent - 10_000) <= 100, `${tally.sent} sent`);
    assert.equal(tally.sent, shares.length);
    assert.ok(events.length >= 509 && events.length <= 511, `${events.length} events`);
    assert.match(
      events[0] ?? "",
      /^\{"created_at":"2024-01-11 19:06:40","type":"worker_update","content":\{"user_id":\d+,"worker_id":-?\d+,"worker_name":"rig000001"/,
    );
    const times = new Set(shares.map(({ value }) => value.readUInt32LE(32)));
    assert.ok(times.size >= 10);
    assert.deepEqual([...new Set(shares.map(({ partition }) => partition))].toSorted(), [0, 1, 2, 3]);
  });

  test("plants defects as often as ordered and says how many", async () => {
    const { sink, shares } = memorySink(1);
    const defects = ["bad_checksum=2%,late=0.02", "garbage=2%", "duplicate=10%"];
    const options = sharesOptionsOf({
      ...flags,
      format: "mixed",
      rate: "1000000",
      count: "10000",
      defects,
      noEvents: true,
    });
    const clock = new VirtualClock();
    const done = writeShares(options, sink, clock, new AbortController().signal);
    while (shares.length < 10_000) await clock.advance(50);
    const tally = await done;
    for (const [kind, expected] of [
      ["bad_checksum", 200],
      ["late", 200],
      ["garbage", 200],
      ["duplicate", 1_000],
    ] as const)
      assert.ok(Math.abs((tally[kind] ?? 0) - expected) < expected / 3, `${kind}: ${tally[kind]}`);
    assert.equal(tally.sent, 10_000 + (tally.duplicate ?? 0));
    assert.equal(new Set(shares.map(({ value }) => value.length)).size > 3, true, "all layouts are in it");
  });

  test("keyed, a worker stays in one partition; unkeyed, it doesn't", async () => {
    for (const keyed of [true, false]) {
      const { sink, shares } = memorySink(4);
      const options = sharesOptionsOf({ ...flags, rate: "1000000", count: "5000", keyed, noEvents: true });
      const clock = new VirtualClock();
      const done = writeShares(options, sink, clock, new AbortController().signal);
      while (shares.length < 5_000) await clock.advance(50);
      await done;
      const homes = new Map<bigint, Set<number>>();
      for (const { partition, value } of shares) {
        const worker = value.readBigInt64LE(8);
        homes.set(worker, (homes.get(worker) ?? new Set()).add(partition));
      }
      assert.equal(
        [...homes.values()].every(({ size }) => size === 1),
        keyed,
      );
    }
  });

  test("a log of minutes past is written at once, each message dated when its share was found", async () => {
    const { sink, shares } = memorySink(2);
    const options = sharesOptionsOf({ ...flags, rate: "10", back: "2", count: "1", noEvents: true });
    const clock = new VirtualClock(1_705_000_000_000);
    const done = writeShares(options, sink, clock, new AbortController().signal);
    while (shares.length < 1_201) await clock.advance(50);
    await done;
    const first = shares[0];
    assert.equal(first?.timestamp, "1704999880000");
    assert.equal(first?.value.readUInt32LE(32), 1_704_999_880);
    assert.equal(shares[1_199]?.timestamp, "1704999999000");
    assert.equal(shares[1_200]?.timestamp, undefined);
  });

  test("the same seed gives the same workers", () => {
    assert.deepEqual(shareRoster(50, 5, 3), shareRoster(50, 5, 3));
    assert.notDeepEqual(shareRoster(50, 5, 3), shareRoster(50, 5, 4));
  });

  test("what is ordered wrongly is named with its fix", () => {
    const refused: [object, RegExp][] = [
      [{ brokers: undefined }, /--brokers HOST:PORT/],
      [{ rate: "fast" }, /--rate fast: must be a whole number/],
      [{ format: "v9" }, /--format v9: must be v1, v2, v3 or mixed/],
      [{ defects: ["rust=1%"] }, /"rust" is no defect; use one of bad_checksum/],
      [{ rejects: "2" }, /--rejects 2: must be a part/],
    ];
    for (const [change, text] of refused) assert.throws(() => sharesOptionsOf({ ...flags, ...change }), text);
  });

  test("it reaches a cluster, and says so when the topic has too few partitions", async () => {
    await using kafka = await startKafkaMock();
    const where = { brokers: [kafka.brokers], topic: "ShareLog", eventsTopic: "CommonEvents" };
    const sink = await openShareSink({ ...where, partitions: undefined });
    assert.equal(sink.partitions, 4);
    const options = sharesOptionsOf({ ...flags, brokers: kafka.brokers, rate: "100000", count: "2000" });
    const clock = new VirtualClock();
    const done = writeShares(options, sink, clock, new AbortController().signal);
    const over = done.then(() => true);
    const moved = () => clock.advance(50).then(() => false);
    while (!(await Promise.race([over, moved()])));
    await sink.close();
    const client = ["-C", "-b", kafka.brokers, "-q", "-e", "-o", "beginning", "-f", "%S\n"];
    const sizes = execFileSync("kcat", [...client, "-t", "ShareLog"], { encoding: "utf8" })
      .trim()
      .split("\n");
    assert.equal(sizes.length, 2_000);
    assert.deepEqual([...new Set(sizes)], ["48"]);
    await assert.rejects(openShareSink({ ...where, partitions: 8 }), /ShareLog has 4 partitions, not 8/);
  });
});
