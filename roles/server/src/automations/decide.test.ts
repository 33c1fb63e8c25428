import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { type Held, type Load, nextStep, nextTry } from "./decide.ts";

const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;
const RULES = { most_per_day: 2, backoff_minutes: [15, 60], stop_after: 3 };

describe("the next try on a miner", () => {
  const at = (minutes: number, tries: number[], since = 0) =>
    nextTry(
      RULES,
      tries.map((one) => one * MINUTE),
      since * MINUTE,
      minutes * MINUTE,
    );

  test("comes at once, then after each back-off, and no more than twice a day", () => {
    assert.deepEqual(at(0, []), { is: "order" });
    assert.deepEqual(at(14, [0]), { is: "wait", untilMs: 15 * MINUTE });
    assert.deepEqual(at(15, [0]), { is: "order" });
    assert.deepEqual(at(80, [0, 15]), { is: "wait", untilMs: DAY });
    assert.deepEqual(at(1_441, [0, 15]), { is: "order" });
  });

  test("is given up after three during one alert; another alert begins anew, within the day's limit", () => {
    assert.deepEqual(at(2_000, [0, 15, 1_500]), { is: "stop" });
    assert.deepEqual(at(5_000, [0, 15, 1_500], 4_999), { is: "order" });
    assert.deepEqual(at(1_600, [1_400, 1_500], 1_599).is, "wait");
  });

  test("property: however often it is asked, the limits hold", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 400 }), { maxLength: 60 }), (gaps) => {
        let now = 0;
        const tries: number[] = [];
        for (const gap of gaps) {
          now += gap * MINUTE;
          const verdict = nextTry({ ...RULES, stop_after: 5 }, tries, 0, now);
          if (verdict.is === "wait") assert.ok(verdict.untilMs > now);
          if (verdict.is === "order") tries.push(now);
        }
        assert.ok(tries.length <= 5);
        for (const one of tries) assert.ok(tries.filter((other) => other > one - DAY && other <= one).length <= 2);
        for (const [i, one] of tries.entries()) if (i > 0) assert.ok(one - (tries[i - 1] ?? 0) >= 15 * MINUTE);
      }),
    );
  });
});

describe("the next step of a curtailment", () => {
  const load = (miner_id: string, watts: number | null, hashrate_ghs: number | null, sleeps = false): Load => ({
    miner_id,
    watts,
    hashrate_ghs,
    sleeps,
  });
  const S9 = load("s9", 1_300, 13_000);
  const S19 = load("s19", 3_250, 95_000);
  const S21 = load("s21", 3_500, 200_000);
  const ids = (held: readonly Held[]) => held.map(({ miner_id }) => miner_id);

  test("the least efficient sleep first, as many as the limit needs, no more than a step holds", () => {
    assert.deepEqual(ids(nextStep([S21, S19, S9], [], 6_800, 10).sleep), ["s9"]);
    assert.deepEqual(ids(nextStep([S21, S19, S9], [], 3_600, 10).sleep), ["s9", "s19"]);
    assert.deepEqual(ids(nextStep([S21, S19, S9], [], 0, 10).sleep), ["s9", "s19", "s21"]);
    assert.deepEqual(ids(nextStep([S21, S19, S9], [], 0, 1).sleep), ["s9"]);
    assert.deepEqual(nextStep([S21, S19, S9], [], 9_000, 10).sleep, []);
  });

  test("who sleeps already, or tells no power, is let be", () => {
    assert.deepEqual(
      ids(nextStep([load("a", 0, 0, true), load("b", null, 100), load("c", 100, 0), S9], [], 0, 10).sleep),
      ["s9"],
    );
  });

  test("without a limit the most efficient wake first; with room under the limit as many as fit", () => {
    const held = [S9, S19, S21].map(({ miner_id, watts, hashrate_ghs }) => ({
      miner_id,
      watts: watts ?? 0,
      hashrate_ghs: hashrate_ghs ?? 0,
    }));
    assert.deepEqual(ids(nextStep([], held, null, 2).wake), ["s21", "s19"]);
    assert.deepEqual(ids(nextStep([], held, 7_000, 10).wake), ["s21", "s19"]);
    assert.deepEqual(nextStep([], held, 3_400, 10).wake, []);
  });

  test("who did not follow a while ago keeps nobody else from sleeping or waking", () => {
    const held = [S9, S21].map(({ miner_id }) => ({ miner_id, watts: 3_000, hashrate_ghs: 1_000 }));
    assert.deepEqual(ids(nextStep([S21, S19, S9], [], 3_600, 1, new Set(["s9"])).sleep), ["s19"]);
    assert.deepEqual(ids(nextStep([], held, null, 1, new Set(["s21"])).wake), ["s9"]);
  });

  test("property: step after step it comes below its limit, and nobody sleeps and wakes in turns", () => {
    const miner = fc.record({
      watts: fc.integer({ min: 500, max: 6_000 }),
      hashrate_ghs: fc.integer({ min: 10_000, max: 400_000 }),
    });
    fc.assert(
      fc.property(
        fc.array(miner, { minLength: 1, maxLength: 40 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 1, max: 7 }),
        (miners, part, most) => {
          const loads = miners.map((one, i) => ({ miner_id: `m${i}`, sleeps: false, ...one }));
          const limit = part * miners.reduce((sum, { watts }) => sum + watts, 0);
          const held = new Map<string, Held>();
          let last = nextStep(loads, [], limit, most);
          for (let i = 0; i < 60 && last.sleep.length > 0; i++) {
            for (const one of last.sleep) held.set(one.miner_id, one);
            last = nextStep(loads, [...held.values()], limit, most);
          }
          const awake = loads.filter(({ miner_id }) => !held.has(miner_id)).reduce((sum, { watts }) => sum + watts, 0);
          assert.ok(awake <= limit + 1e-6);
          // What there is room for wakes, and then it is still below.
          const after = nextStep(loads, [...held.values()], limit, most);
          assert.ok(awake + after.wake.reduce((sum, { watts }) => sum + watts, 0) <= limit + 1e-6);
        },
      ),
    );
  });
});
