import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import { type ModbusTable, serveModbus } from "@banksman/replay";
import fc from "fast-check";
import { readCooling } from "../index.ts";
import { runCoolingOrder } from "../order.ts";
import { coolingFamilyOf } from "./family.ts";
import { blocksOf, valueAt } from "./modbus.ts";
import { CoolingProfile, type ProfileReading } from "./profile.ts";
import { readSwitch, readValue } from "./value.ts";

const ABOUT = { id: "acme-cdu", title: "Acme CDU 500", make: "Acme", model: "CDU 500" };
const HOST = { host: "127.0.0.1", connectTimeoutMs: 1_000 };
const soon = () => performance.now() + 3_000;
const AS_IT_IS: ProfileReading = { scale: 1, offset: 0, sentinels: [], invert: false, trust: "good" };

describe("what is made of what stands there", () => {
  const cases: [what: string, ...Parameters<typeof readValue>, is: number | boolean | null][] = [
    ["a figure as text", "supply.temp", "35.2", AS_IT_IS, 35.2],
    ["tenths", "supply.temp", 352, { ...AS_IT_IS, scale: 0.1 }, 35.2],
    ["degrees Fahrenheit", "supply.temp", 95, { ...AS_IT_IS, unit: "°F" }, 35],
    ["bar", "supply.pressure", 2.5, { ...AS_IT_IS, unit: "bar" }, 250],
    ["tenths of litres a minute", "supply.flow", 20_000, { ...AS_IT_IS, scale: 0.1, unit: "L/min" }, 120],
    ["a share", "ambient.humidity", 0.4, { ...AS_IT_IS, unit: "share" }, 40],
    ["what stands for none", "supply.temp", 32_767, { ...AS_IT_IS, sentinels: [32_767] }, null],
    ["none as a word", "supply.temp", " N/A ", { ...AS_IT_IS, sentinels: ["n/a"] }, null],
    ["outside of a narrower range", "supply.temp", 70, { ...AS_IT_IS, range: [0, 60] }, null],
    ["an offset", "supply.temp", 30, { ...AS_IT_IS, offset: -0.5 }, 29.5],
    ["no figure", "supply.temp", {}, AS_IT_IS, null],
    ["on", "pump.circulating", "ON", AS_IT_IS, true],
    ["on by the profile's own word", "pump.circulating", 2, { ...AS_IT_IS, on: [2, "running"] }, true],
    ["off, since it is another word", "pump.circulating", 3, { ...AS_IT_IS, on: [2, "running"] }, false],
    ["turned round", "pump.circulating", 1, { ...AS_IT_IS, invert: true }, false],
    ["neither on nor off", "pump.circulating", "perhaps", AS_IT_IS, null],
    ["nothing", "pump.circulating", undefined, { ...AS_IT_IS, on: [1] }, null],
  ];
  for (const [what, field, raw, how, is] of cases)
    test(`${what}: ${is}`, () => assert.equal(readValue(field, raw, how), is));

  test("a switch that isn't there is neither, also turned round", () => {
    assert.equal(readSwitch(null, { on: [1], invert: true }), null);
  });
});

describe("a profile", () => {
  const whole = {
    ...ABOUT,
    over: "http-json",
    requests: { state: { path: "/state" } },
    values: { "supply.temp": { from: "state", path: "$.t" } },
  };
  const wrong: [what: string, part: Record<string, unknown>, says: RegExp][] = [
    [
      "a name that no record has",
      { values: { "supply.tmp": { from: "state", path: "$.t" } } },
      /not a name of a cooling/,
    ],
    ["a path that is none", { values: { "supply.temp": { from: "state", path: "t[" } } }, /JSON path/],
    [
      "a source that there isn't",
      { values: { "supply.temp": { from: "stat", path: "$.t" } } },
      /there is no "stat": state/,
    ],
    [
      "a unit of something else",
      { values: { "supply.temp": { from: "state", path: "$.t", unit: "bar" } } },
      /never in bar/,
    ],
    ["a key that means nothing", { value: {} }, /[Uu]nrecognized key/],
    ["no values", { values: {} }, /at least one value/],
  ];
  for (const [what, part, says] of wrong)
    test(`with ${what} is refused and says so`, () => {
      const read = CoolingProfile.safeParse({ ...whole, ...part });
      assert.match(read.error?.issues.map(({ message }) => message).join() ?? "accepted", says);
    });
});

const REGISTER = { unit_id: 1, table: "holding", address: 0, type: "int16", order: "ABCD", lane: "fast" } as const;

