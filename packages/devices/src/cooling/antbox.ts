import type { ContainedMiner, CoolingOrder, CoolingRecord } from "@banksman/wire/model";
import { type Fields, isRecord } from "../decode/reply.ts";
import { webReply } from "../decode/web-reply.ts";
import { DeviceErrors } from "../errors.ts";
import { nameplateOf } from "../models/nameplate.ts";
import { amount, count } from "../read/number.ts";
import { text } from "../read/text.ts";
import { HttpConnection } from "../transports/http.ts";
import { antboxFaults, antboxValues, distrustedBy, profileOf } from "./antbox-map.ts";
import { type CoolingFamily, type CoolingTarget, type Shows, type Told, trusted } from "./family.ts";
import { onOff, scaled } from "./values.ts";

const PORT = 80;
const STATE = "/cooler?operation=coolerState";
const SENSORS = "/cooler?operation=sensorData";
const MINERS = "/cooler?operation=minerInfo";

/** Answers by the path they were asked under. */
type Answers = Partial<Record<typeof STATE | typeof SENSORS | typeof MINERS, Fields>>;

/**
 * Bitmain's ANTSPACE HK3 and immersion boxes ("AntBox"): JSON over plain HTTP without a login, GET even for what writes.
 * The controller asks its PLC for every call: two at once time each other out, so that calls go one after the other.
 */
export const antbox: CoolingFamily = {
  id: "antbox",
  title: "Bitmain ANTSPACE HK3 and immersion boxes",
  port: PORT,
  read: async (target, lane) => interpret(await ask(target, lane === "fast" ? [STATE] : [STATE, SENSORS, MINERS])),
  orders: ["start", "stop", "reset", "set_temp", "pid"],
  show: (order, { host, port = PORT }) => ({
    to: `${host}:${port}`,
    bytes: `GET ${pathOf(order)} HTTP/1.1\r\nAccept: application/json\r\nConnection: close\r\nHost: ${host}:${port}\r\n\r\n`,
  }),
  deliver,
  shows,
  // Pumps run up over a minute, and the PLC tells late.
  showsWithinSeconds: 90,
};

/** Asks one after the other; the first must answer, the others may not be there. */
async function ask(target: CoolingTarget, paths: readonly (keyof Answers)[]): Promise<Answers> {
  const connection = new HttpConnection({ ...target, port: target.port ?? PORT });
  const answers: Answers = {};
  try {
    for (const path of paths) {
      const told = paramsOf(await connection.send({ method: "GET", path, headers: { Accept: "application/json" } }));
      if (told === null && path === STATE) throw DeviceErrors.NOT_COOLING("no state");
      if (told !== null) answers[path] = told;
    }
    return answers;
  } finally {
    connection.close();
  }
}

/**
 * The members of an answer, wherever a firmware has put them: under `params`, `data` or `result`, or at the top. Null for
 * an error and for a page of HTML.
 */
export function paramsOf(reply: Parameters<typeof webReply>[0]): Fields | null {
  const { ok, body } = webReply(reply);
  if (!ok || onOff(body.ok) === false || typeof body.value === "string") return null;
  if (text(body.status)?.toLowerCase() === "error") return null;
  const inner = [body.params, body.data, body.result].find(isRecord);
  const found = inner && isRecord(inner.params) ? inner.params : (inner ?? body);
  return Object.keys(found).length > 0 ? found : null;
}

/** What the answers say, all members of state and sensors taken as one. Throws NOT_COOLING for another machine's. */
export function interpret(answers: Answers): Told {
  const state = answers[STATE] ?? {};
  const params = { ...answers[SENSORS], ...state };
  const profile = profileOf(params);
  if (profile === null) throw DeviceErrors.NOT_COOLING("an answer without one member of an AntBox");
  return {
    profile,
    make: "Bitmain",
    model: profile === "hydro" ? "ANTSPACE HK3" : "ANTBOX immersion",
    connected: onOff(params.disconnect) !== true,
    values: antboxValues(profile, params),
    distrusted: distrustedBy(params),
    faults: antboxFaults(params),
    miners: minersOf(answers[MINERS]),
  };
}

