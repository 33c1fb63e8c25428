import { createHash } from "node:crypto";
import { messageOf } from "@banksman/kit";
import type { CoolingField, CoolingOrder, CoolingRecord, Fault } from "@banksman/wire/model";
import { DeviceErrors } from "../errors.ts";
import { type FaultRow, fault } from "../faults/fault.ts";
import { ModbusConnection, signed } from "../transports/modbus.ts";
import { type CoolingFamily, type CoolingTarget, type Lane, type Shows, type Told, trusted } from "./family.ts";
import { type Block, type Register, type Unit, VARIANTS, type Variant } from "./microbt-registers.ts";
import type { RawValues } from "./values.ts";

const PORT = 502;
const CDU = 1;
const FIRST_PDU = 9;
const PDUS = 12;
const SOCKETS = 20;
/** What sockets and the main switch are written with. */
const SOCKET = { on: 1, off: 2 } as const;
const MAIN_SWITCH = 601;
/** Sockets are read upwards from one word and written downwards from another. */
const FIRST_SOCKET = 46;
const socketSwitch = (socket: number): number => 309 - socket;
const RANDOM = { address: 301, words: 4 } as const;
const LOGIN = 305;

/** Words by unit and address. Words count from 1 in every list of them; on the wire from 0. */
export type Words = ReadonlyMap<string, number>;
const keyOf = (unit: number, address: number): string => `${unit}:${address}`;

/**
 * Containers that MicroBT has made by Wonderint and Kehua: a gateway on Modbus TCP with the cooling distribution unit, its
 * sensors, meters and power distribution units behind it, each a unit of its own. Which of the two makers answers shows in
 * the humidity: Kehua writes hundredths where Wonderint writes tenths.
 */
export const microbt: CoolingFamily = {
  id: "microbt",
  title: "MicroBT containers by Wonderint and Kehua",
  port: PORT,
  read: async (target, lane) => interpret(await ask(target, lane)),
  orders: ["start", "stop", "socket"],
  show: (order, { host, port = PORT }) => ({
    to: `${host}:${port}`,
    bytes: `login of unit ${CDU}, then ${writesOf(order)
      .map(({ unit, address, word }) => `unit ${unit}: word ${address} = ${word}`)
      .join("; ")}`,
  }),
  deliver,
  shows,
  showsWithinSeconds: 120,
};

async function ask(target: CoolingTarget, lane: Lane): Promise<Words> {
  const connection = new ModbusConnection({ ...target, port: target.port ?? PORT });
  const words = new Map<string, number>();
  try {
    for (const { unit, address, count, lane: of, optional } of blocks()) {
      if (of === "slow" && lane === "fast") continue;
      const read = await connection.read(unit, address - 1, count).catch((error: unknown) => {
        // Boxes have fewer meters and distribution units than the protocol has room for.
        if (optional && String(error).includes("Modbus exception")) return [];
        throw error;
      });
      for (const [i, word] of read.entries()) words.set(keyOf(unit, address + i), word);
    }
    return words;
  } finally {
    connection.close();
  }
}

/** What is read; the distribution units' sockets and the meters of the slow lane only. */
function blocks(): Block[] {
  const own = VARIANTS.wonderint.blocks;
  const sockets = Array.from(
    { length: PDUS },
    (_, i): Block => ({ unit: FIRST_PDU + i, address: FIRST_SOCKET, count: SOCKETS, lane: "slow", optional: true }),
  );
  return [...own, ...sockets];
}

/** What the words say. Throws NOT_COOLING for a gateway that is another machine's. */
export function interpret(words: Words): Told {
  const protocol = words.get(keyOf(CDU, 1));
  if (protocol === undefined || protocol === 0 || protocol > 1_000)
    throw DeviceErrors.NOT_COOLING("unit 1 tells no protocol version");
  const variant = variantOf(words);
  const values: RawValues = {};
  for (const register of VARIANTS[variant].registers) read(register, words, values);
  for (let pdu = 0; pdu < PDUS; pdu++) {
    for (let socket = 1; socket <= SOCKETS; socket++) {
      const word = words.get(keyOf(FIRST_PDU + pdu, FIRST_SOCKET + socket - 1));
      if (word !== undefined)
        values[`socket.${pdu + 1}.${socket}`] = word === SOCKET.on ? true : word === SOCKET.off ? false : null;
    }
  }
  const total = sumOf(words);
  if (total !== null) values["power.total"] = total;
  return {
    profile: variant,
    make: "MicroBT",
    model: variant === "kehua" ? "container by Kehua" : "container by Wonderint",
    firmware: `protocol ${protocol / 10}`,
    values,
    distrusted: distrustedBy(words),
    faults: faultsOf(words),
  };
}

/** Tenths or hundredths: nobody's air has 3,000 or 0.3 per cent of humidity. */
function variantOf(words: Words): Variant {
  const humidity = words.get(keyOf(2, 4));
  return humidity !== undefined && humidity > 1_000 ? "kehua" : "wonderint";
}

