import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { isTimeZone } from "./alert.ts";
import { healthOf, MinerHealth, WORST_FIRST } from "./health.ts";
import { PoolSetting } from "./order.ts";
import { Reading } from "./reading.ts";
import { gigahashes, megahashes, terahashes } from "./units.ts";

describe("health of a miner", () => {
  const cases: [what: string, reading: Omit<Reading, "miner_id">, health: MinerHealth][] = [
    ["no answer", { online: false, offline_reason: "timed_out" }, "unreachable"],
    ["no answer, whatever it said before", { online: false, status: "hashing", hashrate_ghs: 100 }, "unreachable"],
    [
      "hashing as it should",
      { online: true, status: "hashing", hashrate_ghs: 95, expected_hashrate_ghs: 100 },
      "hashing",
    ],
    ["just at 90 %", { online: true, status: "hashing", hashrate_ghs: 90, expected_hashrate_ghs: 100 }, "hashing"],
    ["below 90 %", { online: true, status: "hashing", hashrate_ghs: 89.9, expected_hashrate_ghs: 100 }, "degraded"],
    [
      "a dark board",
      {
        online: true,
        status: "hashing",
        hashrate_ghs: 100,
        expected_hashrate_ghs: 100,
        boards: [
          { slot: 1, hashrate_ghs: 100 },
          { slot: 2, hashrate_ghs: 0 },
        ],
      },
      "degraded",
    ],
    [
      "a board without chips",
      { online: true, status: "hashing", hashrate_ghs: 100, boards: [{ slot: 1, chips: 0 }] },
      "degraded",
    ],
    ["overheated", { online: true, status: "overheated", hashrate_ghs: 0 }, "degraded"],
    ["asleep", { online: true, status: "sleeping", hashrate_ghs: 0 }, "asleep"],
    ["idle, still telling its old average", { online: true, status: "idle", hashrate_ghs: 44_499 }, "notHashing"],
    ["in fault", { online: true, status: "fault" }, "notHashing"],
    ["starting", { online: true, status: "starting", hashrate_ghs: 0 }, "starting"],
    ["the original fields alone, hashing", { online: true, hashrate_ghs: 140_000 }, "hashing"],
    ["the original fields alone, at 0", { online: true, hashrate_ghs: 0 }, "notHashing"],
    ["online without a word about hashing", { online: true }, "hashing"],
  ];
  for (const [what, reading, health] of cases) {
    test(`${what}: ${health}`, () => assert.equal(healthOf(reading), health));
  }
  test("the order of the worst names each word once", () => {
    assert.deepEqual([...WORST_FIRST].toSorted(), [...MinerHealth.options].toSorted());
  });
});

test("units come out as GH/s whatever went in", () => {
  assert.deepEqual([gigahashes(5), megahashes(5_000), terahashes(0.005)], [5, 5, 5]);
});

describe("a reading", () => {
  test("needs no more than the original collector sends", () => {
    const body = {
      miner_id: "miner-001",
      ip_address: "192.168.1.101",
      online: true,
      hashrate_ghs: 140_000,
      fan_speeds: [4_500, 4_600],
    };
    assert.deepEqual(Reading.parse(body), body);
  });
  test("survives its way over the wire", () => {
    fc.assert(
      fc.property(
        fc.record({
          miner_id: fc.stringMatching(/^[\w-]{1,40}$/),
          online: fc.boolean(),
          hashrate_ghs: fc.option(fc.double({ min: 0, max: 1e9, noNaN: true })),
          worker_name: fc.option(fc.string({ unit: "grapheme", maxLength: 40 })),
        }),
        (reading) =>
          assert.deepEqual(Reading.parse(JSON.parse(JSON.stringify(reading))), JSON.parse(JSON.stringify(reading))),
      ),
    );
  });
  test("refuses figures that can't be and ids that can't be kept", () => {
    const refused = [
      { hashrate_ghs: -1 },
      { hashrate_ghs: 1e300 },
      { temperature_max: Number.NaN },
      { fan_speeds: 4_500 },
      { accepted_shares: "12" },
      { miner_id: "" },
      { miner_id: "a\nb" },
      { miner_id: "half\ud800" },
    ];
    for (const wrong of refused)
      assert.equal(Reading.safeParse({ miner_id: "m", online: true, ...wrong }).success, false, JSON.stringify(wrong));
  });
});

test("a time zone is a name, which means the same to whoever counts hours by it", () => {
  const zones = ["Asia/Shanghai", "UTC", "Etc/GMT-8", "+08:00", "-03", "Mars/Olympus", ""];
  assert.deepEqual(zones.filter(isTimeZone), ["Asia/Shanghai", "UTC", "Etc/GMT-8"]);
});

describe("a pool's address in an order", () => {
  const isAddress = (url: string) => PoolSetting.safeParse({ url, worker: "w" }).success;
  const addresses = [
    "stratum+tcp://btc.example.com:3333",
    "stratum+ssl://btc.example.com:443",
    "stratum2+tcp://v2.stratum.braiins.com/u95GEReVMjK6k5YqiSFNqqTnKU4ypU2Wm8awa6tmbmDmk1bWt",
    "btc.example.com:3333",
    "10.0.0.9:3333",
    "stratum+tcp://[2001:db8::7]:3333",
  ];
  for (const url of addresses) test(`may be ${url}`, () => assert.ok(isAddress(url)));
  for (const url of [
    "",
    "not a url",
    "btc.example.com",
    "stratum+tcp://",
    "stratum+tcp://a b:1",
    "user@host:3333",
    "pool:99999",
    "stratum+tcp://pool:0/x",
  ])
    test(`may not be "${url}"`, () => assert.ok(!isAddress(url)));
  test("comes with a worker", () =>
    assert.ok(!PoolSetting.safeParse({ url: "btc.example.com:3333", worker: " " }).success));
});
