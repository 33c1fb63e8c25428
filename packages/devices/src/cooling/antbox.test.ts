import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { CodedError } from "@banksman/kit";
import { type HttpAnswer, serveHttp } from "@banksman/replay";
import { freePort } from "@banksman/testkit";
import type { CoolingRecord } from "@banksman/wire/model";
import fc from "fast-check";
import { antbox, interpret, paramsOf } from "./antbox.ts";
import { atOnce, type CoolingFamily, recordOf } from "./family.ts";
import { identifyCooling, readCooling } from "./index.ts";
import { runCoolingOrder } from "./order.ts";

const CAPTURES = new URL("../../cooling-captures/antbox/", import.meta.url);
const capture = (name: string): unknown => JSON.parse(readFileSync(new URL(name, CAPTURES), "utf8"));
const AT = new Date("2026-11-28T03:00:00Z");

/** The record of one answer of `coolerState`, and what else was asked. */
function recordFrom(state: object, others: { sensors?: object; miners?: object } = {}): CoolingRecord {
  const answers = {
    "/cooler?operation=coolerState": { ...state },
    ...(others.sensors && { "/cooler?operation=sensorData": { ...others.sensors } }),
    ...(others.miners && { "/cooler?operation=minerInfo": { ...others.miners } }),
  };
  return recordOf(antbox, interpret(answers), AT);
}

const valuesOf = ({ values }: CoolingRecord) =>
  Object.fromEntries(
    Object.entries(values).map(([name, { value, quality }]) => [name, quality === "good" ? value : [value, quality]]),
  );

const HYDRO = {
  disconnect: false,
  circulating_pump: true,
  supply_liquid_temp: 34.6,
  return_liquid_temp: 42.7,
  supply_liquid_pressure: 0.26,
  return_liquid_pressure: 0.11,
  supply_liquid_flow: 108.5,
  supply_liquid_set_temp: 35,
  pid_mode: true,
};

describe("a hydro box", () => {
  test("gives the record that was read off a recorded answer by eye", () => {
    const reply = (name: string) =>
      paramsOf({ status: 200, headers: {}, text: JSON.stringify(capture(`hk3-mock/${name}.json`)) });
    const state = reply("coolerState");
    assert.ok(state);
    assert.equal(reply("sensorData"), null, "an error is no answer");
    const record = recordFrom(state, { miners: reply("minerInfo") ?? {} });
    assert.deepEqual(valuesOf(record), {
      "supply.temp": 43,
      "return.temp": 49,
      "supply.setpoint": 35,
      // 35 MPa and 28 MPa, which no box has.
      "supply.pressure": [null, "bad"],
      "return.pressure": [null, "bad"],
      "supply.flow": 29,
      "tower.inletTemp": 26,
      "ambient.temp": 39,
      "ambient.humidity": 54,
      "power.box1": 2969.42,
      "power.box2": 2963.32,
      "pump.circulating": true,
      "pump.spray": true,
      "pump.infusion": false,
      "fan.exhaust1": false,
      "fan.exhaust2": true,
      "tower.fan1": true,
      "tower.fan2": true,
      "tower.fan3": true,
      "supply.pid": false,
      "mode.auto": false,
    });
    assert.deepEqual([record.profile, record.connected, record.faults], ["hydro", true, []]);
    assert.equal(record.miners?.count, 120);
    assert.deepEqual(record.miners?.list[0], {
      ip_address: "3.76.49.113",
      model: "S17 Hydro",
      firmware: "2021-08-10 16:54:03",
      uptime_seconds: 2565,
      hashrate_5s_ghs: 87.83214750771423,
      hashrate_ghs: 124.3864406464078,
      temperature_board: 19,
      temperature_chip: 46,
    });
  });

  test("pressures are MPa, switches come as true, 1, text or word", () => {
    for (const on of [true, 1, "1", "true", "ON"]) {
      const { values } = recordFrom({ ...HYDRO, circulating_pump: on, spray_pump: on === true ? false : "0" });
      assert.equal(values["pump.circulating"]?.value, true, String(on));
      assert.equal(values["pump.spray"]?.value, false);
      assert.equal(values["supply.pressure"]?.value, 260);
    }
  });

  test("a value that is no figure, or beyond its range, is null and bad", () => {
    for (const wrong of [null, "nan", "", "--", -273, 6553.5, 81, Number.POSITIVE_INFINITY, [1], { a: 1 }]) {
      const { values } = recordFrom({ ...HYDRO, supply_liquid_temp: wrong });
      assert.deepEqual([values["supply.temp"]?.value, values["supply.temp"]?.quality], [null, "bad"], String(wrong));
    }
    assert.deepEqual(recordFrom({ ...HYDRO, circulating_pump: "maybe" }).values["pump.circulating"]?.quality, "bad");
  });

  test("without its PLC every value is stale, and that is urgent", () => {
    const record = recordFrom({ ...HYDRO, disconnect: "true" });
    assert.equal(record.connected, false);
    assert.ok(Object.values(record.values).every(({ quality }) => quality === "stale"));
    assert.deepEqual(
      record.faults.map(({ code, level }) => [code, level]),
      [["plc_lost", "urgent"]],
    );
  });

  test("faults carry level, advice and both languages; one nobody knows is told by its name", () => {
    const { faults } = recordFrom({
      ...HYDRO,
      leakage_fault: 1,
      cooling_tower_fan2_fault: true,
      gizmo_fault: "1",
      fan1_fault: 0,
    });
    assert.deepEqual(
      faults.map(({ code, level }) => [code, level]),
      [
        ["leakage_fault", "urgent"],
        ["cooling_tower_fan2_fault", "severe"],
        ["gizmo_fault", "warning"],
      ],
    );
    for (const { text, text_zh, advice, advice_zh } of faults) assert.ok(text && text_zh && advice && advice_zh);
  });

  test("where it stands is told with its directions, and not at all where nobody entered it", () => {
    const at = (place: object) => {
      const { values } = recordFrom({ ...HYDRO, ...place });
      return [values["geo.longitude"]?.value, values["geo.latitude"]?.value];
    };
    assert.deepEqual(at({ longitude: 0, latitude: 0, longitude_direction: 0, latitude_direction: 0 }), [
      undefined,
      undefined,
    ]);
    assert.deepEqual(
      at({ longitude: 101.2, latitude: 33.4, longitude_direction: 1, latitude_direction: 0 }),
      [-101.2, 33.4],
    );
    assert.deepEqual(
      at({ longitude: 57, latitude: 25.2, longitude_direction: "E", latitude_direction: "S" }),
      [57, -25.2],
    );
  });
});