function minersOf(info: Fields | undefined): CoolingRecord["miners"] {
  if (!info) return null;
  const listed = info.miner_info;
  // With no miner at all, the map of them is written as an empty list; some firmwares list records with their address.
  const rows: [string, Fields][] = Array.isArray(listed)
    ? listed.filter(isRecord).map((row) => [text(row.ip ?? row.ip_address) ?? "", row])
    : Object.entries(isRecord(listed) ? listed : {}).filter((entry): entry is [string, Fields] => isRecord(entry[1]));
  const list = rows.filter(([address]) => address !== "").map(([address, row]) => minerOf(address, row));
  return { count: count(info.miner_num) ?? list.length, list };
}

/** Far below what any sensor reads stands for "none": -273, -100000 and beyond. */
const degrees = (raw: unknown): number | null => {
  const value = scaled(raw);
  return value !== null && value > -60 && value < 200 ? value : null;
};

/** Boxes are filled with Antminers; whatever else has no sheet here. */
function expectedOf(model: string | null): { expected_hashrate_ghs?: number } {
  const ths = nameplateOf("Antminer", model)?.hashrateThs;
  return ths == null ? {} : { expected_hashrate_ghs: ths * 1_000 };
}

const minerOf = (address: string, row: Fields): ContainedMiner => ({
  ip_address: address,
  model: text(row.miner_type),
  firmware: text(row.miner_version),
  uptime_seconds: amount(row.elapsed),
  hashrate_5s_ghs: amount(row.GHS_5s),
  hashrate_ghs: amount(row.GHS_avg),
  ...expectedOf(text(row.miner_type)),
  temperature_board: degrees(row.pcb_max_temp),
  temperature_chip: degrees(row.chip_max_temp),
});

function pathOf(order: CoolingOrder): string {
  switch (order.order) {
    case "start":
      return "/cooler?operation=open";
    case "stop":
      return "/cooler?operation=close";
    case "reset":
      return "/cooler?operation=reset";
    case "set_temp":
      return `/cooler?operation=setTemp&temp=${order.celsius}`;
    default:
      return "/cooler?operation=setTemp&temp=pid";
  }
}

/** A write is a GET: it goes out once, on a connection of its own, and no redirect is followed. */
async function deliver(order: CoolingOrder, target: CoolingTarget, onSent: () => void): Promise<string | null> {
  const connection = new HttpConnection({ ...target, port: target.port ?? PORT, onSent });
  try {
    const headers = { Accept: "application/json", Connection: "close", "Cache-Control": "no-store" };
    const reply = webReply(await connection.send({ method: "GET", path: pathOf(order), headers }));
    if (!reply.ok) return reply.message ?? `HTTP ${reply.code}`;
    if (onOff(reply.body.ok) === true) return null;
    return text(reply.body.error ?? reply.body.msg) ?? "the controller did not say ok";
  } finally {
    connection.close();
  }
}

/** A set temperature is kept to a tenth. */
const TENTH = 0.051;

function shows(record: CoolingRecord, order: CoolingOrder): ReturnType<Shows> {
  const told = (name: Parameters<typeof trusted>[1]) => trusted(record, name);
  switch (order.order) {
    case "start":
    case "stop": {
      const runs = told("pump.circulating");
      return { done: runs === (order.order === "start"), seen: `circulating pump ${word(runs)}` };
    }
    case "reset":
      return {
        done: record.faults.length === 0,
        seen: record.faults.map(({ code }) => code).join(", ") || "no faults",
      };
    case "set_temp": {
      const setpoint = told("supply.setpoint");
      const byHand = told("supply.pid") !== true;
      const isSet = typeof setpoint === "number" && Math.abs(setpoint - order.celsius) < TENTH;
      return { done: isSet && byHand, seen: `set to ${setpoint ?? "nothing"} °C, ${byHand ? "by hand" : "by PID"}` };
    }
    case "pid":
      return { done: told("supply.pid") === true, seen: `PID ${word(told("supply.pid"))}` };
    default:
      return null;
  }
}

const word = (on: unknown): string => (on === true ? "on" : on === false ? "off" : "unknown");
