import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { gigahashes, megahashes } from "@banksman/wire/model";
import fc from "fast-check";
import { hashrate, namedHashrate, namedUnit } from "./hashrate.ts";
import { amount, count, greatest, mean, number, sum } from "./number.ts";
import { boardSensors, celsius } from "./sensors.ts";
import { firstLine, mac, text, unquoted } from "./text.ts";

describe("number", () => {
  const read: [raw: unknown, value: number | null][] = [
    [110786.79, 110786.79],
    ["54997.01", 54997.01],
    [" 69.2461", 69.2461],
    ["3250 W", 3250],
    ["58.94W", 58.94],
    ["967.50 (AB)", 967.5],
    ["2.448%", 2.448],
    ["7080 RPM", 7080],
    ["1e3", 1000],
    [0, 0],
    ["0", 0],
    ["", null],
    ["-", null],
    ["N/A", null],
    ["nan", null],
    ["262K", null],
    ["3.25 kW", null],
    ["0:00:12", null],
    ["10.0.0.1", null],
    ["78-50-69", null],
    [Number.NaN, null],
    [Number.POSITIVE_INFINITY, null],
    [1e300, null],
    [null, null],
    [undefined, null],
    [true, null],
    [[1], null],
  ];
  for (const [raw, value] of read) test(`${JSON.stringify(raw)} is ${value}`, () => assert.equal(number(raw), value));

  test("amounts and counts are never below zero, counts are whole", () => {
    assert.equal(amount(-1), null);
    assert.equal(count("156.0000"), 156);
    assert.equal(count(-0.5), null);
  });

  test("property: text without a digit is never a figure", () => {
    fc.assert(fc.property(fc.string(), (raw) => assert.ok(/\d/.test(raw) || number(raw) === null)));
  });

  test("sums, means and maxima of nothing are null, never 0", () => {
    for (const total of [sum, mean, greatest]) assert.equal(total([null, undefined]), null);
    assert.equal(mean([1, null, 2]), 1.5);
  });
});

describe("temperatures", () => {
  const boards: [raw: unknown, sensors: (number | null)[]][] = [
    ["78-50-69-70", [78, 50, 69, 70]],
    ["2--1-20-22", [2, -1, 20, 22]],
    ["-8--11-10-12", [-8, -11, 10, 12]],
    ["0-0-0-0", []],
    ["m-m", []],
    ["-", []],
    ["", []],
    ["55", [55]],
    [61, [61]],
    [
      ["17", 18.5, "", 48],
      [17, 18.5, null, 48],
    ],
    [
      [60, 255, -273, 61],
      [60, null, null, 61],
    ],
    [
      [62, -9, 63],
      [62, null, 63],
    ],
    [
      [62, 110, 63],
      [62, 110, 63],
    ],
    [
      ["0", 21],
      [0, 21],
    ],
    [null, []],
    [{ a: 1 }, []],
  ];
  for (const [raw, sensors] of boards) {
    test(`${JSON.stringify(raw)} reads ${JSON.stringify(sensors)}`, () => assert.deepEqual(boardSensors(raw), sensors));
  }

  test("property: dashes that separate and dashes that say minus are told apart", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -12, max: 15 }), { minLength: 1, maxLength: 8 }), (sensors) => {
        const expected = sensors.every((value) => value === 0) ? [] : sensors;
        assert.deepEqual(boardSensors(sensors.join("-")), expected);
      }),
    );
  });

  test("sentinels are no temperature", () => {
    for (const raw of [-273, 255, 254, 65535, "N/A", "-273"]) assert.equal(celsius(raw), null);
  });
});

describe("hashrates", () => {
  test("a unit of the figure's own goes before the field's", () => {
    assert.equal(hashrate("104.5 TH/s", megahashes), 104_500);
    assert.equal(hashrate("104500 GH", megahashes), 104_500);
    assert.equal(hashrate(67753251.19, megahashes), 67753.25119);
    assert.equal(hashrate("", gigahashes), null);
    assert.equal(hashrate("abc", gigahashes), null);
  });

  test("units are known by their names; solutions are no hashes", () => {
    const inUnit = (unit: string) => namedUnit(unit)?.(1) ?? null;
    assert.deepEqual(["GH", "GH/s", "TH/s", "MH/S", "H/s", "KH/s"].map(inUnit), [1, 1, 1000, 0.001, 1e-9, 1e-6]);
    assert.equal(inUnit("KSol/s"), null);
  });

  test("a key's name tells its unit", () => {
    assert.equal(namedHashrate({ "GHS 5s": "95.5" }, ["GHS 5s"]), 95.5);
    assert.equal(namedHashrate({ "MHS 5s": 95500 }, ["GHS 5s", "MHS 5s"]), 95.5);
    assert.equal(namedHashrate({ "HS RT": 95500 }, ["HS RT"]), 95.5);
  });
});

describe("texts", () => {
  test("are trimmed to one line", () => {
    assert.equal(text("  S19-88 v.2.6.0.39 "), "S19-88 v.2.6.0.39");
    assert.equal(firstLine("Antminer S9\nV1.3.58"), "Antminer S9");
    assert.equal(text("Tue Dec  6"), "Tue Dec 6");
    assert.equal(text(" \n"), null);
    assert.equal(unquoted("'20210322.22.REL'"), "20210322.22.REL");
  });

  test("a MAC address has one spelling, and is none when it can't be", () => {
    for (const raw of ["B4A2EB3F2348", "b4:a2:eb:3f:23:48", "B4-A2-EB-3F-23-48"])
      assert.equal(mac(raw), "b4:a2:eb:3f:23:48");
    for (const raw of ["02:55:97:22:3M:72", "000000000000", "", null, "123"]) assert.equal(mac(raw), null);
  });
});
