import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { CoolingRecord, CoolingValue } from "@banksman/wire/model";
import fc from "fast-check";
import { formatIpv4 } from "../ipv4.ts";
import { afterRound, type Breaker, CLOSED, OPEN_AFTER, probing } from "./breaker.ts";
import { parseHosts } from "./hosts.ts";
import { type Kept, merge, NOTHING } from "./merge.ts";
import {
  isSlowRound,
  lateStart,
  nextRoundIn,
  paced,
  restAfter,
  retryAt,
  roundTimes,
  shareOf,
  slotOf,
  tryMs,
} from "./schedule.ts";

suite("hosts of an entry", () => {
  test("one address, one name, a range, and a range with a step, as sites are numbered", () => {
    assert.deepEqual(parseHosts("10.1.101.1"), ["10.1.101.1"]);
    assert.deepEqual(parseHosts("Box-7.site.local"), ["box-7.site.local"]);
    assert.deepEqual(parseHosts("10.1.101.254-10.1.102.1"), [
      "10.1.101.254",
      "10.1.101.255",
      "10.1.102.0",
      "10.1.102.1",
    ]);
    assert.deepEqual(parseHosts("10.1.101.1-10.1.103.1 step 0.0.1.0"), ["10.1.101.1", "10.1.102.1", "10.1.103.1"]);
    const s2 = ["10.1.101.1-10.1.200.1 step 0.0.1.0", "10.2.101.1-10.2.150.1 step 0.0.1.0"].flatMap(parseHosts);
    assert.deepEqual([s2.length, s2[0], s2.at(-1)], [150, "10.1.101.1", "10.2.150.1"]);
  });

  test("what is none says why and what to write", () => {
    const says = (text: string, pattern: RegExp) => assert.match(String(parseHosts(text)), pattern);
    says("", /is empty; write one address/);
    says("10.1.101", /no IPv4 address/);
    says("10.1.1.9-10.1.1.1", /runs backwards; swap its ends/);
    says("10.1.1.1-10.1.1.300", /not an IPv4 range/);
    says("10.1.1.1-10.1.2.1 step 0.0.0.0", /has a step that is none/);
    says("10.1.1.1-10.1.2.2 step 0.0.1.0", /never comes to 10\.1\.2\.2/);
    says("10.1.101.1-10.1.200.1", /25,345 units.*write 10\.1\.101\.1-10\.1\.200\.1 step 0\.0\.1\.0/);
    says("10.1.101.1:8480", /A port has a key of its own/);
    says("10.1.1.1..10.1.1.9", /is no/);
  });

  test("a range has as many addresses as steps, each one step after the one before", () => {
    fc.assert(
      fc.property(
        fc.nat(2 ** 31),
        fc.integer({ min: 1, max: 70_000 }),
        fc.integer({ min: 1, max: 400 }),
        (first, step, n) => {
          const hosts = parseHosts(
            `${formatIpv4(first)}-${formatIpv4(first + step * (n - 1))} step ${formatIpv4(step)}`,
          );
          assert.ok(Array.isArray(hosts));
          assert.equal(hosts.length, n);
          assert.equal(new Set(hosts).size, n);
          assert.equal(hosts[n - 1], formatIpv4(first + step * (n - 1)));
        },
      ),
    );
  });
});

