import assert from "node:assert/strict";
import { createServer } from "node:net";
import { describe, test } from "node:test";
import { serveModbus } from "@banksman/replay";
import type { CoolingRecord } from "@banksman/wire/model";
import fc from "fast-check";
import { ModbusConnection, signed } from "../transports/modbus.ts";
import { bitdeer, interpret as interpretBitdeer } from "./bitdeer.ts";
import { recordOf } from "./family.ts";
import { interpret as interpretMicrobt, loginWords, microbt } from "./microbt.ts";
import { runCoolingOrder } from "./order.ts";

const AT = new Date("2026-11-28T03:00:00Z");
const shown = ({ values }: CoolingRecord) =>
  Object.fromEntries(
    Object.entries(values)
      .filter(([name]) => !name.startsWith("socket."))
      .map(([name, { value, quality }]) => [name, quality === "good" ? value : [value, quality]]),
  );

describe("MicroBT", () => {
  /** Words of a Wonderint container, unit:word, as its papers count them; temperatures and pressures in hundredths. */
  const WORDS: Record<string, number> = {
    "1:1": 4,
    "1:95": 1_625,
    "1:201": 4_480,
    "1:203": 152,
    "1:204": 305,
    "1:205": 140,
    "1:206": 320,
    "1:209": 8_550,
    "1:210": 18,
    "1:211": 3_710,
    "1:601": 1,
    "1:606": 1,
    "2:3": 385,
    "2:4": 322,
    "4:50": 40_110,
    "4:53": 61_200,
    "4:57": 25_050,
    "5:57": 24_900,
    "9:46": 1,
    "9:47": 2,
    "9:48": 0,
  };
  const read = (more: Record<string, number> = {}) =>
    recordOf(microbt, interpretMicrobt(new Map(Object.entries({ ...WORDS, ...more }))), AT);

  test("its words become the record that was worked out by hand", () => {
    const record = read();
    assert.deepEqual(shown(record), {
      "dewpoint.temp": 16.25,
      "return.temp": 44.8,
      "return.pressure": 152,
      "supply.pressure": 305,
      "pump.inlet.pressure": 140,
      "pump.outlet.pressure": 320,
      "pump.speed": 85.5,
      "filter.pressureDrop": 18,
      "server.on": true,
      "volts.a": 401.1,
      "amps.a": 612,
      "ambient.temp": 38.5,
      "ambient.humidity": 32.2,
      // The public driver and its mock disagree on this word.
      "supply.temp": [37.1, "uncertain"],
      "pump.circulating": true,
      "power.total": 499_500,
    });
    assert.deepEqual([record.profile, record.firmware, record.faults], ["wonderint", "protocol 0.4", []]);
    assert.deepEqual(
      [1, 2, 3].map((n) => record.values[`socket.1.${n}`]?.value),
      [true, false, null],
    );
  });

  test("Kehua's writes hundredths for air, 100 for a pump that runs", () => {
    const record = read({ "2:3": 3_850, "2:4": 3_220, "1:208": 100 });
    assert.deepEqual(
      [record.profile, record.values["ambient.temp"]?.value, record.values["ambient.humidity"]?.value],
      ["kehua", 38.5, 32.2],
    );
    assert.equal(record.values["pump.circulating"]?.value, true);
    assert.equal(read({ "2:4": 3_220, "1:208": 200 }).values["pump.circulating"]?.value, false);
  });

  test("faults are words and bits; a sensor in fault makes its value doubtful", () => {
    // Bit 10 of 25: 0x0020 in the first word; bit 13, the inlet's sensor: 0x0004; bit 24: 0x0080 in the second.
    const record = read({ "1:98": 1, "1:97": 1, "1:291": 0x0024, "1:292": 0x0080 });
    assert.deepEqual(
      record.faults.map(({ code }) => code),
      ["indoor_sensor", "makeup_pump", "near_dew_point", "inlet_temp_sensor", "pump_inlet_pressure_high"],
    );
    assert.equal(record.values["return.temp"]?.quality, "uncertain");
    assert.equal(record.values["ambient.temp"]?.quality, "uncertain");
  });

  test("below zero is below zero; another machine's gateway is told as that", () => {
    assert.equal(read({ "1:95": 0x1_0000 - 350 }).values["dewpoint.temp"]?.value, -3.5);
    assert.equal(signed(0x8000), -32_768);
    assert.throws(() => interpretMicrobt(new Map([["1:1", 0]])), /no cooling unit/);
  });

  test("the login is SHA-256 over random words, MD5 of name and of password", () => {
    const random = Buffer.from("0001000100010001", "hex");
    assert.equal(loginWords(random, "admin", "admin").toString("hex"), LOGIN);
  });
});