describe("an immersion box", () => {
  const IMMERSION = {
    primary_supply_temp: 33.5,
    primary_return_temp: 40.25,
    second_supply_temp1: 30,
    second_return_temp1: 36,
    container_temp: 28,
    distribution_box_power: 6.8,
    power_distribution: 21.5,
    vol_a_distribution: 2305,
    power_a_distribution: 123456.7,
    one_pump: 1,
    second_pump1: 1,
    second_pump2: 0,
    valve1_open: 1,
    valve1_close: 0,
    valve2_open: 0,
    valve2_close: 0,
    open1: 80,
    tank_a_level: 71,
    drycooler_freq: 42.5,
    primary_return_temp_fault: 1,
  };

  test("has its power in 100 kW, volts in tenths, energy in kWh; a valve that is neither open nor closed is unknown", () => {
    const record = recordFrom(IMMERSION);
    assert.equal(record.profile, "immersion");
    assert.deepEqual(valuesOf(record), {
      "supply.temp": 33.5,
      "return.temp": [40.25, "uncertain"],
      "secondary.supply.temp1": 30,
      "secondary.return.temp1": 36,
      "ambient.temp": 28,
      "power.total": 680_000,
      "power.cooling": 21_500,
      "volts.a": 230.5,
      "energy.a": 123456.7,
      "pump.circulating": true,
      "pump.secondary1": true,
      "pump.secondary2": false,
      "valve.1.opening": 80,
      "valve.1": true,
      "valve.2": [null, "bad"],
      "tank.level.a": 71,
      "drycooler.freq": 42.5,
    });
    assert.deepEqual(
      record.faults.map(({ code }) => code),
      ["primary_return_temp_fault"],
    );
  });

  test("one secondary pump is severe, both are urgent", () => {
    const levels = (state: object) =>
      recordFrom({ ...IMMERSION, primary_return_temp_fault: 0, ...state }).faults.map(({ level }) => level);
    assert.deepEqual(levels({ second_pump1_fault: 1 }), ["severe"]);
    assert.deepEqual(levels({ second_pump1_fault: 1, second_pump2_fault: 1 }), ["urgent", "severe", "severe"]);
  });
});

test("miners: a map, a list or nothing; a sentinel for the chip is none", () => {
  const row = { miner_type: "S19", elapsed: 10, GHS_5s: 1, GHS_avg: 2, pcb_max_temp: 40, chip_max_temp: -214748 };
  const list = (miner_info: unknown) => recordFrom(HYDRO, { miners: { miner_num: 1, miner_info } }).miners?.list;
  assert.deepEqual(list([]), []);
  assert.equal(list({ "10.0.0.1": row })?.[0]?.temperature_chip, null);
  assert.equal(list([{ ip: "10.0.0.2", ...row }])?.[0]?.ip_address, "10.0.0.2");
});

test("the members may stand under params, data, result, twice inside, or at the top", () => {
  for (const body of [{ ok: true, params: HYDRO }, { data: HYDRO }, { result: { params: HYDRO } }, HYDRO]) {
    assert.deepEqual(paramsOf({ status: 200, headers: {}, text: JSON.stringify(body) }), HYDRO);
  }
  const text = JSON.stringify({ ok: true, params: { ...HYDRO, supply_liquid_flow: 1 } }).replace(
    'flow":1,',
    'flow":NaN,',
  );
  assert.equal(paramsOf({ status: 200, headers: {}, text })?.supply_liquid_flow, null);
});