suite("when what is asked", () => {
  const MINUTE = 60_000;

  test("rounds are on a grid of their interval, whoever holds them and whenever it began", () => {
    fc.assert(
      fc.property(fc.nat(2 ** 41), fc.constantFrom(10_000, 30_000, MINUTE), (now, interval) => {
        fc.pre(nextRoundIn(now, interval, null) === 0);
        const { at, fastEnd, end, began } = roundTimes(now, 0, interval);
        assert.equal(at % interval, 0);
        assert.ok(at <= now && now < at + interval);
        assert.ok(began + 2_400 < fastEnd && fastEnd <= began + 5_000 && fastEnd <= end);
        // Over before the next one begins, so that no controller is still busy then.
        assert.ok(end < at + interval - now);
      }),
    );
  });

  test("a round is begun once, none is left out, and a wall clock set back holds none twice", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -3_000, max: 9_000 }), { maxLength: 60 }), (jumps) => {
        const held: number[] = [];
        let now = 1_000_000_000;
        for (const jump of [0, ...jumps]) {
          now += jump;
          const last = held.at(-1) ?? null;
          const wait = nextRoundIn(now, 10_000, last);
          assert.ok(wait >= 0 && wait <= 20_000, String(wait));
          now += wait;
          const slot = slotOf(now, 10_000);
          if (last === null || slot > last) held.push(slot);
        }
        assert.deepEqual(
          held,
          [...new Set(held)].toSorted((a, b) => a - b),
        );
        // Each wait leads to the next round: time that passes leaves out none but what it jumps over.
        for (const [i, slot] of held.entries()) if (i > 0) assert.ok(slot - (held[i - 1] ?? 0) <= 10_000 + 20_000);
      }),
    );
  });

  test("an edge that starts again in the middle of a round holds it, unless hardly any of it is left", () => {
    assert.equal(nextRoundIn(20 * MINUTE + 20_000, MINUTE, null), 0);
    assert.equal(nextRoundIn(20 * MINUTE + 57_000, MINUTE, null), 3_000);
    assert.equal(nextRoundIn(20 * MINUTE + 20_000, MINUTE, 20 * MINUTE), 40_000);
  });

  test("each unit has one slow look in five minutes, and they are spread over the rounds and within them", () => {
    const units = Array.from({ length: 150 }, (_, i) => shareOf(`s 10.1.${i}.1`));
    const rounds = Array.from({ length: 5 }, (_, i) =>
      units.filter((share) => isSlowRound(share, { at: i * MINUTE, intervalMs: MINUTE })),
    );
    assert.equal(rounds.flat().length, 150);
    for (const round of rounds) assert.ok(round.length > 15 && round.length < 50, String(round.length));
    const times = roundTimes(0, 0, MINUTE);
    const starts = units.map((share) => lateStart(times, times.fastEnd, share, 10_000)).toSorted((a, b) => a - b);
    assert.ok((starts[0] ?? 0) >= times.fastEnd && (starts.at(-1) ?? 0) + 10_000 <= times.end);
    assert.ok((starts.at(-1) ?? 0) - (starts[0] ?? 0) > 40_000);
  });

  test("a controller that took a request and stays silent is left alone; one that refused is tried again soon", () => {
    assert.equal(restAfter(0, 3_000), 9_000);
    assert.equal(restAfter(0, 500), 9_000, "also when its round was over before");
    assert.equal(restAfter(0, 8_000), 14_000);
    assert.equal(retryAt({ endedAt: 3_000, restsUntil: 9_000 }, 1), 9_000);
    assert.deepEqual(
      [1, 2, 3].map((attempt) => retryAt({ endedAt: 0, restsUntil: 0 }, attempt)),
      [500, 1_000, 2_000],
    );
  });

  test("a try never takes longer than its time-out, the round or the lease, and none begins with too little", () => {
    const left = fc.integer({ min: -5_000, max: 40_000 });
    fc.assert(
      fc.property(fc.nat(10_000), fc.integer({ min: 100, max: 30_000 }), left, left, (now, timeout, round, lease) => {
        const ms = tryMs(now, timeout, now + round, now + lease);
        if (ms === null) assert.ok(round < Math.min(1_500, timeout) || lease < Math.min(timeout, 5_000));
        else assert.ok(ms <= timeout && ms <= round && ms <= lease && ms >= Math.min(1_500, timeout));
      }),
    );
  });

  test("connects begin no faster than the switch can take them", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20), { minLength: 2, maxLength: 100 }), (gaps) => {
        let now = 0;
        let last = Number.NEGATIVE_INFINITY;
        for (const gap of gaps) {
          now += gap;
          const next = paced(now, last, 200);
          assert.ok(next >= now && next - last >= 5 - 1e-9);
          last = next;
        }
      }),
    );
  });
});

suite("the circuit breaker", () => {
  test("opens after three rounds without an answer, lets one probe through a round, closes with an answer", () => {
    let breaker: Breaker = CLOSED;
    const seen: string[] = [];
    for (let round = 1; round <= OPEN_AFTER; round++) {
      breaker = afterRound(breaker, false);
      seen.push(breaker.is);
    }
    assert.deepEqual(seen, ["closed", "closed", "open"]);
    assert.equal(probing(breaker).is, "half_open");
    assert.equal(afterRound(probing(breaker), false).is, "open");
    assert.deepEqual(afterRound(probing(breaker), true), CLOSED);
    assert.equal(afterRound(afterRound(CLOSED, false), true).failedRounds, 0);
  });
});