/** sha256(0001000100010001 21232f297a57a5a743894a0e4a801fc3 21232f297a57a5a743894a0e4a801fc3) */
const LOGIN = "50fed75b319d7d50d9e9ba3dc824881b44a29f50c514e176da65106b58eeb057";

describe("Bitdeer", () => {
  /** As the mock of tetherto/miningos-wrk-container-bitdeer (Apache-2.0) publishes. */
  const RUNNING = {
    RunningState: "1",
    AlarmState: "0",
    AlarmInfo: [],
    DeviceInfo: {
      OilPump1: "0",
      OilPump2: "1",
      WaterPump1: "0",
      WaterPump2: "1",
      DryCooler: [
        { CoolerIndex: "0", MainContactor: "1", FansStatus: ["0", "0"] },
        { CoolerIndex: "1", MainContactor: "0", FansStatus: ["0", "0"] },
      ],
    },
  };
  const MAIN = {
    PowerData: {
      TotalPower: "63.4",
      VoltageA: "236.2",
      VoltageB: "236.7",
      VoltageC: "236.0",
      CurrentA: "89.5",
      CurrentB: "88.3",
      CurrentC: "90.2",
    },
    TemperatureData: {
      ContainerTemperature: "28.8",
      ContainerHumidity: "83.4",
      Tank1OilH: "0.0",
      Tank1OilL: "44",
      Tank2OilH: "47.7",
      Tank2OilL: "41",
      Tank2WaterH: "27.2",
      Tank2WaterL: "26.6",
      Tank2Pressure: "3.5",
    },
    UPSData: { Temperature: "38.0", BatteryStatus: "100.0" },
  };
  const PARAMETERS = { RunningParameter: { CoolOilSettingTemp: "45.0", Tank1Enable: "0", Tank2Enable: "1" } };
  const read = (running: object = RUNNING) =>
    recordOf(bitdeer, interpretBitdeer({ RunningInfo: { ...running }, MainData: MAIN, ParameterData: PARAMETERS }), AT);

  test("its messages become the record that was worked out by hand", () => {
    assert.deepEqual(shown(read()), {
      "power.total": 63_400,
      "volts.a": 236.2,
      "volts.b": 236.7,
      "volts.c": 236,
      "amps.a": 89.5,
      "amps.b": 88.3,
      "amps.c": 90.2,
      "ambient.temp": 28.8,
      "ambient.humidity": 83.4,
      // 0.0 is a tank without a figure.
      "tank1.oil.cold": 44,
      "tank2.oil.hot": 47.7,
      "tank2.oil.cold": 41,
      "tank2.water.hot": 27.2,
      "tank2.water.cold": 26.6,
      "tank2.pressure": 350,
      "ups.battery": 100,
      "ups.temp": 38,
      "supply.setpoint": 45,
      "server.on": true,
      "pump.oil1": false,
      "pump.oil2": true,
      "pump.water1": false,
      "pump.water2": true,
      "tank1.on": false,
      "tank2.on": true,
      "drycooler.1": true,
      "drycooler.2": false,
      // Of the tank that runs.
      "supply.temp": 41,
      "return.temp": 47.7,
    });
  });

  test("alarms are told in the container's own words, or as one where it has none", () => {
    const codes = (running: object) => read({ ...RUNNING, ...running }).faults.map(({ code, level }) => [code, level]);
    assert.deepEqual(codes({ AlarmState: "1", AlarmInfo: ["OilPump1 error", "Unknown_test"] }), [
      ["oilpump1_error", "urgent"],
      ["unknown_test", "severe"],
    ]);
    assert.deepEqual(codes({ AlarmState: "1" }), [["alarm", "severe"]]);
  });

  test("messages that are no container's are told as that", () => {
    assert.throws(() => interpretBitdeer({ RunningInfo: RUNNING }), /no cooling unit/);
  });
});

