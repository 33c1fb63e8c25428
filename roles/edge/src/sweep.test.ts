import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { type Clock, systemClock, VirtualClock } from "@banksman/kit";
import { Reading } from "@banksman/wire/model";
import { collect } from "./collect.ts";
import type { MinerSpec } from "./miner-list.ts";
import { createProgress, sweepLine } from "./progress.ts";
import type { Reader, ReadOutcome } from "./reader.ts";
import { Sweeper, type SweepResult } from "./sweep.ts";
import { fakeReader, quietLog as log, offline, online } from "./test-kit.ts";
import { createWorkers, mostWorkers } from "./workers.ts";

const specs = (count: number): MinerSpec[] =>
  Array.from({ length: count }, (_, i) => ({
    id: `m${i}`,
    host: `10.0.${i >> 8}.${i & 255}`,
    port: 4028,
    type: "auto",
  }));

const sweeper = <M>(
  reader: Reader<M>,
  changes: { maxWorkers?: number | "auto"; uploadBatch?: number; raw?: boolean; clock?: Clock } = {},
) =>
  new Sweeper({
    reader,
    clock: systemClock,
    siteId: "s",
    maxWorkers: 10,
    timeoutMs: 1_000,
    uploadBatch: 5_000,
    raw: false,
    ...changes,
  });

const never = new AbortController().signal;
const readingsOf = (result: SweepResult): Reading[] =>
  result.batches.flatMap(({ body }) => JSON.parse(gunzipSync(body).toString()));

suite("a sweep", () => {
  test("reads each miner once, in batches as asked, never more at once than the workers", async () => {
    let now = 0;
    let most = 0;
    const reader = fakeReader(async (host) => {
      most = Math.max(most, ++now);
      await sleep(1);
      now--;
      return online(host);
    });
    const result = await sweeper(reader, { maxWorkers: 7, uploadBatch: 30 }).run(specs(100), { signal: never });
    assert.deepEqual(
      readingsOf(result)
        .map((reading) => reading.miner_id)
        .sort(),
      specs(100)
        .map(({ id }) => id)
        .sort(),
    );
    assert.deepEqual(
      result.batches.map(({ readings }) => readings),
      [30, 30, 30, 10],
    );
    assert.equal(new Set(result.batches.map(({ batchId }) => batchId)).size, 4);
    assert.match(result.batches[0]?.batchId ?? "", /^[0-9a-f]{8}-[0-9a-f]{4}-7/, "a UUID of version 7");
    assert.equal(most, 7);
    for (const reading of readingsOf(result)) Reading.parse(reading);
  });

  test("gives who failed one late retry, and no more", async () => {
    const calls: string[] = [];
    const reader = fakeReader((host, times) => {
      calls.push(host);
      return host === "10.0.0.1" && times === 1 ? offline(host) : host === "10.0.0.2" ? offline(host) : online(host);
    });
    const result = await sweeper(reader).run(specs(4), { signal: never });
    assert.deepEqual(calls.slice(4), ["10.0.0.1", "10.0.0.2"], "after all the others");
    assert.deepEqual([result.online, result.reasons, result.retried], [3, { timed_out: 1 }, 2]);
    assert.equal(readingsOf(result).length, 4);
  });

  test("starts with those that were slow last time", async () => {
    const order: string[] = [];
    const clock = new VirtualClock();
    const reader = fakeReader(async (host) => {
      order.push(host);
      if (host === "10.0.0.3") await clock.sleep(3_000);
      return online(host);
    });
    const sweeps = sweeper(reader, { maxWorkers: 1, clock });
    for (let sweep = 0; sweep < 2; sweep += 1) {
      const running = sweeps.run(specs(5), { signal: never });
      while (!order.slice(sweep * 5).includes("10.0.0.3")) await setImmediate();
      await clock.advance(3_000);
      await running;
    }
    assert.equal(order[5], "10.0.0.3");
  });

  test("says where a miner stands, and sends raw answers only when asked", async () => {
    const outcome: ReadOutcome = { ...online("10.0.0.0"), raw: { summary: "{}" } };
    const spec = { ...specs(1)[0], id: "m0", host: "10.0.0.0", port: 4028, type: "auto", rack: "A", position: "3" };
    const plain = readingsOf(await sweeper(fakeReader(() => outcome)).run([spec], { signal: never }))[0];
    const raw = readingsOf(
      await sweeper(
        fakeReader(() => outcome),
        { raw: true },
      ).run([spec], { signal: never }),
    )[0];
    assert.deepEqual([plain?.rack, plain?.position, plain?.raw], ["A", "3", undefined]);
    assert.deepEqual(raw?.raw, { summary: "{}" });
  });

  test("a reading taken well after the sweep's start says its own time", async () => {
    const clock = new VirtualClock();
    const reader = fakeReader(async (host) => {
      if (host === "10.0.0.1") await clock.sleep(2_000);
      return online(host);
    });
    const running = sweeper(reader, { clock }).run(specs(2), { signal: never });
    await clock.advance(2_000);
    const times = new Map(readingsOf(await running).map((reading) => [reading.miner_id, reading.collected_at]));
    assert.deepEqual([times.get("m0"), times.get("m1")], [undefined, "2026-01-01T00:00:02.000Z"]);
  });

  test("stopped midway keeps what was read and nothing of what the stop cut short", async () => {
    const stop = new AbortController();
    const reader = fakeReader(async (host, times) => {
      if (host === "10.0.0.5") stop.abort();
      return times === 1 && host < "10.0.0.5" ? online(host) : offline(host);
    });
    const result = await sweeper(reader, { maxWorkers: 1 }).run(specs(20), { signal: stop.signal });
    assert.deepEqual(
      readingsOf(result).map((reading) => reading.miner_id),
      ["m0", "m1", "m2", "m3", "m4"],
    );
  });
});