describe("registers", () => {
  test("side by side are asked for at once; gaps, units, tables and length part them", () => {
    const places = [
      { ...REGISTER, address: 10 },
      { ...REGISTER, address: 11, type: "float32" as const },
      { ...REGISTER, address: 13 },
      { ...REGISTER, address: 15 },
      { ...REGISTER, address: 14, table: "input" as const },
      { ...REGISTER, address: 16, unit_id: 2 },
    ];
    assert.deepEqual(
      blocksOf(places).map(({ unit_id, table, address, count }) => [unit_id, table, address, count]),
      [
        [1, "holding", 10, 4],
        [1, "holding", 15, 1],
        [1, "input", 14, 1],
        [2, "holding", 16, 1],
      ],
    );
    assert.deepEqual(
      blocksOf(Array.from({ length: 150 }, (_, address) => ({ ...REGISTER, address }))).map(({ count }) => count),
      [100, 50],
    );
  });

  test("property: each place is in a block whole, and no block asks for what no place has", () => {
    const place = fc.record({
      unit_id: fc.integer({ min: 1, max: 2 }),
      address: fc.integer({ min: 0, max: 300 }),
      type: fc.constantFrom("int16" as const, "int32" as const),
    });
    fc.assert(
      fc.property(fc.array(place, { maxLength: 60 }), (drawn) => {
        const places = drawn.map((one) => ({ ...REGISTER, ...one }));
        const asked = new Map<string, number>();
        for (const { unit_id, address, count } of blocksOf(places))
          for (let i = 0; i < count; i++) asked.set(`${unit_id}:${address + i}`, 1);
        const wanted = new Set(
          places.flatMap(({ unit_id, address, type }) =>
            [0, type === "int32" ? 1 : 0].map((more) => `${unit_id}:${address + more}`),
          ),
        );
        assert.deepEqual(new Set(asked.keys()), wanted);
      }),
    );
  });

  test("property: two words are the number that was put into them, in each order", () => {
    const SWAPS = { ABCD: [0, 1, 2, 3], CDAB: [2, 3, 0, 1], BADC: [1, 0, 3, 2], DCBA: [3, 2, 1, 0] } as const;
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), (number) => {
        const bytes = Buffer.alloc(4);
        bytes.writeInt32BE(number);
        for (const order of ["ABCD", "CDAB", "BADC", "DCBA"] as const) {
          const swapped = Buffer.from(SWAPS[order].map((at) => bytes[at] ?? 0));
          const words = new Map([
            ["1:holding:0", swapped.readUInt16BE(0)],
            ["1:holding:1", swapped.readUInt16BE(2)],
          ]);
          assert.equal(valueAt({ ...REGISTER, type: "int32", order }, words), number);
        }
      }),
    );
  });
});

describe("over Modbus", () => {
  const words: Record<string, number> = { "holding:0": 352, "holding:1": 0x42f6, "holding:2": 0xe979, "input:7": 4 };
  const bits: Record<string, number> = { "coil:20": 1, "discrete:3": 0, "discrete:4": 1 };
  const written: [table: ModbusTable, unit: number, address: number, words: number[]][] = [];
  let server: Awaited<ReturnType<typeof serveModbus>>;
  before(async () => {
    server = await serveModbus({
      read: (unit, address, count, table) => {
        const read = Array.from(
          { length: count },
          (_, i) => (table === "coil" || table === "discrete" ? bits : words)[`${table}:${address + i}`],
        );
        return unit === 1 && read.every((word) => word !== undefined) ? read.map(Number) : { exception: 2 };
      },
      write: (unit, address, values, table) => {
        written.push([table, unit, address, values]);
        if (table === "coil") bits[`coil:${address}`] = values[0] ?? 0;
        else words[`holding:${address}`] = values[0] ?? 0;
        return address === 9 ? { exception: 3 } : null;
      },
    });
  });
  after(() => server[Symbol.asyncDispose]());

  const family = coolingFamilyOf(
    CoolingProfile.parse({
      ...ABOUT,
      over: "modbus",
      claims: [{ table: "input", address: 7, bit: 2, is: 1 }],
      values: {
        "supply.temp": { address: 0, scale: 0.1 },
        "supply.flow": { address: 1, type: "float32", trust: "uncertain" },
        "return.temp": { address: 50, scale: 0.1 },
        "pump.circulating": { table: "coil", address: 20 },
      },
      faults: [
        { table: "discrete", address: 3, code: "leak", level: "urgent", en: "leak", zh: "漏液" },
        { table: "discrete", address: 4, code: "filter", level: "warning", en: "filter clogged", zh: "过滤器堵塞" },
      ],
      orders: {
        start: { write: { table: "coil", address: 20 }, shows: { value: "pump.circulating", is: true } },
        stop: {
          write: { table: "coil", address: 20 },
          on_off: [0, 1],
          shows: { value: "pump.circulating", is: false },
        },
        set_temp: { write: { address: 0, scale: 0.1 }, shows: { value: "supply.temp", is: "asked" } },
        reset: { write: { address: 9 } },
      },
    }),
  );
  const target = () => ({ ...HOST, port: server.port });

  test("figures, switches and faults stand in the record; a register that isn't there is bad", async () => {
    const record = await readCooling(family, { ...target(), deadline: soon() }, "fast");
    const shown = Object.entries(record.values).map(([name, { value, quality }]) => [name, value, quality]);
    assert.deepEqual(shown, [
      ["supply.temp", 35.2, "good"],
      ["supply.flow", 123.456, "uncertain"],
      ["return.temp", null, "bad"],
      ["pump.circulating", true, "good"],
    ]);
    assert.deepEqual(
      record.faults.map(({ code, level }) => [code, level]),
      [["filter", "warning"]],
    );
    assert.deepEqual([record.driver, record.make, record.model], ["acme-cdu", "Acme", "CDU 500"]);
  });

  test("orders are written once and read back, and a refusal is told", async () => {
    const give = (order: Parameters<typeof runCoolingOrder>[1]) =>
      runCoolingOrder(family, order, { target: target(), timeoutMs: 2_000, pollMs: 10 });
    const stop = await give({ order: "stop" });
    const set = await give({ order: "set_temp", celsius: 33.3 });
    const reset = await give({ order: "reset" });
    const socket = await give({ order: "socket", unit: 1, socket: 1, on: true });
    assert.deepEqual(
      [stop, set, reset, socket].map(({ outcome, verified }) => [outcome, verified]),
      [
        ["accepted", "yes"],
        ["accepted", "yes"],
        ["refused", "not_checked"],
        ["refused", "not_checked"],
      ],
    );
    assert.deepEqual(written, [
      ["coil", 1, 20, [0]],
      ["holding", 1, 0, [333]],
      ["holding", 1, 9, [1]],
    ]);
    const shown = await runCoolingOrder(
      family,
      { order: "start" },
      { target: target(), timeoutMs: 2_000, dryRun: true },
    );
    assert.match(shown.messages?.[0]?.bytes ?? "", /^unit 1: coil 20 = 1$/);
    assert.equal(written.length, 3);
  });

  test("a controller that claims nothing of it is none", async () => {
    words["input:7"] = 0;
    await assert.rejects(readCooling(family, { ...target(), deadline: soon() }, "fast"), {
      code: "DEVICE_NOT_COOLING",
    });
  });
});