function read({ unit, address, field, scale, unsigned, on }: Register, words: Words, values: RawValues): void {
  const word = words.get(keyOf(unit, address));
  if (word === undefined) return;
  values[field] =
    scale === undefined ? word === (on ?? 1) : Math.round((unsigned ? word : signed(word)) * scale * 1e6) / 1e6;
}

const METERS: readonly Unit[] = [4, 5, 6, 7];
/** Kilowatts in hundredths, of each meter. */
function sumOf(words: Words): number | null {
  const told = METERS.map((unit) => words.get(keyOf(unit, 57))).filter((word) => word !== undefined);
  return told.length === 0 ? null : told.reduce((sum, word) => sum + word * 10, 0);
}

/** The words from 96 on, one a fault. */
const WORD_FAULTS: readonly (readonly [address: number, code: string, row: FaultRow])[] = [
  [96, "outdoor_temp_sensor", ["warning", "sensor", "sensor of the outdoor temperature", "室外温度传感器故障"]],
  [97, "indoor_sensor", ["warning", "sensor", "sensor of indoor temperature and humidity", "室内温湿度传感器故障"]],
  [98, "makeup_pump", ["severe", "cooling", "makeup water pump", "补水泵故障"]],
  [99, "power_supply", ["urgent", "input", "power supply of the unit", "电源故障"]],
  [100, "water_immersion", ["urgent", "cooling", "water where none should be", "水浸报警"]],
];

/** The bits from word 291 on, the highest of the first byte first. */
const BIT_FAULTS: readonly (readonly [code: string, row: FaultRow])[] = [
  ["pump_inlet_pressure_low", ["severe", "cooling", "inlet pressure of the circulating pump low", "循环泵入口压力低"]],
  [
    "pump_outlet_pressure_low",
    ["severe", "cooling", "outlet pressure of the circulating pump low", "循环泵出口压力低"],
  ],
  [
    "pump_outlet_pressure_high",
    ["severe", "cooling", "outlet pressure of the circulating pump high", "循环泵出口压力高"],
  ],
  ["circulating_pump", ["urgent", "cooling", "circulating pump", "循环泵故障"]],
  ["pump_inverter", ["urgent", "cooling", "inverter of the circulating pump", "循环泵变频器故障"]],
  ["filter_clogged", ["warning", "cooling", "pressure across the filter high", "过滤器压差大"]],
  ["pressure_difference_small", ["severe", "cooling", "pressure between inlet and outlet small", "进出口压差小"]],
  ["pressure_difference_large", ["severe", "cooling", "pressure between inlet and outlet large", "进出口压差大"]],
  ["inlet_temp_high", ["severe", "cooling", "coolant comes in too hot", "机组进水温度高"]],
  ["outlet_temp_high", ["urgent", "cooling", "coolant goes out too hot", "机组出水温度高"]],
  [
    "near_dew_point",
    ["urgent", "cooling", "coolant near the dew point: water will condense", "供液温度接近露点，有凝露风险"],
  ],
  [
    "pump_inlet_pressure_sensor",
    ["warning", "sensor", "sensor of the pump's inlet pressure", "循环泵入口压力传感器故障"],
  ],
  [
    "pump_outlet_pressure_sensor",
    ["warning", "sensor", "sensor of the pump's outlet pressure", "循环泵出口压力传感器故障"],
  ],
  ["inlet_temp_sensor", ["warning", "sensor", "sensor of the inlet temperature", "机组进水温度传感器故障"]],
  ["outlet_temp_sensor", ["warning", "sensor", "sensor of the outlet temperature", "机组出水温度传感器故障"]],
  ["inlet_pressure_sensor", ["warning", "sensor", "sensor of the inlet pressure", "机组进水压力传感器故障"]],
  ["outlet_pressure_sensor", ["warning", "sensor", "sensor of the outlet pressure", "机组出水压力传感器故障"]],
  ["filter_front_sensor", ["warning", "sensor", "sensor before the filter", "过滤器前压力传感器故障"]],
  ["filter_rear_sensor", ["warning", "sensor", "sensor behind the filter", "过滤器后压力传感器故障"]],
  ["bypass_valve", ["severe", "cooling", "bypass valve", "旁通阀故障"]],
  ["fan", ["severe", "fan", "fan", "风机故障"]],
  [
    "chilled_supply_temp_sensor",
    ["warning", "sensor", "sensor of the chilled water's temperature", "冷冻水供水温度传感器故障"],
  ],
  [
    "chilled_supply_temp_sensor2",
    ["warning", "sensor", "second sensor of the chilled water's temperature", "冷冻水供水温度传感器2故障"],
  ],
  [
    "chilled_supply_pressure_sensor",
    ["warning", "sensor", "sensor of the chilled water's pressure", "冷冻水供水压力传感器故障"],
  ],
  [
    "pump_inlet_pressure_high",
    ["severe", "cooling", "inlet pressure of the circulating pump high", "循环泵入口压力高"],
  ],
];