test("property: no answer makes it throw anything but its own error, and every value fits its range", () => {
  const member = fc.constantFrom(
    ...Object.keys(HYDRO),
    "primary_supply_temp",
    "second_pump1",
    "leakage_fault",
    "miner_info",
  );
  const anything = fc.oneof(fc.jsonValue(), fc.double(), fc.constantFrom(true, 0, "1", "on", Number.NaN));
  fc.assert(
    fc.property(fc.dictionary(member, anything), (state) => {
      try {
        const { values } = recordFrom(state);
        for (const { value, quality } of Object.values(values))
          assert.ok(value !== null || quality === "bad" || quality === "stale");
      } catch (error) {
        assert.match(String(error), /no cooling unit/);
      }
    }),
    {
      examples: [
        [
          {
            circulating_pump: { toString: "" },
            supply_liquid_temp: 35,
            longitude: 1,
            longitude_direction: { toString: 1 },
          },
        ],
      ],
    },
  );
});

describe("over a socket", () => {
  const state = (): HttpAnswer => ({ body: { ok: true, method: "coolerState", params: HYDRO } });
  const target = (port: number) => ({ host: "127.0.0.1", port, connectTimeoutMs: 500 });

  test("a stranger is found out; what is no such controller is told as that", async () => {
    await using box = await serveHttp((call) =>
      call.query.get("operation") === "coolerState" ? state() : { status: 404 },
    );
    assert.equal((await identifyCooling(target(box.port), 2_000)).record.model, "ANTSPACE HK3");
    await using page = await serveHttp(() => ({ headers: { "content-type": "text/html" }, body: "<h1>router</h1>" }));
    await assert.rejects(identifyCooling(target(page.port), 1_000), /no cooling unit/);
    const busy = new CodedError("USAGE_CALL_BUSY", "busy", true);
    const turnFor = (family: CoolingFamily) => (family === antbox ? () => Promise.reject(busy) : atOnce);
    await assert.rejects(identifyCooling(target(await freePort()), 1_000, { turnFor }), busy);
  });

  test("calls go one after the other, the fast lane has one", async () => {
    let now = 0;
    let peak = 0;
    await using box = await serveHttp(async (call) => {
      peak = Math.max(peak, ++now);
      await new Promise((resolve) => setImmediate(resolve));
      now--;
      return call.query.get("operation") === "coolerState"
        ? state()
        : { body: { ok: true, params: { miner_num: 0, miner_info: [] } } };
    });
    const line = { ...target(box.port), deadline: performance.now() + 2_000 };
    await readCooling(antbox, line, "slow");
    assert.deepEqual([peak, box.calls.length], [1, 3]);
    await readCooling(antbox, line, "fast");
    assert.equal(box.calls.length, 4);
  });

  const order = (port: number, verifyWithinMs: number) =>
    runCoolingOrder(
      antbox,
      { order: "set_temp", celsius: 31 },
      { target: target(port), timeoutMs: 300, verifyWithinMs, pollMs: 5 },
    );

  test("an order leaves once whatever comes of it: a redirect isn't followed, a cut or silent line not tried again", async () => {
    const answers: [HttpAnswer, string, string][] = [
      [{ status: 302, headers: { location: "/cooler?operation=setTemp&temp=31" } }, "refused", "refused"],
      [{ fault: "hang" }, "unknown", "silent"],
      [{ fault: "refuse" }, "unknown", "bad_answer"],
      [{ body: { ok: false, error: "ERR_TEMP" } }, "refused", "refused"],
      [{ body: "<html>" }, "refused", "refused"],
    ];
    for (const [answer, outcome, code] of answers) {
      await using box = await serveHttp((call) => (call.query.get("operation") === "setTemp" ? answer : state()));
      const report = await order(box.port, 0);
      assert.deepEqual([report.outcome, report.code], [outcome, code], JSON.stringify(answer));
      assert.equal(box.calls.filter(({ query }) => query.get("operation") === "setTemp").length, 1);
    }
  });

  test("one that got no answer and shows on the plant was done after all", async () => {
    let setpoint = 35;
    await using box = await serveHttp((call): HttpAnswer => {
      if (call.query.get("operation") !== "setTemp")
        return { body: { params: { ...HYDRO, supply_liquid_set_temp: setpoint, pid_mode: false } } };
      setpoint = Number(call.query.get("temp"));
      return { fault: "hang" };
    });
    const report = await order(box.port, 500);
    assert.deepEqual([report.outcome, report.verified, report.seen], ["accepted", "yes", "set to 31 °C, by hand"]);
  });

  test("one that was taken and does not show says so", async () => {
    await using box = await serveHttp((call) =>
      call.query.get("operation") === "setTemp" ? { body: { ok: true } } : state(),
    );
    const report = await order(box.port, 30);
    assert.deepEqual([report.outcome, report.verified], ["accepted", "no"]);
  });

  test("nobody there: nothing was ordered", async () => {
    const report = await order(9, 0);
    assert.deepEqual([report.outcome, report.verified], ["unreachable", "not_checked"]);
  });
});
