import assert from "node:assert/strict";
import { test } from "node:test";
import {
  bytes,
  efficiency,
  hashrate,
  joined,
  number,
  percent,
  power,
  rejectShare,
  shareOf,
  temperature,
} from "./format.ts";

const thin = (text: string) => text.replace("_", "\u2009");

test("hashrate: TH/s for a miner, PH/s for a site, EH/s only above 100 EH/s", () => {
  assert.deepEqual(hashrate(132_612, "miner"), { text: "132.6", unit: "TH/s" });
  assert.deepEqual(hashrate(469_120_000, "site"), { text: "469.1", unit: "PH/s" });
  assert.deepEqual(hashrate(394_340, "site"), { text: "394.3", unit: "TH/s" });
  assert.deepEqual(hashrate(394_340, "column"), { text: "0.4", unit: "PH/s" });
  assert.deepEqual(hashrate(0, "site"), { text: "0", unit: "PH/s" });
  assert.deepEqual(hashrate(100_000_000_000, "site"), { text: "100,000.0", unit: "PH/s" });
  assert.deepEqual(hashrate(100_100_000_000, "site"), { text: "100.1", unit: "EH/s" });
});

test("power in kW or MW with two decimals, efficiency in J/TH, temperature without decimals", () => {
  assert.deepEqual(power(2_412, "miner"), { text: "2.41", unit: "kW" });
  assert.deepEqual(power(8_260_000, "site"), { text: "8.26", unit: "MW" });
  assert.deepEqual(power(13_000, "site"), { text: "13.0", unit: "kW" });
  assert.deepEqual(power(13_000, "column"), { text: "0.01", unit: "MW" });
  assert.deepEqual(efficiency(3_500, 200_000), { text: "17.5", unit: "J/TH" });
  assert.deepEqual(temperature(80.6), { text: "81", unit: "°C" });
});

test("what is missing is a dash; a real nothing is 0", () => {
  for (const missing of [null, undefined, Number.NaN]) {
    assert.equal(hashrate(missing, "miner").text, "–");
    assert.equal(number(missing), "–");
    assert.equal(percent(missing), "–");
  }
  assert.equal(number(0), "0");
  assert.equal(hashrate(0, "miner").text, "0");
  assert.equal(percent(0), thin("0_%"));
});

test("no efficiency without hashrate: a dash, never infinity", () => {
  assert.equal(efficiency(3_500, 0).text, "–");
  assert.equal(efficiency(null, 200_000).text, "–");
});

test("a true minus sign, and no negative nothing", () => {
  assert.equal(number(-40), "\u221240");
  assert.equal(number(-0.001, 1), "0.0");
  assert.equal(number(-0), "0");
});

test("percent and units stand after a thin space", () => {
  assert.equal(percent(0.959), thin("95.9_%"));
  assert.equal(percent(0.00314, 2), thin("0.31_%"));
  assert.equal(joined(power(2_412, "miner")), thin("2.41_kW"));
  assert.equal(bytes(412), thin("412_B"));
  assert.equal(bytes(3_140), thin("3.1_kB"));
});

test("shares of nothing are unknown", () => {
  assert.equal(shareOf(1, 0), null);
  assert.equal(shareOf(null, 5), null);
  assert.equal(rejectShare(0, 0), null);
  assert.equal(rejectShare(99, 1), 0.01);
});
