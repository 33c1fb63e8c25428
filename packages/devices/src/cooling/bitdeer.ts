import type { CoolingField, CoolingOrder, CoolingRecord, Fault } from "@banksman/wire/model";
import { type Fields, isRecord } from "../decode/reply.ts";
import { repairJson } from "../decode/tolerant-json.ts";
import { DeviceErrors } from "../errors.ts";
import { fault, toldFault } from "../faults/fault.ts";
import { at, listOf } from "../read/pick.ts";
import { text } from "../read/text.ts";
import { Broker, type Heard } from "../transports/mqtt.ts";
import { type CoolingFamily, type CoolingTarget, type Lane, type Shows, type Told, trusted } from "./family.ts";
import { onOff, type RawValues, scaled } from "./values.ts";

const PORT = 1883;
/** It publishes every five seconds. */
const PATIENCE_MS = 6_000;
const TOPICS = ["RunningInfo", "MainData", "PDUData", "ParameterData", "TacticsData"] as const;
type Topic = (typeof TOPICS)[number];
/** Messages of one container by topic, without its prefix. */
export type Messages = Partial<Record<Topic, Fields>>;

const NEEDED: Record<Lane, readonly Topic[]> = {
  fast: ["RunningInfo", "MainData"],
  slow: ["RunningInfo", "MainData", "PDUData", "ParameterData"],
};

/**
 * Bitdeer's D40 containers: they publish all they know to a broker every five seconds, each text a figure in a string,
 * under topics that begin with the container's id. Orders are published too; nothing answers them but the next state.
 */
export const bitdeer: CoolingFamily = {
  id: "bitdeer",
  title: "Bitdeer D40 containers",
  port: PORT,
  read: async (target, lane) => interpret(await listen(target, lane)),
  patienceMs: PATIENCE_MS,
  orders: ["start", "stop", "reset", "set_temp", "pump", "fan", "socket"],
  show: (order, target) => {
    const told = messageOf(order);
    return {
      to: `${target.host}:${target.port ?? PORT}, topic ${target.topic ?? "<id>"}${told?.topic ?? "?"}`,
      bytes: JSON.stringify(told?.body ?? null),
    };
  },
  deliver,
  shows,
  showsWithinSeconds: 60,
};

/** Topic and container of a name such as `C024_D40RunningInfo`. */
function placeOf(name: string): { prefix: string; topic: Topic } | null {
  const topic = TOPICS.find((one) => name.endsWith(one));
  return topic ? { prefix: name.slice(0, -topic.length), topic } : null;
}

async function listen(target: CoolingTarget, lane: Lane): Promise<Messages> {
  const broker = await Broker.open({ ...target, port: target.port ?? PORT });
  try {
    const complete = (heard: Heard) => completeIn(heard, target.topic, NEEDED[lane]);
    // A prefix is no level of its own, so that no filter fits it alone.
    const heard = await broker.listen("#", (so) => complete(so) !== null);
    return complete(heard) ?? {};
  } finally {
    broker.close();
  }
}

/** The first container of which all that is needed was heard. */
function completeIn(heard: Heard, wanted: string | undefined, needed: readonly Topic[]): Messages | null {
  const of = new Map<string, Messages>();
  for (const [name, payload] of heard) {
    const place = placeOf(name);
    const body = place && (wanted === undefined || place.prefix === wanted) ? repairJson(payload)?.value : null;
    if (!place || !isRecord(body)) continue;
    const messages: Messages = { ...of.get(place.prefix), [place.topic]: body };
    of.set(place.prefix, messages);
    if (needed.every((topic) => messages[topic])) return messages;
  }
  return null;
}

