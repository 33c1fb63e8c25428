import assert from "node:assert/strict";
import { afterEach, beforeEach, suite, test } from "node:test";
import { type CoolingFamily, DeviceErrors, type Lane } from "@banksman/devices";
import { VirtualClock } from "@banksman/kit";
import type { CoolingFailure, CoolingReading } from "@banksman/wire/ingest";
import { quietLog, tempDir } from "../test-kit.ts";
import type { RoundPart } from "./round.ts";
import { Rounds } from "./rounds.ts";
import { Turns } from "./turns.ts";
import type { CoolingUnit } from "./units.ts";

const MINUTE = 60_000;
type Told = Awaited<ReturnType<CoolingFamily["read"]>>;
type Answer = (host: string, lane: Lane) => Promise<Told>;

const told = (): Told => ({ profile: "test", make: "Test", values: { "supply.temp": 35 }, faults: [] });

/** Hours of rounds in a moment: the clock is driven by hand, and controllers are functions. */
suite("rounds", () => {
  let clock: VirtualClock;
  let folder: ReturnType<typeof tempDir>;
  let stop: AbortController;
  let running: Promise<void>;
  let asked: { host: string; lane: Lane; at: number }[];
  let readings: CoolingReading[];
  let failures: CoolingFailure[];
  let parts: RoundPart[];
  let answer: Answer;
  let units: CoolingUnit[];
  let mostAtOnce: number;
  /** How long a unit is held from each moment on. */
  let lease: number;
  let families: CoolingFamily[];

  const unit = (host: string, more: Partial<CoolingUnit> = {}): CoolingUnit => ({
    ...{ site_id: "s", host, address: host, driver: "test", leased: false },
    ...{ interval_s: 60, timeout_ms: 3_000, retries: 3 },
    ...more,
  });
  const family: CoolingFamily = {
    id: "test",
    title: "Test",
    port: 1,
    read: async ({ host }, lane) => {
      asked.push({ host, lane, at: clock.monotonic() });
      mostAtOnce = Math.max(mostAtOnce, (now.get(host) ?? 0) + 1);
      now.set(host, (now.get(host) ?? 0) + 1);
      try {
        return await answer(host, lane);
      } finally {
        now.set(host, (now.get(host) ?? 1) - 1);
      }
    },
    orders: [],
    show: () => ({ to: "", bytes: "" }),
    deliver: async () => null,
    shows: () => null,
    showsWithinSeconds: 1,
  };
  const now = new Map<string, number>();

  beforeEach(() => {
    // In the middle of nothing: a whole minute.
    clock = new VirtualClock(Date.UTC(2026, 5, 1));
    folder = tempDir();
    stop = new AbortController();
    [asked, readings, failures, parts, mostAtOnce] = [[], [], [], [], 0];
    now.clear();
    lease = Number.POSITIVE_INFINITY;
    answer = async () => told();
    units = [unit("a")];
    families = [family];
  });
  afterEach(async () => {
    stop.abort();
    await running;
    folder[Symbol.dispose]();
  });

  const start = () => {
    const turns = new Turns({ folder: `${folder}`, clock, signal: stop.signal });
    const onPart = (part: RoundPart) => {
      parts.push(part);
      readings.push(...part.readings);
      failures.push(...part.failures);
    };
    const helds = () => units.map((one) => ({ unit: one, until: () => clock.monotonic() + lease }));
    const rounds = new Rounds({ helds, turns, onPart, clock, log: quietLog, families });
    running = rounds.run(stop.signal);
    return rounds;
  };
  const fast = (host = "a") => asked.filter((one) => one.host === host && one.lane === "fast");
  const minuteOf = ({ round_at }: { round_at: string }) => (Date.parse(round_at) - Date.UTC(2026, 5, 1)) / MINUTE;

  test("one that refuses is tried four times a round, then once, outside of the fast lane, until it answers", async () => {
    answer = async (host) => {
      throw DeviceErrors.REFUSED(host);
    };
    const rounds = start();
    await clock.advance(5 * MINUTE - 1_000);
    const perRound = [0, 1, 2, 3, 4].map(
      (round) => fast().filter(({ at }) => Math.floor(at / MINUTE) === round).length,
    );
    assert.deepEqual(perRound, [4, 4, 4, 1, 1]);
    const probes = fast().filter(({ at }) => at > 3 * MINUTE);
    assert.ok(probes.every(({ at }) => at % MINUTE > 0));
    assert.deepEqual(
      failures.map(({ code, breaker }) => `${code} ${breaker}`),
      ["refused closed", "refused closed", "refused open", "refused open", "refused open"],
    );
    assert.deepEqual(rounds.breakers(), { closed: 0, open: 1, half_open: 0 });
    answer = async () => told();
    await clock.advance(2 * MINUTE);
    assert.deepEqual(rounds.breakers(), { closed: 1, open: 0, half_open: 0 });
    assert.equal(readings[0]?.lane, "retry");
    assert.equal(readings.findLast(({ lane }) => lane !== "slow")?.lane, "fast");
  });

  test("a lease that is renewed meanwhile keeps no retry and no probe from being made", async () => {
    lease = 7_000;
    answer = async (host) => {
      throw DeviceErrors.REFUSED(host);
    };
    start();
    await clock.advance(8 * MINUTE - 1_000);
    assert.deepEqual([...new Set(failures.map(({ code }) => code))], ["refused"], "each round has a try");
    assert.equal(fast().length, 4 + 4 + 4 + 5);
  });

  test("one that took the request and stays silent is not asked again before nine seconds are over", async () => {
    answer = async (host) => {
      await clock.sleep(3_000);
      throw DeviceErrors.SILENT(host);
    };
    start();
    await clock.advance(MINUTE - 1_000);
    const times = fast().map(({ at }) => at);
    assert.equal(times.length, 4);
    for (const [i, at] of times.entries()) if (i > 0) assert.ok(at - (times[i - 1] ?? 0) >= 9_000, String(times));
    assert.deepEqual(
      parts[0]?.rounds.map(({ done, deferred, failed }) => [done, deferred, failed]),
      [[0, 1, 0]],
    );
  });

  test("every unit has one reading or one failure of each round, whatever it does, and one request at a time", async () => {
    units = Array.from({ length: 30 }, (_, i) => unit(`u${i}`, { retries: i % 4, interval_s: i % 3 === 0 ? 30 : 60 }));
    let chance = 7;
    const random = () => {
      chance = (Math.imul(chance, 1_664_525) + 1_013_904_223) >>> 0;
      return chance / 2 ** 32;
    };
    answer = async (host, lane) => {
      const dice = random();
      await clock.sleep(dice * 2_900);
      if (dice > 0.9) throw DeviceErrors.SILENT(host);
      if (dice > 0.75) throw DeviceErrors.BAD_ANSWER("as ordered");
      return { ...told(), values: { "supply.temp": 35, ...(lane === "slow" && { "volts.a": 230 }) } };
    };
    start();
    await clock.advance(10 * MINUTE - 100);
    const outcomes = [...readings.filter(({ lane }) => lane !== "slow"), ...failures];
    const keys = outcomes.map(({ host, round_at }) => `${host} ${round_at}`);
    assert.equal(new Set(keys).size, keys.length, "no unit has two in a round");
    for (const { host, interval_s } of units) {
      const rounds = outcomes.filter((one) => one.host === host).length;
      assert.equal(rounds, (10 * MINUTE) / (interval_s * 1_000), host);
    }
    for (const { rounds } of parts)
      for (const { done, deferred, failed } of rounds) assert.ok([10, 20].includes(done + deferred + failed));
    assert.equal(mostAtOnce, 1);
  });

  test("meters and miners are asked once in five minutes, and their values stay in the records between", async () => {
    units = [unit("a"), unit("b"), unit("c")];
    answer = async (_host, lane) => ({
      ...told(),
      values: { "supply.temp": 35, ...(lane === "slow" && { "volts.a": 230 }) },
    });
    start();
    await clock.advance(15 * MINUTE - 100);
    for (const { host } of units) {
      const slow = asked.filter((one) => one.host === host && one.lane === "slow").length;
      // The first does not wait for its turn.
      assert.ok(slow === 3 || slow === 4, `${slow}`);
    }
    const last = readings.findLast(({ host, lane }) => host === "b" && lane === "fast");
    assert.deepEqual([last?.record.values["volts.a"]?.quality, last?.record.values["volts.a"]?.value], ["good", 230]);
  });

  test("an unknown one is found out, and the server's learning of it changes nothing", async () => {
    units = [unit("a", { driver: null })];
    const rounds = start();
    await clock.advance(MINUTE / 2);
    assert.equal(readings[0]?.record.driver, "test");
    units = [unit("a", { driver: "test" })];
    rounds.changed();
    await clock.advance(MINUTE / 4);
    assert.equal(fast().length, 1);
    await clock.advance(MINUTE);
    assert.deepEqual(readings.filter(({ lane }) => lane !== "slow").map(minuteOf), [0, 1]);
  });

  test("an unknown one at a port of its own is found out although another maker's driver gets no word from it", async () => {
    const mute: CoolingFamily = {
      ...family,
      id: "mute",
      read: async ({ host }) => {
        throw DeviceErrors.SILENT(host);
      },
    };
    families = [mute, family];
    units = [unit("a", { driver: null, port: 8_502 })];
    start();
    await clock.advance(MINUTE / 2);
    assert.equal(readings[0]?.record.driver, "test");
  });

  test("a driver that this edge doesn't have is a failure a round, and nothing is asked", async () => {
    units = [unit("a", { driver: "acme" })];
    start();
    await clock.advance(3 * MINUTE - 1_000);
    assert.deepEqual(
      failures.map((one) => [minuteOf(one), one.code]),
      [0, 1, 2].map((minute) => [minute, "no_driver"]),
    );
    assert.deepEqual(asked, []);
  });

  test("a unit that comes from another edge in the middle of a round is read at once", async () => {
    units = [];
    const rounds = start();
    await clock.advance(20_000);
    units = [unit("a")];
    rounds.changed();
    await clock.advance(2_000);
    assert.deepEqual(readings.map(minuteOf), [0]);
  });
});
