import { COOLING_SWITCHES, type CoolingField, FaultLevel, isCoolingFigure } from "@banksman/wire/model";
import { JSONPathEnvironment, type JSONValue } from "json-p3";
import { z } from "zod";
import { fitsFigure, UNITS } from "./units.ts";

/*
 * A profile says in data how a controller is read that no driver is written for: which register or which member of which
 * answer is which figure. docs/cooling.md explains it with an example.
 */

const paths = new JSONPathEnvironment();
const text = (max: number) => z.string().min(1).max(max);
const Id = text(64).regex(/^[a-z][a-z0-9-]*$/, "lower-case letters, digits and dashes");

const JsonPath = text(200).refine((path) => {
  try {
    return Boolean(paths.compile(path));
  } catch {
    return false;
  }
}, "a JSON path (RFC 9535) such as $.loop.supply[0]");

const switches: ReadonlySet<string> = new Set(COOLING_SWITCHES);
const isField = (name: string): name is CoolingField =>
  isCoolingFigure(name) || switches.has(name) || /^socket\.\d{1,3}\.\d{1,3}$/.test(name);
const NO_FIELD = "not a name of a cooling value: COOLING_FIGURES, COOLING_SWITCHES or socket.<unit>.<number>";
const FieldName = text(64).refine(isField, NO_FIELD);

const Raw = z.union([z.number(), z.string().max(100), z.boolean()]);
const Address = z.int().min(0).max(65_535);

/** A value of a JSON answer. `from` names one of `requests` or `messages`. */
const JSON_PLACE = { from: text(64), path: JsonPath };

/** A register. Addresses count from 0, as on the wire. */
const REGISTER = {
  unit_id: z.int().min(0).max(255).default(1),
  table: z.enum(["holding", "input", "coil", "discrete"]).default("holding"),
  address: Address,
  type: z.enum(["uint16", "int16", "uint32", "int32", "float32"]).default("int16"),
  /** Bytes of what is two words long, the most significant one A. */
  order: z.enum(["ABCD", "CDAB", "BADC", "DCBA"]).default("ABCD"),
  /** One bit of a word, from 0 for the lowest: the value is on or off. */
  bit: z.int().min(0).max(15).optional(),
  lane: z.enum(["fast", "slow"]).default("fast"),
};

/** What means "on" of a switch, where it is not 1, true or "on"; `invert` turns it round. */
const SWITCH = { on: z.array(Raw).min(1).max(20).optional(), invert: z.boolean().default(false) };

/** What is made of what stands there. */
const READING = {
  ...SWITCH,
  /** The unit it is written in; without one, that of the figure. */
  unit: z.enum(UNITS).optional(),
  /** Comes before `unit`: a register of tenths has 0.1. */
  scale: z.number().default(1),
  offset: z.number().default(0),
  /** What stands for "none". */
  sentinels: z.array(Raw).max(20).default([]),
  /** Narrower than what any sensor may say: outside of this, in the figure's own unit, the value is bad. */
  range: z.tuple([z.number(), z.number()]).optional(),
  /** `uncertain` for a value whose place is a guess. */
  trust: z.enum(["good", "uncertain"]).default("good"),
};

/** What shows on the plant that an order was carried out. */
const Shows = z.strictObject({
  value: FieldName,
  /** `asked`: what the order said, a temperature to a tenth of a degree. */
  is: z.union([z.boolean(), z.literal("asked")]),
});

const ofLane = { lane: z.enum(["fast", "slow"]).default("fast") };

/** `{value}` in a path, body or payload is the temperature asked for, or what `on_off` says. */
const HttpWrite = z.strictObject({
  method: z.enum(["GET", "POST", "PUT"]).default("POST"),
  path: text(500).startsWith("/"),
  body: text(4_000).optional(),
  /** Where the controller says that it took the order; without it any 2xx does. */
  accepted: z.strictObject({ path: JsonPath, on: SWITCH.on }).optional(),
});
const MqttWrite = z.strictObject({ topic: text(500), payload: text(4_000) });
const ModbusWrite = z.strictObject({
  unit_id: REGISTER.unit_id,
  table: z.enum(["holding", "coil"]).default("holding"),
  address: Address,
  /** A temperature is divided by this and rounded: a register of tenths has 0.1. */
  scale: z.number().positive().default(1),
});