type Reads = readonly [member: string, field: CoolingField, scale: number];
const POWER: readonly Reads[] = [
  ["TotalPower", "power.total", 1_000],
  ["VoltageA", "volts.a", 1],
  ["VoltageB", "volts.b", 1],
  ["VoltageC", "volts.c", 1],
  ["CurrentA", "amps.a", 1],
  ["CurrentB", "amps.b", 1],
  ["CurrentC", "amps.c", 1],
];
/** Pressures in bar. */
const TEMPERATURE: readonly Reads[] = [
  ["ContainerTemperature", "ambient.temp", 1],
  ["ContainerHumidity", "ambient.humidity", 1],
  ["Tank1OilH", "tank1.oil.hot", 1],
  ["Tank1OilL", "tank1.oil.cold", 1],
  ["Tank2OilH", "tank2.oil.hot", 1],
  ["Tank2OilL", "tank2.oil.cold", 1],
  ["Tank1WaterH", "tank1.water.hot", 1],
  ["Tank1WaterL", "tank1.water.cold", 1],
  ["Tank2WaterH", "tank2.water.hot", 1],
  ["Tank2WaterL", "tank2.water.cold", 1],
  ["Tank1Pressure", "tank1.pressure", 100],
  ["Tank2Pressure", "tank2.pressure", 100],
];
const UPS: readonly Reads[] = [
  ["BatteryStatus", "ups.battery", 1],
  ["Temperature", "ups.temp", 1],
];
const PUMPS = [
  ["OilPump1", "pump.oil1"],
  ["OilPump2", "pump.oil2"],
  ["WaterPump1", "pump.water1"],
  ["WaterPump2", "pump.water2"],
] as const;

/** What the messages say. Throws NOT_COOLING where they are no container's. */
export function interpret({
  RunningInfo: running,
  MainData: main,
  PDUData: pdus,
  ParameterData: parameters,
}: Messages): Told {
  if (!running || !main) throw DeviceErrors.NOT_COOLING("no running state and no main data");
  const values: RawValues = {};
  const take = (fields: Fields | undefined, reads: readonly Reads[]) => {
    for (const [member, field, scale] of reads)
      if (fields && fields[member] != null) values[field] = scaled(fields[member], scale);
  };
  take(at(main, "PowerData"), POWER);
  take(at(main, "TemperatureData"), TEMPERATURE);
  take(at(main, "UPSData"), UPS);
  const set = at(parameters, "RunningParameter");
  take(set, [["CoolOilSettingTemp", "supply.setpoint", 1]]);
  values["server.on"] = onOff(running.RunningState);
  const devices = at(running, "DeviceInfo");
  for (const [member, field] of PUMPS) if (devices && member in devices) values[field] = onOff(devices[member]);
  for (const tank of [1, 2] as const)
    if (set && `Tank${tank}Enable` in set) values[`tank${tank}.on`] = onOff(set[`Tank${tank}Enable`]);
  for (const cooler of listOf(devices?.DryCooler)) {
    const number = Number(cooler.CoolerIndex) + 1;
    if (number === 1 || number === 2) values[`drycooler.${number}`] = onOff(cooler.MainContactor);
  }
  for (const pdu of listOf(pdus?.PDUData)) socketsOf(pdu, values);
  const told = withoutEmptyTanks(values);
  return {
    profile: "d40",
    make: "Bitdeer",
    model: "D40",
    values: { ...told, ...loopOf(told) },
    faults: alarmsOf(running),
  };
}

/** The oil of the first tank that runs stands for the container's supply and return. */
function loopOf(values: RawValues): RawValues {
  const tanks = [1, 2] as const;
  const runs = tanks.find((tank) => values[`tank${tank}.on`] !== false && values[`tank${tank}.oil.cold`] != null);
  if (runs === undefined) return {};
  const [cold, hot] = [values[`tank${runs}.oil.cold`], values[`tank${runs}.oil.hot`]];
  return { ...(cold != null && { "supply.temp": cold }), ...(hot != null && { "return.temp": hot }) };
}

/** Sockets count from 0 in messages, from 1 here. */
function socketsOf(pdu: Fields, values: RawValues): void {
  const unit = Number(pdu.PDUIndex) + 1;
  if (!Number.isInteger(unit) || unit < 1 || unit > 64 || !Array.isArray(pdu.SocketStatus)) return;
  for (const [i, status] of pdu.SocketStatus.slice(0, 64).entries()) values[`socket.${unit}.${i + 1}`] = onOff(status);
}

/** A tank that is off, or has no sensor, tells 0.0: that is no temperature of oil. */
function withoutEmptyTanks(values: RawValues): RawValues {
  const isEmpty = ([name, value]: [string, unknown]) => /^tank\d\.(?:oil|water)/.test(name) && value === 0;
  return Object.fromEntries(Object.entries(values).filter((entry) => !isEmpty(entry)));
}