describe("over HTTP", () => {
  let server: Server;
  const asked: string[] = [];
  let body: unknown = { ok: true, loop: { supply: [{ t: "35.5" }], pump: "running" }, plc: 1 };
  before(async () => {
    server = createServer(async (request, response) => {
      let sent = "";
      for await (const chunk of request) sent += String(chunk);
      asked.push(`${request.method} ${request.url} ${sent}`.trim());
      if (request.url === "/moved") response.writeHead(302, { Location: "/state" }).end();
      else if (request.url === "/state") response.end(JSON.stringify(body));
      else if (request.url?.startsWith("/set")) response.end('{"result":"done"}');
      else response.writeHead(404).end("<html>");
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
  });
  after(() => server.close());
  const target = () => ({ ...HOST, port: (server.address() as AddressInfo).port });
  const profile = (more: Record<string, unknown> = {}) =>
    coolingFamilyOf(
      CoolingProfile.parse({
        ...ABOUT,
        over: "http-json",
        requests: { state: { path: "/state" }, more: { path: "/more", lane: "slow" } },
        connected: { from: "state", path: "$.plc" },
        values: {
          "supply.temp": { from: "state", path: "$.loop.supply[0].t" },
          "pump.circulating": { from: "state", path: "$.loop.pump", on: ["running"] },
          "ambient.temp": { from: "more", path: "$.air" },
        },
        orders: {
          set_temp: {
            write: { path: "/set?by=hand", body: '{"temp":{value}}', accepted: { path: "$.result", on: ["done"] } },
          },
          start: { write: { method: "GET", path: "/moved" } },
        },
        ...more,
      }),
    );

  test("members by their paths; what the slow lane asks is absent in the fast one, and bad when it is not answered", async () => {
    const fast = await readCooling(profile(), { ...target(), deadline: soon() }, "fast");
    assert.deepEqual(
      Object.entries(fast.values).map(([name, { value }]) => [name, value]),
      [
        ["supply.temp", 35.5],
        ["pump.circulating", true],
      ],
    );
    const slow = await readCooling(profile(), { ...target(), deadline: soon() }, "slow");
    assert.equal(slow.values["ambient.temp"]?.quality, "bad");
  });

  test("a controller that lost its plant tells stale values, and another machine's answer is none", async () => {
    body = { loop: { supply: [{ t: 35 }] }, plc: 0 };
    const lost = await readCooling(profile(), { ...target(), deadline: soon() }, "fast");
    assert.deepEqual([lost.connected, lost.values["supply.temp"]?.quality], [false, "stale"]);
    body = { STATUS: [{ Msg: "a miner" }] };
    const read = readCooling(profile(), { ...target(), deadline: soon() }, "fast");
    await assert.rejects(read, { code: "DEVICE_NOT_COOLING" });
  });

  test("an order leaves once with its value, and no redirect is followed", async () => {
    asked.length = 0;
    const give = (order: Parameters<typeof runCoolingOrder>[1]) =>
      runCoolingOrder(profile(), order, { target: target(), timeoutMs: 2_000, verifyWithinMs: 0 });
    assert.equal((await give({ order: "set_temp", celsius: 34 })).outcome, "accepted");
    const moved = await give({ order: "start" });
    assert.deepEqual([moved.outcome, moved.reason], ["refused", "HTTP 302"]);
    assert.deepEqual(
      asked.filter((line) => !line.startsWith("GET /state")),
      ['POST /set?by=hand {"temp":34}', "GET /moved"],
    );
  });
});