/** What all profiles have, over whatever their controllers are asked. */
function shapeOf<Place extends z.ZodRawShape, Write extends z.ZodType>(place: Place, write: Write, port: number) {
  const order = z.strictObject({
    write,
    shows: Shows.optional(),
    /** What is written for on and off; start, stop and reset write the first. */
    on_off: z.tuple([Raw, Raw]).default([1, 0]),
  });
  const named = z.record(text(32), order);
  return {
    id: Id,
    title: text(200),
    make: text(64),
    model: text(128).optional(),
    port: z.int().min(1).max(65_535).default(port),
    /** What only such a controller says; one that says something else is not taken for it. */
    claims: z
      .array(z.strictObject({ ...place, is: Raw.optional() }))
      .max(10)
      .default([]),
    /** Off: the controller answers, and has lost what measures. */
    connected: z.strictObject({ ...place, ...SWITCH }).optional(),
    values: z.record(text(64), z.strictObject({ ...place, ...READING })),
    faults: z
      .array(
        z.strictObject({
          ...place,
          ...SWITCH,
          code: text(64).regex(/^[a-z][a-z0-9_]*$/, "lower-case letters, digits and underscores"),
          level: FaultLevel,
          en: text(300),
          zh: text(300),
        }),
      )
      .max(200)
      .default([]),
    orders: z
      .strictObject({
        start: order.optional(),
        stop: order.optional(),
        reset: order.optional(),
        set_temp: order.optional(),
        pid: order.optional(),
        auto: order.optional(),
        pump: named.optional(),
        fan: named.optional(),
        valve: named.optional(),
      })
      .prefault({}),
    shows_within_s: z.int().min(1).max(600).default(90),
  };
}

const HttpProfile = z.strictObject({
  over: z.literal("http-json"),
  /** What is asked, one after the other. */
  requests: z.record(
    text(64),
    z.strictObject({ path: text(500).startsWith("/"), headers: z.record(text(64), text(500)).optional(), ...ofLane }),
  ),
  ...shapeOf(JSON_PLACE, HttpWrite, 80),
});
const MqttProfile = z.strictObject({
  over: z.literal("mqtt"),
  /** What is waited for. `{topic}` in a topic is the unit's own prefix. */
  messages: z.record(text(64), z.strictObject({ topic: text(500), ...ofLane })),
  ...shapeOf(JSON_PLACE, MqttWrite, 1883),
});
const ModbusProfile = z.strictObject({ over: z.literal("modbus"), ...shapeOf(REGISTER, ModbusWrite, 502) });

export const CoolingProfile = z
  .discriminatedUnion("over", [HttpProfile, MqttProfile, ModbusProfile], "http-json, mqtt or modbus")
  .check(({ value: profile, issues }) => {
    const complain = (path: PropertyKey[], message: string) =>
      issues.push({ code: "custom", input: profile, path, message });
    const values = Object.entries(profile.values);
    if (values.length === 0) complain(["values"], "at least one value");
    for (const [name] of values) if (!isField(name)) complain(["values", name], NO_FIELD);
    for (const [name, { unit }] of values)
      if (unit !== undefined && !fitsFigure(unit, name))
        complain(["values", name, "unit"], `${name} is never in ${unit}`);
    if (profile.over === "modbus") return;
    const sources = Object.keys(profile.over === "mqtt" ? profile.messages : profile.requests);
    const places: [PropertyKey[], { from: string }][] = [
      ...Object.entries(profile.values).map(([name, one]): [PropertyKey[], { from: string }] => [
        ["values", name],
        one,
      ]),
      ...profile.faults.map((one, i): [PropertyKey[], { from: string }] => [["faults", i], one]),
      ...profile.claims.map((one, i): [PropertyKey[], { from: string }] => [["claims", i], one]),
      ...(profile.connected ? [[["connected"], profile.connected] as [PropertyKey[], { from: string }]] : []),
    ];
    for (const [path, { from }] of places)
      if (!sources.includes(from)) complain([...path, "from"], `there is no "${from}": ${sources.join(", ")}`);
  });
export type CoolingProfile = z.infer<typeof CoolingProfile>;
export type HttpProfile = z.infer<typeof HttpProfile>;
export type MqttProfile = z.infer<typeof MqttProfile>;
export type ModbusProfile = z.infer<typeof ModbusProfile>;
export type JsonPlace = { from: string; path: string };
export type Register = Pick<ModbusProfile["values"][string], keyof typeof REGISTER>;
export type ProfileReading = z.infer<z.ZodObject<typeof READING>>;
export type ProfileSwitch = Pick<ProfileReading, "on" | "invert">;

/** What a path finds in what was parsed as JSON: the first node, undefined for none. */
export const atPath = (body: unknown, path: string): unknown => paths.query(path, body as JSONValue).values()[0];