suite("how many miners are read at once", () => {
  test("a configured number is kept", () => {
    assert.equal(createWorkers(50, 6_000).limit, 50);
  });

  test("auto takes back what brought no more reads a second, and never more than doubles in a sweep", () => {
    const workers = createWorkers("auto", 6_000, { mostWorkers: 20_000, busyShare: () => 0, cpuMs: () => 0 });
    const sweep = (latency: number, seconds: number) => {
      workers.begin();
      for (let i = 0; i < 6_000; i++) workers.took(latency);
      const used = workers.limit;
      workers.end(6_000, seconds * 1_000);
      return used;
    };
    assert.deepEqual([sweep(2_000, 4), sweep(2_000, 3), sweep(4_000, 2.9)], [800, 1_600, 3_200]);
    assert.equal(workers.limit, 1_600, "3,200 brought no more than 1,600");
    assert.equal(sweep(4_000, 3), 1_600);
  });

  test("auto is miners × latency ÷ 1.5 s, at least 20 and at most what the open files allow", () => {
    const limitFor = (miners: number, latency: number, mostWorkers = 20_000, busy = 0.3, cpuPerRead = 0.1) => {
      let cpu = 0;
      const workers = createWorkers("auto", miners, { mostWorkers, busyShare: () => busy, cpuMs: () => cpu });
      for (let i = 0; i < 500; i++) {
        cpu += cpuPerRead;
        workers.took(latency);
      }
      return workers.limit;
    };
    assert.equal(limitFor(60, 5), 20);
    assert.equal(limitFor(3_000, 200), 400);
    assert.equal(limitFor(6_000, 200, 300), 300);
    assert.equal(limitFor(3_000, 200, 20_000, 0.95), 200, "a busy event loop gets no more to do");
    assert.equal(
      limitFor(50_000, 200, 20_000, 0.3, 0.4),
      500,
      "50,000 × 0.4 ms of CPU take 20 s: no use for more sockets",
    );
    assert.equal(mostWorkers("Max open files            4096                 4096                 files"), 3_840);
  });
});

suite("the rhythm", () => {
  const emptySweep = (tookMs: number): SweepResult => ({
    startedAt: 0,
    tookMs,
    miners: 1,
    online: 1,
    reasons: {},
    retried: 0,
    workers: 1,
    batches: [],
  });

  /** Sweeps that take what `took` says, on virtual time; returns when each began, in seconds. */
  async function rhythm(took: number[], seconds: number) {
    const clock = new VirtualClock();
    const stop = new AbortController();
    const began: number[] = [];
    let skipped = 0;
    const done = collect({
      miners: () => specs(1),
      sweep: async () => {
        began.push(clock.monotonic() / 1000);
        const ms = (took[began.length - 1] ?? 1) * 1000;
        await clock.sleep(ms);
        return emptySweep(ms);
      },
      intervalMs: () => 30_000,
      outbox: { store: () => true },
      clock,
      log,
      signal: stop.signal,
      onSweep: () => {},
      onSkipped: (sweeps) => {
        skipped += sweeps;
      },
    });
    await clock.advance(seconds * 1000);
    stop.abort();
    await clock.advance(60_000);
    await done;
    return { began, skipped };
  }

  test("is fixed: a sweep that takes 20 s doesn't shift the next one", async () => {
    assert.deepEqual(await rhythm([20, 1, 5], 100), { began: [0, 30, 60, 90], skipped: 0 });
  });

  test("an overrun skips the moments it missed and counts them", async () => {
    assert.deepEqual(await rhythm([70, 1], 130), { began: [0, 90, 120], skipped: 2 });
  });
});

suite("progress", () => {
  const result: SweepResult = {
    startedAt: 0,
    tookMs: 1_840,
    miners: 6_000,
    online: 5_988,
    reasons: { refused: 8, timed_out: 4 },
    retried: 12,
    workers: 800,
    batches: [],
  };

  test("one line a sweep", () => {
    assert.equal(
      sweepLine(result, { stored: true, backlog: 0 }),
      "6000 miners: 5988 online, 12 offline (8 refused, 4 timed_out) in 1.8 s; backlog 0",
    );
    assert.match(sweepLine(result, { stored: false, backlog: 0 }), /NOT STORED/);
  });

  test("on a terminal a bar runs before the line", () => {
    const written: string[] = [];
    let now = 0;
    const out = { isTTY: true, columns: 80, write: (text: string) => written.push(text) > 0 };
    const progress = createProgress({ out, log, miners: () => 4, now: () => (now += 200) });
    for (let i = 0; i < 2; i++) progress.onReading({ miner_id: "m", online: i === 0 });
    progress.onSweep(result, { stored: true, backlog: 3 });
    const text = written.join("");
    assert.match(text, /\[#{12}-{12}\] 2 of 4, 1 online/);
    assert.match(text, /backlog 3\n$/);
  });
});
