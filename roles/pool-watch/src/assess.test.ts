import assert from "node:assert/strict";
import { test } from "node:test";
import type { PoolReading, PoolWorker } from "@banksman/pools";
import fc from "fast-check";
import { assess } from "./assess.ts";
import { profiles, pythonDict, pythonFloat } from "./text.ts";

const NOW = Date.UTC(2026, 10, 21, 9, 0, 0);
const LIMITS = { offline_after_s: 600, forget_after_s: 28_800, floor_hs: 3e10 };
const worker = (name: string, ageS: number | null): PoolWorker => ({
  name,
  hashrate_hs: 1,
  hashrate_1h_hs: null,
  last_share_at: ageS === null ? null : new Date(NOW - ageS * 1_000),
  state: null,
  reject_share: null,
  source_ip: null,
});
const reading = (workers: PoolWorker[], hashrate_hs: number | null = 4e10): PoolReading => ({
  pool: "f2pool-v1",
  account: "a",
  coin: "eth",
  at: new Date(NOW),
  clock_skew_ms: null,
  hashrate_hs,
  workers,
  truncated: false,
});
const offline = (workers: PoolWorker[]) =>
  assess(reading(workers), LIMITS).offline.map(({ name, minutes }) => `${name} ${minutes}`);

test("offline is more than 10 minutes and less than 8 hours, both strict", () => {
  const ages = { a: 599, b: 600, c: 601, d: 660, e: 28_799, f: 28_800, g: 90_000 };
  assert.deepEqual(offline(Object.entries(ages).map(([name, age]) => worker(name, age))), ["c 10", "d 11", "e 479"]);
});

test("ages count whole seconds: the fraction of a last share is dropped", () => {
  const late = { ...worker("a", null), last_share_at: new Date(NOW - 601_000 + 810) };
  assert.deepEqual(offline([late]), ["a 10"]);
});

test("a worker that never sent a share, and one dated ahead, are not offline", () => {
  assert.deepEqual(offline([worker("a", null), worker("b", -300)]), []);
});

test("of two workers of one name the later stands, and counts once", () => {
  assert.deepEqual(offline([worker("a", 700), worker("a", 1_300)]), ["a 21"]);
});

test("a low hashrate alone is wrong, and so is one the pool does not tell", () => {
  assert.deepEqual(
    [3e10, 2.99e10, null].map((hs) => assess(reading([], hs), LIMITS).isWrong),
    [false, true, true],
  );
});

test("the original's text, to the letter", () => {
  const found = assess(reading([worker("rig01", 754), worker("rig's", 28_000)], 12_650_560_751_040), LIMITS);
  assert.equal(
    profiles.zh.alarm(found, "MH/s"),
    "不得了了,矿机掉线了!\r\n目前掉线2台,掉线设备ID为:\r\n{'rig01': '已掉线12.0分钟', \"rig's\": '已掉线466.0分钟'}\r\n所有矿机总算力为12650560.75104MH/s",
  );
  assert.equal(
    profiles.zh.alarm(assess(reading([], 0), LIMITS), "MH/s"),
    "不得了了,矿机掉线了!\r\n目前掉线0台,掉线设备ID为:\r\n无\r\n所有矿机总算力为0.0MH/s",
  );
  assert.equal(
    profiles.zh.logEntry("2026-11-21 09:00:00", "x"),
    `现在是UTC时间: 2026-11-21 09:00:00 x \n${"-".repeat(103)}\n`,
  );
  assert.equal(profiles.zh.well("2026-11-21 09:00:00"), "2026-11-21 09:00:00 我安澜,从不掉线");
});

test("numbers and texts as Python prints them", () => {
  assert.deepEqual([30_000, 0, 0.1, 1e16, 1.5e22, 0.00001, 123456.789].map(pythonFloat), [
    "30000.0",
    "0.0",
    "0.1",
    "1e+16",
    "1.5e+22",
    "1e-05",
    "123456.789",
  ]);
  assert.equal(
    pythonDict([
      ["a\\b", "x\n"],
      [`'"`, "y"],
    ]),
    `{'a\\\\b': 'x\\n', '\\'"': 'y'}`,
  );
});

test("whatever the ages, offline is exactly the open span between the two limits", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -100, max: 100_000 }), { maxLength: 50 }), (ages) => {
      const expected = ages.flatMap((age, index) =>
        age > 600 && age < 28_800 ? [`w${index} ${Math.floor(age / 60)}`] : [],
      );
      assert.deepEqual(offline(ages.map((age, index) => worker(`w${index}`, age))), expected);
    }),
  );
});
