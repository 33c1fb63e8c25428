import assert from "node:assert/strict";
import { test } from "node:test";
import { createEngine, pack, type Sample } from "@banksman/rules";
import { type CoolingRecord, deriveCooling, type Fault } from "@banksman/wire/model";
import { coolingAway, coolingSample } from "./cooling-samples.ts";

const rules = pack.map(({ rule_id, fields }) => ({ rule_id, ...fields }));
const unit = { site_id: "s", host: "10.1.101.1", name: "Box 1", interval_s: 60 };
const at = (minute: number) => new Date(Date.UTC(2026, 10, 1, 0, minute)).toISOString();

type Told = { values?: Record<string, number | boolean>; faults?: Fault[]; findings?: string[] } & Partial<
  Pick<CoolingRecord, "driver" | "profile" | "connected">
>;
const RUNNING = {
  "supply.temp": 35,
  "return.temp": 43,
  "server.on": true,
  "supply.pressure": 280,
  "return.pressure": 120,
};

function sample(minute: number, { values = {}, faults = [], findings = [], ...more }: Told = {}): Sample {
  const told = Object.entries({ ...RUNNING, ...values });
  const record: CoolingRecord = {
    driver: "antbox",
    profile: "hydro",
    make: "Bitmain",
    model: null,
    firmware: null,
    connected: true,
    at: at(minute),
    values: Object.fromEntries(
      told.map(([name, value]) => [name, { value, quality: "good" as const, at: at(minute) }]),
    ),
    faults,
    miners: null,
    ...more,
  };
  return coolingSample(unit, record, deriveCooling(record), findings, Date.parse(record.at));
}

/** Which rules fired and were over again, in the order in which they fired. */
function fired(samples: readonly Sample[]): string[] {
  const engine = createEngine(rules);
  for (const one of samples) {
    engine.take([one]);
    engine.advance(one.at);
  }
  const seen = new Map<string, string>();
  for (const { rule, after } of engine.changes())
    if (after?.firedAt != null)
      seen.set(rule.rule_id, `${rule.level} ${rule.rule_id}${after.resolvedAt === null ? "" : " over"}`);
  return [...seen.values()].toSorted();
}
const fault = (code: string, level: Fault["level"]): Fault => ({ code, level, text: code });

test("a box that runs as it should raises nothing", () => {
  assert.deepEqual(fired([0, 1, 2, 3].map((minute) => sample(minute))), []);
});

test("what the controller tells is an alarm of its own kind or of its level, and is over when it tells it no more", () => {
  const cases: [Fault, string][] = [
    [fault("leakage_fault", "urgent"), "urgent cooling-leak"],
    [fault("second_pumps_fault", "urgent"), "urgent cooling-pump"],
    [fault("phasefailure", "urgent"), "urgent cooling-power"],
    [fault("freezing_alarm", "urgent"), "urgent cooling-freezing"],
    [fault("lever_low", "urgent"), "urgent cooling-fault-urgent"],
    [fault("liquid_level_low", "severe"), "severe cooling-level"],
    [fault("cooling_tower_fan2_fault", "severe"), "severe cooling-fan"],
    [fault("supply_liquid_temp_fault", "warning"), "warning cooling-sensor"],
    [fault("supply_liquid_flow_low", "urgent"), "urgent cooling-fault-urgent"],
    [fault("spray_pump_fault", "severe"), "severe cooling-fault-severe"],
    [fault("cooling_tower_liquid_level_low", "warning"), "warning cooling-fault-warning"],
  ];
  for (const [told, alarm] of cases) {
    const samples = [sample(0), sample(1, { faults: [told] }), sample(2, { faults: [told] })];
    assert.deepEqual(fired(samples), [alarm]);
    assert.deepEqual(fired([...samples, sample(3)]), [`${alarm} over`]);
  }
});

