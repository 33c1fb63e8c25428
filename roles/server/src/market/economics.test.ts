import assert from "node:assert/strict";
import { test } from "node:test";
import { addProfits, earningsOf, type Facts, meanPrice, profitOf, type Sums } from "./economics.ts";

const near = (actual: number | null, expected: number, share = 1e-9) =>
  assert.ok(
    actual !== null && Math.abs(actual - expected) <= Math.abs(expected) * share,
    `${actual} is not ${expected}`,
  );

/** A network as it might be: 120 T difficulty, 3.125 BTC and 0.06 BTC of fees a block, 90,000 USD. */
const FACTS: Facts = { btc_price: 90_000, difficulty: 1.2e14, subsidy_btc: 3.125, fees_btc: 0.06, hashprice: null };
const sums = (ths: number, kw: number | null): Sums => ({
  miners: 1,
  hashing: 1,
  with_power: kw === null ? 0 : 1,
  ghs: ths * 1_000,
  powered_ghs: kw === null ? null : ths * 1_000,
  watts: kw === null ? null : kw * 1_000,
});
const flat = (price: number, overhead = 1) => ({ price, bands: [], overhead });

test("hashprice follows from difficulty, reward and price", () => {
  const earnings = earningsOf(FACTS, "fpps");
  near(earnings.btc_per_th_day, 5.339272320270538e-7);
  near(earnings.hashprice, 48.05345, 1e-6);
  near(earnings.network_hashrate_ehs, 858.99, 1e-4);
  assert.equal(earnings.hashprice_from, "network");
});

test("PPS pays no fees, and a pool's own hashprice goes first", () => {
  near(earningsOf(FACTS, "pps").hashprice, 48.05345 * (3.125 / 3.185), 1e-6);
  const own = earningsOf({ ...FACTS, hashprice: 44 }, "fpps");
  assert.deepEqual([own.hashprice, own.hashprice_from], [44, "pool"]);
});

test("without difficulty, reward or price nothing is guessed", () => {
  for (const missing of ["btc_price", "difficulty", "subsidy_btc"] as const)
    assert.equal(earningsOf({ ...FACTS, [missing]: null }, "fpps").hashprice, null, missing);
});

test("break-even power price by efficiency", () => {
  const hashprice = earningsOf(FACTS, "fpps").hashprice;
  for (const [jth, usd] of [
    [15, 0.1335],
    [17.5, 0.1144],
    [21.5, 0.0931],
    [29.5, 0.0679],
    [34, 0.0589],
  ] as const)
    near(profitOf(sums(100, jth / 10), hashprice, 0, null).break_even, usd, 1e-3);
});

test("200 TH/s at 3.5 kW: revenue, cost, margin, and what overhead and the pool's fee take", () => {
  const hashprice = earningsOf(FACTS, "fpps").hashprice;
  const plain = profitOf(sums(200, 3.5), hashprice, 0, flat(0.06));
  near(plain.revenue, 0.40045 * 24, 1e-4);
  near(plain.power_cost, 3.5 * 24 * 0.06);
  near(plain.margin, 0.40045 * 24 - 3.5 * 24 * 0.06, 1e-4);
  near(plain.break_even, 0.11441, 1e-4);
  const burdened = profitOf(sums(200, 3.5), hashprice, 0.02, flat(0.06, 1.1));
  near(burdened.revenue, 0.40045 * 24 * 0.98, 1e-4);
  near(burdened.break_even, (0.11441 * 0.98) / 1.1, 1e-4);
});

test("a day's mean price weighs the bands, also one over midnight", () => {
  near(meanPrice(flat(0.08)), 0.08);
  near(meanPrice({ price: 0.1, overhead: 1, bands: [{ from: 22, to: 6, price: 0.04 }] }), (8 * 0.04 + 16 * 0.1) / 24);
  near(meanPrice({ price: 0.1, overhead: 1, bands: [{ from: 0, to: 24, price: 0.05 }] }), 0.05);
});

test("a miner that does not tell its power leaves cost and margin unknown, never too good", () => {
  const mixed = profitOf({ ...sums(200, 3.5), hashing: 2, ghs: 300_000 }, 48, 0, flat(0.06));
  near(mixed.revenue, 300 * 0.048);
  assert.deepEqual([mixed.power_cost, mixed.margin], [null, null]);
  near(mixed.efficiency_j_th, 17.5);
});

test("sites together: sums, and break-even weighed by energy; one unknown makes the sum unknown", () => {
  const [a, b] = [profitOf(sums(200, 3.5), 48, 0, flat(0.05)), profitOf(sums(100, 3), 48, 0, flat(0.07))];
  const both = addProfits([a, b]);
  near(both.margin, (a.margin ?? 0) + (b.margin ?? 0));
  near(both.break_even, (300 * 0.048) / (6.5 * 24));
  near(both.efficiency_j_th, 6_500 / 300);
  assert.equal(addProfits([a, profitOf(sums(100, 3), 48, 0, null)]).margin, null);
  const cooled = profitOf(sums(100, 3), 48, 0, flat(0.07, 1.5));
  near(addProfits([a, cooled]).break_even, (300 * 0.048) / ((3.5 + 3 * 1.5) * 24));
  near(addProfits([addProfits([a]), addProfits([b, cooled])]).break_even, (400 * 0.048) / ((3.5 + 3 + 3 * 1.5) * 24));
  const idle = profitOf(
    { miners: 5, hashing: 0, with_power: 0, ghs: null, powered_ghs: null, watts: null },
    48,
    0,
    flat(1),
  );
  near(addProfits([a, idle]).margin, a.margin ?? 0);
});

test("a group that tells no power hides the money, not what the others' break-even is", () => {
  const told = profitOf(sums(200, 3.5), 48, 0, flat(0.05));
  const both = addProfits([told, profitOf(sums(100, null), 48, 0, flat(0.05))]);
  near(both.revenue, 300 * 0.048);
  assert.deepEqual([both.power_cost, both.margin], [null, null]);
  near(both.power_watts, 3_500);
  near(both.efficiency_j_th, 17.5);
  near(both.break_even, told.break_even ?? 0);
});
