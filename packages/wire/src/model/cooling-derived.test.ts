import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { CoolingQuality } from "./cooling.ts";
import {
  type CoolingDerived,
  deriveCooling,
  dewPoint,
  heatKw,
  NOTHING_TYPED,
  volumetricHeat,
  wetBulb,
} from "./cooling-derived.ts";

const AT = "2026-11-01T00:00:00.000Z";
type Told = Record<string, number | readonly [number | null, CoolingQuality]>;
const derive = (told: Told, { connected = true, typed = NOTHING_TYPED } = {}): CoolingDerived => {
  const values = Object.entries(told).map(([name, one]) => {
    const [value, quality] = typeof one === "number" ? ([one, "good"] as const) : one;
    return [name, { value, quality, at: AT }];
  });
  return deriveCooling({ connected, values: Object.fromEntries(values) }, typed);
};
const near = (actual: number | null, expected: number, within: number) =>
  assert.ok(actual !== null && Math.abs(actual - expected) <= within, `${actual} is not ${expected} ± ${within}`);

const BOX = {
  "supply.temp": 35,
  "return.temp": 43.1,
  "supply.flow": 109,
  "power.box1": 500_000,
  "power.box2": 530_000,
};

describe("heat and power", () => {
  test("189 machines of 5.4 kW warm 109 m³/h of water by 8.1 K", () => {
    const { heat, power, delta_t, heat_balance } = derive(BOX);
    near(delta_t, 8.1, 1e-9);
    near(heat, 1_018, 5);
    assert.equal(power, 1_030);
    near(heat_balance, 0.99, 0.01);
  });

  test("glycol carries less: measured comes before typed, and both before water", () => {
    const water = heatKw(100, 8, 0);
    near(heatKw(100, 8, 50) / water, 0.886, 0.01);
    const typed = { glycolPercent: 50, auxiliaryKw: null };
    assert.ok((derive(BOX, { typed }).heat ?? 0) < (derive(BOX).heat ?? 0));
    assert.equal(derive({ ...BOX, "coolant.glycol": 0 }, { typed }).heat, derive(BOX).heat);
    fc.assert(
      fc.property(fc.double({ min: 0, max: 60, noNaN: true }), fc.double({ min: 0, max: 60, noNaN: true }), (a, b) => {
        // Two shares that differ by less than a figure has digits may come out a digit apart.
        if (a < b) assert.ok(volumetricHeat(a) >= volumetricHeat(b) - 1e-6);
      }),
    );
  });

  test("one box of two that can't be read is no half a container", () => {
    assert.equal(derive({ ...BOX, "power.box2": [null, "bad"] }).power, null);
    assert.equal(derive({ "power.box1": 500_000 }).power, 500);
    assert.equal(derive({ ...BOX, "power.total": 2_000_000 }).power, 2_000);
  });

  test("PUE is the whole over what is not cooling, by meter or as typed; an idle container has none", () => {
    near(derive({ ...BOX, "power.cooling": 30_000 }).pue, 1.03, 1e-9);
    near(derive(BOX, { typed: { glycolPercent: null, auxiliaryKw: 30 } }).pue, 1.03, 1e-9);
    assert.equal(derive({ "power.total": 30_000, "power.cooling": 25_000 }).pue, null);
    assert.equal(derive(BOX).pue, null);
  });
});

describe("air", () => {
  test("dew points as tables print them", () => {
    for (const [celsius, humidity, point] of [
      [20, 50, 9.3],
      [30, 80, 26.2],
      [25, 100, 25],
      [-10, 70, -14.4],
    ] as const)
      near(dewPoint(celsius, humidity), point, 0.2);
    assert.equal(dewPoint(20, 0), null);
  });

  test("a dew point lies at or below the air, and rises with its water", () => {
    const celsius = fc.double({ min: -40, max: 50, noNaN: true });
    const humidity = fc.double({ min: 1, max: 100, noNaN: true });
    fc.assert(
      fc.property(celsius, humidity, humidity, (air, a, b) => {
        const [dry, wet] = [dewPoint(air, Math.min(a, b)) ?? 0, dewPoint(air, Math.max(a, b)) ?? 0];
        assert.ok(dry <= wet + 1e-9 && wet <= air + 1e-9);
      }),
    );
  });

  test("wet bulbs as Stull prints them; nothing beyond where they hold", () => {
    near(wetBulb(20, 50), 13.7, 0.1);
    near(wetBulb(28, 99), 27.9, 0.3);
    for (const [celsius, humidity] of [
      [60, 50],
      [20, 2],
      [-30, 50],
    ] as const)
      assert.equal(wetBulb(celsius, humidity), null);
  });

  test("the margin to the dew point prefers the controller's own", () => {
    const air = { "supply.temp": 30, "ambient.temp": 30, "ambient.humidity": 80 };
    near(derive(air).dew_margin, 3.8, 0.2);
    assert.equal(derive({ ...air, "dewpoint.temp": 20 }).dew_margin, 10);
    near(derive({ "supply.temp": 30, "outside.temp": 20, "outside.humidity": 50 }).approach_wet, 16.3, 0.1);
    assert.equal(derive({ "supply.temp": 30, "outside.temp": 20 }).approach_dry, 10);
  });
});

test("what rests on a value that is missing, doubtful, bad or stale is null, and never a number out of nothing", () => {
  const names = Object.keys({
    ...BOX,
    "ambient.temp": 0,
    "ambient.humidity": 0,
    "outside.temp": 0,
    "return.pressure": 0,
  });
  const value = fc.oneof(
    fc.double({ min: -30, max: 300, noNaN: true }),
    fc.tuple(
      fc.option(fc.double({ min: -30, max: 300, noNaN: true })),
      fc.constantFrom("uncertain", "bad", "stale") as fc.Arbitrary<CoolingQuality>,
    ),
  );
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...names), value), (told) => {
      const derived = derive(told as Told);
      for (const figure of Object.values(derived)) assert.ok(figure === null || Number.isFinite(figure));
      const isGood = (name: string) => typeof told[name] === "number";
      if (!isGood("supply.temp"))
        assert.deepEqual([derived.delta_t, derived.heat, derived.dew_margin], [null, null, null]);
      if (!isGood("supply.flow")) assert.equal(derived.heat, null);
      for (const figure of Object.values(derive(told as Told, { connected: false }))) assert.equal(figure, null);
    }),
  );
});