function faultsOf(words: Words): Fault[] {
  const told = WORD_FAULTS.filter(([address]) => words.get(keyOf(CDU, address)) === 1).map(([, code, row]) =>
    fault(code, row),
  );
  return [...told, ...BIT_FAULTS.filter((_, bit) => isSet(words, bit)).map(([code, row]) => fault(code, row))];
}

/** Bits count from the highest of the first byte. */
function isSet(words: Words, bit: number): boolean {
  const word = words.get(keyOf(CDU, 291 + Math.floor(bit / 16))) ?? 0;
  return ((word >> (15 - (bit % 16))) & 1) === 1;
}

const SENSOR_OF: readonly (readonly [bit: number, field: CoolingField])[] = [
  [11, "pump.inlet.pressure"],
  [12, "pump.outlet.pressure"],
  [13, "return.temp"],
  [14, "supply.temp"],
  [15, "return.pressure"],
  [16, "supply.pressure"],
];

function distrustedBy(words: Words): ReadonlySet<CoolingField> {
  // Where the outlet's temperature is, is not settled: microbt-registers.ts.
  const fields: CoolingField[] = [
    "supply.temp",
    ...SENSOR_OF.filter(([bit]) => isSet(words, bit)).map(([, field]) => field),
  ];
  if (words.get(keyOf(CDU, 96)) === 1) fields.push("outside.temp");
  if (words.get(keyOf(CDU, 97)) === 1) fields.push("ambient.temp", "ambient.humidity");
  return new Set(fields);
}

type Write = { unit: number; address: number; word: number };

/** -1 means all sockets of a distribution unit. */
function writesOf(order: CoolingOrder): Write[] {
  switch (order.order) {
    case "start":
    case "stop":
      return [{ unit: CDU, address: MAIN_SWITCH, word: order.order === "start" ? 1 : 0 }];
    case "socket": {
      const sockets = order.socket === -1 ? Array.from({ length: SOCKETS }, (_, i) => i + 1) : [order.socket];
      const word = order.on ? SOCKET.on : SOCKET.off;
      return sockets.map((socket) => ({ unit: FIRST_PDU + order.unit - 1, address: socketSwitch(socket), word }));
    }
    default:
      return [];
  }
}

/** Signs in with the unit's random words, then writes. Each write leaves once. */
async function deliver(order: CoolingOrder, target: CoolingTarget, onSent: () => void): Promise<string | null> {
  const { credentials } = target;
  if (
    order.order === "socket" &&
    !(order.unit >= 1 && order.unit <= PDUS && order.socket <= SOCKETS && order.socket !== 0)
  )
    return `there are distribution units 1 to ${PDUS} with sockets 1 to ${SOCKETS}`;
  if (!credentials) return "the unit wants a name and password";
  // Only what follows the login may have reached what is ordered.
  let signedIn = false;
  let done = 0;
  const writes = writesOf(order);
  const connection = new ModbusConnection({ ...target, port: target.port ?? PORT, onSent: () => signedIn && onSent() });
  try {
    const random = Buffer.alloc(2 * RANDOM.words);
    for (const [i, word] of (await connection.read(CDU, RANDOM.address - 1, RANDOM.words)).entries())
      random.writeUInt16BE(word, 2 * i);
    await connection.writeMany(CDU, LOGIN - 1, loginWords(random, credentials.username, credentials.password));
    signedIn = true;
    for (const { unit, address, word } of writes) {
      await connection.write(unit, address - 1, word);
      done++;
    }
    return null;
  } catch (error) {
    if (!String(error).includes("Modbus exception")) throw error;
    const said = messageOf(error);
    // Some of the sockets did switch: that is no refusal.
    if (done > 0) throw DeviceErrors.BAD_ANSWER(`${done} of ${writes.length} sockets were written, then: ${said}`);
    return signedIn ? said : `not signed in, is the password right? ${said}`;
  } finally {
    connection.close();
  }
}

const md5 = (text: string): Buffer => createHash("md5").update(text).digest();

/** SHA-256 over the unit's random words and the MD5 of name and password, in sixteen words. */
export const loginWords = (random: Buffer, username: string, password: string): Buffer =>
  createHash("sha256")
    .update(Buffer.concat([random, md5(username), md5(password)]))
    .digest();

function shows(record: CoolingRecord, order: CoolingOrder): ReturnType<Shows> {
  if (order.order === "start" || order.order === "stop") {
    const on = trusted(record, "server.on");
    return {
      done: on === (order.order === "start"),
      seen: `main switch ${on === true ? "on" : on === false ? "off" : "unknown"}`,
    };
  }
  // Sockets are of the slow lane, which a look after an order does not wait for.
  return null;
}
