import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { CoolingUnitRow } from "@banksman/wire/api";
import type { CoolingValue } from "@banksman/wire/model";
import { controlsOf, groupOf, onOf } from "./controls.ts";
import { coolingFigure, coolingName } from "./cooling-names.ts";
import { loopOf } from "./loop/loop-model.ts";
import { marksOf, placeIn, windowOf } from "./map-view.ts";

const at = "2026-11-29T00:00:00Z";
const told = (value: number | boolean | null, quality: CoolingValue["quality"] = "good"): CoolingValue => ({
  value,
  quality,
  at,
});
const fault = (code: string, level: "urgent" | "warning") => ({ code, level, text: code, since: at, until: null });

test("figures are in one unit each, and what isn't there is a dash", () => {
  assert.deepEqual(coolingFigure("supply.temp", 34.26), { text: "34.3", unit: "°C" });
  assert.deepEqual(coolingFigure("power.box1", 511_400), { text: "511", unit: "kW" });
  assert.deepEqual(coolingFigure("derived.pue", 1.0314), { text: "1.031", unit: "" });
  assert.deepEqual(coolingFigure("supply.flow", null), { text: "–", unit: "m³/h" });
  assert.equal(coolingName("derived.delta_t", "zh"), "ΔT");
  assert.equal(coolingName("socket.1.3", "en"), "Socket 1.3");
  assert.equal(coolingName("of.a.newer.server", "en"), "of.a.newer.server");
});

test("sockets that are ordered together are counted: the first one doesn't stand for all", () => {
  const values = { "socket.1.1": told(true), "socket.1.2": told(false), "socket.1.3": told(null, "bad") };
  assert.deepEqual(onOf({ ...values, "socket.12.1": told(true) }, "socket.1"), { on: 1, count: 2 });
  assert.deepEqual([groupOf("socket.12.1"), groupOf("pump.circulating")], ["socket.12", null]);
});

describe("the loop", () => {
  test("has what the unit tells of, and nothing else", () => {
    const loop = loopOf({
      values: { "supply.temp": told(34), "pump.oil1": told(true), "pump.oil2": told(false) },
      faults: [],
    });
    assert.deepEqual(
      loop.pumps.map(({ name, state }) => [name, state]),
      [
        ["pump.oil1", "running"],
        ["pump.oil2", "standby"],
      ],
    );
    assert.deepEqual([loop.returns, loop.tower.fans, loop.makeup], [[], [], null]);
    assert.equal(loop.supplies[0]?.value, 34);
  });

  test("a fault marks the part or value that it is about, not others", () => {
    const values = {
      "supply.flow": told(60),
      "supply.temp": told(34),
      "pump.circulating": told(true),
      "pump.spray": told(true),
    };
    const loop = loopOf({
      values,
      faults: [fault("supply_liquid_flow_low", "urgent"), fault("circulating_pump_fault", "urgent")],
    });
    assert.deepEqual(
      loop.supplies.map(({ name, level }) => [name, level]),
      [
        ["supply.temp", null],
        ["supply.flow", "urgent"],
      ],
    );
    assert.deepEqual([loop.pumps[0]?.state, loop.tower.spray?.state], ["fault", "running"]);
  });

  test("a switch that nobody can vouch for is not said to stand", () => {
    assert.equal(loopOf({ values: { "pump.circulating": told(null, "bad") }, faults: [] }).pumps[0]?.state, "unknown");
  });

  test("coolant moves as fast as its flow says, else as the pumps do", () => {
    const speed = (values: Record<string, CoolingValue>) => loopOf({ values, faults: [] }).speed;
    assert.deepEqual(
      [0, 20, 60, 110].map((flow) => speed({ "supply.flow": told(flow) })),
      [0, 1, 2, 3],
    );
    assert.equal(speed({ "supply.flow": told(110, "stale"), "pump.circulating": told(false) }), 0);
    assert.equal(speed({ "supply.temp": told(34) }), null);
  });
});

describe("the control panel", () => {
  const values = {
    "server.on": told(true),
    "supply.setpoint": told(70),
    "pump.oil1": told(true),
    "drycooler.1": told(true),
    "drycooler.freq": told(40),
    "socket.2.1": told(true),
    "socket.2.2": told(true),
  };
  const offered = (orders: string[]) =>
    controlsOf({ orders, values }).map(({ about, orders: list }) => [about, ...list.map(({ order }) => order)]);

  test("offers what the driver knows of the parts that there are", () => {
    assert.deepEqual(offered(["start", "stop"]), [["server.on", "start", "stop"]]);
    assert.deepEqual(offered(["pump", "fan", "valve", "socket"]), [
      ["pump.oil1", "pump", "pump"],
      ["drycooler.1", "fan", "fan"],
      ["socket.2.1", "socket", "socket"],
    ]);
    assert.deepEqual(offered([]), []);
  });

  test("a temperature begins from what is set, within what may be ordered", () => {
    assert.deepEqual(controlsOf({ orders: ["set_temp"], values })[0]?.orders, [{ order: "set_temp", celsius: 60 }]);
    assert.deepEqual(controlsOf({ orders: ["set_temp"], values: {} })[0]?.orders, [{ order: "set_temp", celsius: 35 }]);
  });
});

describe("the map", () => {
  const unit = (site_id: string, state: CoolingUnitRow["state"], longitude: number | null) => ({
    site_id,
    state,
    longitude,
    latitude: longitude === null ? null : 40,
    derived: { heat: 1_000 } as CoolingUnitRow["derived"],
  });

  test("a site is one mark with its worst state and all its heat; units without coordinates are on none", () => {
    const marks = marksOf([unit("1", "online", 100), unit("1", "failing", 102), unit("2", "online", null)]);
    assert.deepEqual(marks, [
      { site_id: "1", longitude: 101, latitude: 40, state: "failing", units: 2, heatKw: 2_000 },
    ]);
  });

  test("every mark lies within the window, and north is up", () => {
    const places = [
      { longitude: -101.9, latitude: 33.6 },
      { longitude: 110.1, latitude: 39.8 },
      { longitude: -57.6, latitude: -25.3 },
    ];
    const view = windowOf(places, 2);
    const drawn = places.map((place) => placeIn(view, place, 400, 200));
    assert.ok(drawn.every(({ x, y }) => x > 0 && x < 400 && y > 0 && y < 200));
    assert.ok((drawn[1]?.y ?? 0) < (drawn[0]?.y ?? 0) && (drawn[0]?.y ?? 0) < (drawn[2]?.y ?? 0));
  });
});
