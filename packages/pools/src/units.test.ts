import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseHashrate, UtcTime } from "./units.ts";

test("hashrates in every spelling that pools and people use", () => {
  for (const [text, hs] of [
    ["30000 MH/s", 3e10],
    ["13753.1725 Gh/s", 13753.1725e9],
    ["1.48T", 1.48e12],
    ["439G", 439e9],
    ["0", 0],
    ["97.2 TH/s", 97.2e12],
    ["1 EH/s", 1e18],
    ["5 kh/sec", 5e3],
    ["250", 250],
    ["1.2e3 Ph", 1.2e18],
  ] as const)
    assert.equal(parseHashrate(text), hs, text);
  for (const text of ["", "fast", "12 MW", "-1 TH/s", "1 TH/s/s", "1,5 TH/s"])
    assert.equal(parseHashrate(text), null, text);
});

test("the time of a last share with a fraction of any length, or none", () => {
  for (const text of [
    "2018-06-19T10:02:19.810789Z",
    "2018-06-19T10:02:19.81Z",
    "2018-06-19 10:02:19.810",
    "2018-06-19T18:02:19.81+08:00",
  ])
    assert.equal(UtcTime.parse(text)?.toISOString().slice(0, 19), "2018-06-19T10:02:19", text);
  assert.equal(UtcTime.parse("2018-06-19T10:02:19Z")?.getTime(), Date.UTC(2018, 5, 19, 10, 2, 19));
  assert.equal(UtcTime.parse(null), null);
  assert.equal(UtcTime.safeParse("yesterday").success, false);
});

test("a hashrate written out is read back", () => {
  const units = { "": 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 };
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1e6, noNaN: true }),
      fc.constantFrom(...Object.entries(units)),
      (value, [unit, factor]) => {
        const read = parseHashrate(`${value} ${unit}H/s`);
        assert.ok(read !== null && Math.abs(read - value * factor) <= value * factor * 1e-12);
      },
    ),
  );
});