test("temperatures are judged by the coolant: 45 °C is far too hot for a hydro box and right for oil", () => {
  const hot = (values: Record<string, number>, more: Told = {}) =>
    fired([0, 1, 2].map((minute) => sample(minute, { values, ...more })));
  assert.deepEqual(hot({ "supply.temp": 41 }), ["urgent cooling-supply-too-hot"]);
  assert.deepEqual(hot({ "supply.temp": 38 }), ["severe cooling-supply-hot"]);
  assert.deepEqual(hot({ "supply.temp": 29 }), ["info cooling-supply-cool"]);
  assert.deepEqual(hot({ "supply.temp": 20 }), ["warning cooling-supply-cold"]);
  const oil = (celsius: number) => hot({ "supply.temp": celsius }, { profile: "immersion" });
  assert.deepEqual(oil(45), []);
  assert.deepEqual(oil(41), ["info cooling-supply-cool-immersion"]);
  assert.deepEqual(oil(47), ["severe cooling-supply-hot-immersion"]);
  assert.deepEqual(oil(49), ["urgent cooling-supply-too-hot-immersion"]);
  const d40 = { driver: "bitdeer", profile: "d40" };
  assert.deepEqual(hot({ "supply.temp": 41 }, d40), []);
  assert.deepEqual(hot({ "supply.temp": 38 }, d40), ["info cooling-supply-cool-oil"]);
  assert.deepEqual(hot({ "supply.temp": 40 }, { driver: "microbt", profile: "x" }), [
    "urgent cooling-supply-too-hot-microbt",
  ]);
});

test("tanks of oil are judged by their pressure each, and one that there is not holds no alarm open", () => {
  const bar = (...told: number[]) =>
    fired(
      told.map((value, minute) =>
        sample(minute, {
          driver: "bitdeer",
          profile: "d40",
          values: { "supply.temp": 40, "tank1.pressure": value * 100 },
        }),
      ),
    );
  assert.deepEqual(bar(3, 3, 3), []);
  assert.deepEqual(bar(0, 0, 0), [], "a tank that is off");
  assert.deepEqual(bar(1.9, 1.9, 1.9), ["severe cooling-tank-pressure-very-low"]);
  assert.deepEqual(bar(2.2, 2.2, 2.2), ["warning cooling-tank-pressure-low"]);
  assert.deepEqual(bar(3.7, 3.7, 3.7), ["warning cooling-tank-pressure-raised"]);
  assert.deepEqual(bar(4.2, 4.2, 4.2), ["severe cooling-tank-pressure-high"]);
  assert.deepEqual(bar(4.2, 4.2, 3, 3, 3), ["severe cooling-tank-pressure-high over"]);
});

test("a box at rest is neither too cold nor without pressure", () => {
  const values = { "supply.temp": 12, "supply.pressure": 20, "return.pressure": 10, "server.on": false };
  assert.deepEqual(fired([0, 1, 2, 3].map((minute) => sample(minute, { values }))), []);
  const low = { "supply.pressure": 150, "return.pressure": 40 };
  const stopped = [0, 1, 2, 3, 4, 5].map((minute) => sample(minute, { values: minute < 3 ? low : values }));
  assert.deepEqual(fired(stopped), [
    "severe cooling-return-pressure-low over",
    "severe cooling-supply-pressure-very-low over",
  ]);
});

test("an alarm is over only when the value is well back, for a while", () => {
  const values = [41, 41, 39.5, 38.5, 38.4].map((supply, minute) =>
    sample(minute, { values: { "supply.temp": supply } }),
  );
  assert.ok(!fired(values.slice(0, 3)).includes("urgent cooling-supply-too-hot over"));
  assert.ok(fired(values).includes("urgent cooling-supply-too-hot over"));
});

test("a controller that can't be read, and one that lost its PLC, are two alarms", () => {
  const away = [1, 2, 3, 4].map((minute) => coolingAway(unit, "timed_out", Date.parse(at(minute))));
  assert.deepEqual(fired([sample(0), ...away]), ["severe cooling-silent"]);
  const lost = [1, 2, 3].map((minute) => sample(minute, { connected: false, faults: [fault("plc_lost", "urgent")] }));
  assert.deepEqual(fired([sample(0), ...lost]), ["urgent cooling-plc-lost"]);
});

test("what shows in the measurements is an alarm too", () => {
  assert.deepEqual(fired([sample(0, { findings: ["slow_leak"] })]), ["severe cooling-slow-leak"]);
});