/** Alarms in the controller's own words; `AlarmState` alone says that there is one. */
function alarmsOf(running: Fields): Fault[] {
  const told = (Array.isArray(running.AlarmInfo) ? running.AlarmInfo : [])
    .map((words) => text(words, 200))
    .filter((words) => words !== null);
  if (told.length > 0) return told.map((words) => toldFault(codeOf(words), levelOf(words), words));
  return onOff(running.AlarmState) === true
    ? [fault("alarm", ["severe", "cooling", "the container raises an alarm", "集装箱报警"])]
    : [];
}

const codeOf = (words: string): string =>
  words
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_|_$/g, "")
    .slice(0, 64) || "alarm";
const levelOf = (words: string) => (/leak|smoke|fire|pump/i.test(words) ? "urgent" : "severe");

type Message = { topic: string; body: Fields };

const EACH = "-1";
/** The container reads the time as text; what it does with it nobody says. */
const stamp = (): string => new Date().toISOString().slice(0, 19).replace("T", " ");
const digit = (on: boolean): string => (on ? "1" : "0");
const index = (number: number): string => (number === -1 ? EACH : String(number - 1));

/** Null for an order that this container has no message for. */
function messageOf(order: CoolingOrder): Message | null {
  switch (order.order) {
    case "start":
    case "stop":
    case "reset": {
      const Operate = { start: "AutoRun", stop: "AutoStop", reset: "AlarmReset" }[order.order];
      return { topic: "RunningOperate", body: { TimeStamp: stamp(), Operate } };
    }
    case "set_temp":
      return {
        topic: "ParameterSet",
        body: { TimeStamp: stamp(), RunningParameter: { CoolOilSettingTemp: order.celsius.toFixed(1) } },
      };
    case "pump": {
      const [, kind, number] = /^(oil|water)([12])$/.exec(order.pump) ?? [];
      if (!kind || !number) return null;
      return {
        topic: "PumpOperate",
        body: { Type: kind === "oil" ? "OilPump" : "WaterPump", Index: number, Operate: digit(order.on) },
      };
    }
    case "fan": {
      const [, cooler, fan] = /^([12])\.(all|\d{1,2})$/.exec(order.fan) ?? [];
      if (!cooler || !fan) return null;
      return {
        topic: "CoolerOperate",
        body: {
          CoolerIndex: String(Number(cooler) - 1),
          FansIndex: fan === "all" ? EACH : String(Number(fan) - 1),
          Operate: digit(order.on),
        },
      };
    }
    case "socket":
      return {
        topic: "PDUOperate",
        body: { PDUIndex: index(order.unit), SocketIndex: index(order.socket), Operate: digit(order.on) },
      };
    default:
      return null;
  }
}

async function deliver(order: CoolingOrder, target: CoolingTarget, onSent: () => void): Promise<string | null> {
  const told = messageOf(order);
  if (!told) return "pumps are oil1, oil2, water1 and water2; fans are 1.all, 2.all, 1.3 and so on";
  if (target.topic === undefined) return "say which container: the prefix of its topics";
  const broker = await Broker.open({ ...target, port: target.port ?? PORT, onSent });
  try {
    await broker.publish(`${target.topic}${told.topic}`, JSON.stringify(told.body));
    return null;
  } finally {
    broker.close();
  }
}

function shows(record: CoolingRecord, order: CoolingOrder): ReturnType<Shows> {
  const is = (name: CoolingField, wanted: boolean) => {
    const on = trusted(record, name);
    return { done: on === wanted, seen: `${name} ${on === true ? "on" : on === false ? "off" : "unknown"}` };
  };
  switch (order.order) {
    case "start":
    case "stop":
      return is("server.on", order.order === "start");
    case "reset":
      return { done: record.faults.length === 0, seen: record.faults.map(({ code }) => code).join(", ") || "no alarm" };
    case "pump": {
      const pump = PUMPS.find(([, field]) => field === `pump.${order.pump}`);
      return pump ? is(pump[1], order.on) : null;
    }
    default:
      // Set temperatures and sockets come in messages that a look after an order does not wait for.
      return null;
  }
}