suite("one record out of several answers", () => {
  const START = Date.UTC(2026, 5, 1);
  const MINUTE = 60_000;
  const at = (minutes: number) => new Date(START + minutes * MINUTE).toISOString();
  const answer = (
    minutes: number,
    values: Record<string, number | boolean>,
    more: Partial<CoolingRecord> = {},
  ): CoolingRecord => ({
    driver: "antbox",
    profile: "hydro",
    make: "Bitmain",
    model: null,
    firmware: null,
    connected: true,
    at: at(minutes),
    values: Object.fromEntries(
      Object.entries(values).map(([name, value]): [string, CoolingValue] => [
        name,
        { value, quality: "good", at: at(minutes) },
      ]),
    ),
    faults: [],
    miners: null,
    ...more,
  });
  const run = (...answers: [lane: "fast" | "slow", told: CoolingRecord][]) => {
    let kept: Kept = NOTHING;
    return answers.map(([lane, told]) => {
      const merged = merge(kept, told, lane, MINUTE);
      kept = merged.kept;
      return merged.record;
    });
  };
  const quality = (record: CoolingRecord | undefined, name: string) => record?.values[name]?.quality;

  test("a slow value stays with its own time beside newer fast ones, and becomes stale when it is too old", () => {
    const [, second, , last] = run(
      ["slow", answer(0, { "supply.temp": 35, "volts.a": 230 })],
      ["fast", answer(1, { "supply.temp": 35.1 })],
      ["fast", answer(12, { "supply.temp": 35.2 })],
      ["fast", answer(13, { "supply.temp": 35.2 })],
    );
    assert.deepEqual(second?.values["volts.a"], { value: 230, quality: "good", at: at(0) });
    assert.deepEqual(second?.values["supply.temp"]?.at, at(1));
    assert.deepEqual(last?.values["volts.a"], { value: 230, quality: "stale", at: at(0) });
    assert.equal(quality(last, "supply.temp"), "good");
  });

  test("a fast value that a controller no longer tells is stale after three rounds, forgotten after a day", () => {
    const records = run(
      ["fast", answer(0, { "supply.temp": 35, "supply.flow": 109 })],
      ["fast", answer(3, { "supply.temp": 35 })],
      ["fast", answer(4, { "supply.temp": 35 })],
      ["fast", answer(1_500, { "supply.temp": 35 })],
    );
    assert.deepEqual(
      records.map((record) => quality(record, "supply.flow")),
      ["good", "good", "stale", undefined],
    );
  });

  test("what changed faster than it can is uncertain until there was time for it, and again good when it is back", () => {
    const spike = run(
      ["fast", answer(0, { "supply.temp": 35 })],
      ["fast", answer(1, { "supply.temp": 62 })],
      ["fast", answer(2, { "supply.temp": 35.5 })],
    );
    assert.deepEqual(
      spike.map((record) => quality(record, "supply.temp")),
      ["good", "uncertain", "good"],
    );
    const step = run(
      ["fast", answer(0, { "supply.temp": 35 })],
      ["fast", answer(1, { "supply.temp": 62 })],
      ["fast", answer(2, { "supply.temp": 62 })],
    );
    assert.deepEqual(
      step.map((record) => quality(record, "supply.temp")),
      ["good", "uncertain", "good"],
    );
    const stopped = run(["fast", answer(0, { "supply.flow": 109 })], ["fast", answer(1, { "supply.flow": 0 })]);
    assert.equal(quality(stopped[1], "supply.flow"), "good", "a pump that stops stops the flow at once");
  });

  test("a controller that lost its PLC makes all values stale, also those of other answers", () => {
    const [, lost] = run(["slow", answer(0, { "volts.a": 230 })], ["fast", answer(1, {}, { connected: false })]);
    assert.equal(quality(lost, "volts.a"), "stale");
  });

  test("a fault that only the slow lane tells stays until the slow lane takes it back", () => {
    const fault = (code: string) => ({ code, level: "urgent" as const, text: code });
    const faults = (...codes: string[]) => ({ faults: codes.map(fault) });
    const records = run(
      ["fast", answer(0, {}, faults("leak"))],
      ["slow", answer(1, {}, faults("leak", "smoke"))],
      ["fast", answer(2, {})],
      ["slow", answer(3, {})],
    );
    assert.deepEqual(
      records.map((record) => record.faults.map(({ code }) => code)),
      [["leak"], ["leak", "smoke"], ["smoke"], []],
    );
  });

  test("the list of miners goes along every five minutes, their number always", () => {
    const miner = {
      ip_address: "10.0.0.1",
      model: null,
      firmware: null,
      uptime_seconds: null,
      hashrate_5s_ghs: null,
      hashrate_ghs: null,
      temperature_board: null,
      temperature_chip: null,
    };
    const miners = { miners: { count: 189, list: [miner] } };
    const records = run(
      ["slow", answer(0, {}, miners)],
      ["fast", answer(1, {})],
      ["slow", answer(2, {}, miners)],
      ["slow", answer(5, {}, miners)],
    );
    assert.deepEqual(
      records.map((record) => [record.miners?.count, record.miners?.list.length]),
      [
        [189, 1],
        [189, 0],
        [189, 0],
        [189, 1],
      ],
    );
  });
});