test("MicroBT: sockets of which some were switched before a refusal are not told as refused", async () => {
  const socketsTaken = async (most: number) => {
    let taken = 0;
    await using gateway = await serveModbus({
      read: (_unit, _address, count) => Array.from({ length: count }, () => 0),
      write: (unit) => (unit === 1 ? null : ++taken > most ? { exception: 4 } : null),
    });
    const target = {
      ...{ host: "127.0.0.1", port: gateway.port, connectTimeoutMs: 500 },
      credentials: { username: "admin", password: "admin" },
    };
    const order = { order: "socket", unit: 2, socket: -1, on: false } as const;
    return await runCoolingOrder(microbt, order, { target, timeoutMs: 3_000, verifyWithinMs: 0 });
  };
  const none = await socketsTaken(0);
  assert.deepEqual([none.outcome, none.code], ["refused", "refused"]);
  const some = await socketsTaken(3);
  assert.equal(some.outcome, "unknown");
  assert.match(some.reason ?? "", /3 of 20 sockets were written, then.*exception 4/);
});

describe("Modbus TCP", () => {
  const line = (port: number, ms = 1_000) => ({
    host: "127.0.0.1",
    port,
    connectTimeoutMs: 500,
    deadline: performance.now() + ms,
  });

  test("one socket serves all units; an exception is told by its name", async () => {
    await using gateway = await serveModbus({
      read: (unit, address, count) =>
        unit === 9 ? { exception: 11 } : Array.from({ length: count }, (_, i) => unit * 1_000 + address + i),
      write: () => ({ exception: 3 }),
    });
    const connection = new ModbusConnection(line(gateway.port));
    assert.deepEqual(await connection.read(1, 5, 3), [1_005, 1_006, 1_007]);
    assert.deepEqual(await connection.read(20, 0, 1), [20_000]);
    await assert.rejects(connection.read(9, 0, 1), /exception 11, no answer from the device behind the gateway/);
    await assert.rejects(connection.write(1, 0, 1), /exception 3, illegal data value/);
    connection.close();
  });

  test("property: an answer may come in any pieces, behind a late one of another request", async () => {
    const frame = Buffer.from([0, 1, 0, 0, 0, 7, 1, 3, 4, 0x12, 0x34, 0xab, 0xcd]);
    const late = Buffer.from([0, 0, 0, 0, 0, 5, 1, 3, 2, 0xff, 0xff]);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 6 }), async (cuts) => {
        const all = Buffer.concat([late, frame]);
        await using server = await listening((socket) => {
          let from = 0;
          for (const cut of [...cuts, all.length]) {
            socket.write(all.subarray(from, Math.min(all.length, from + cut)));
            from = Math.min(all.length, from + cut);
          }
        });
        const connection = new ModbusConnection(line(server.port));
        assert.deepEqual(await connection.read(1, 0, 2), [0x1234, 0xabcd]);
        connection.close();
      }),
      { numRuns: 25 },
    );
  });

  test("what is no Modbus, a short answer, a cut line and silence each end with their reason", async () => {
    const cases: [(socket: import("node:net").Socket) => void, RegExp][] = [
      [(socket) => socket.write("HTTP/1.1 400 Bad Request\r\n\r\n"), /no Modbus/],
      [(socket) => socket.write(Buffer.from([0, 1, 0, 0, 0, 5, 1, 3, 2, 0, 1])), /2 bytes|bytes for 2 words/],
      [(socket) => socket.destroy(), /cut off/],
      [() => {}, /did not answer in time/],
    ];
    for (const [behave, reason] of cases) {
      await using server = await listening(behave);
      const connection = new ModbusConnection(line(server.port, 150));
      await assert.rejects(connection.read(1, 0, 2), reason);
      connection.close();
    }
  });

  async function listening(onRequest: (socket: import("node:net").Socket) => void) {
    const server = createServer((socket) => socket.on("error", () => {}).once("data", () => onRequest(socket)));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    return {
      port: typeof address === "object" && address ? address.port : 0,
      [Symbol.asyncDispose]: async () => {
        await new Promise((resolve) => server.close(resolve));
      },
    };
  }
});
