import { setTimeout as sleep } from "node:timers/promises";
import { type HttpAnswer, type HttpCall, type ModbusUnit, serveHttp, serveModbus } from "@banksman/replay";
import { createNoise } from "../noise.ts";
import { loopbackAddress, loopbackNumber } from "../roster.ts";
import { antboxAnswer, type Manner, type Plc, type Shape } from "./antbox.ts";
import { startContainerBroker } from "./broker.ts";
import { microbtUnits } from "./microbt.ts";
import { HYDRO_BOX, IMMERSION_BOX, OIL_BOX, Plant, type PlantFault } from "./plant.ts";

/** What a simulated controller does instead of answering as it should. */
export const COOLING_FAULTS = [
  "dead",
  "refuse",
  "slow",
  "html",
  "nan",
  "strings",
  "numbers",
  "bare",
  "disconnect",
  /** Every second request is turned away: `ok: false`, or a Modbus exception. */
  "exception",
  /** Every second request, or connection to a broker, is cut off. */
  "reconnect",
] as const;
export type CoolingFault = (typeof COOLING_FAULTS)[number];

/** Whose controllers there are; each speaks its own protocol. */
export const COOLING_MAKERS = ["antbox", "microbt", "bitdeer"] as const;
export type CoolingMaker = (typeof COOLING_MAKERS)[number];

export type CoolingSimOptions = {
  count: number;
  /** They take turns; all of Bitmain's without it. */
  makers?: readonly CoolingMaker[];
  /** Address of the first controller, in 127.0.0.0/8. */
  from: string;
  port: number;
  /** Of the gateways of MicroBT's. */
  modbusPort?: number;
  /** Of the one broker that Bitdeer's publish to, at the first controller's address. */
  mqttPort?: number;
  /** How often those publish. */
  publishMs?: number;
  seed: number;
  /** Parts of all controllers; the others answer plainly. */
  faults?: readonly { kind: CoolingFault; share: number }[];
  /** Ms until an answer: a PLC takes 300 to 1,500. */
  latency?: { fromMs: number; toMs: number };
  /** Miners that each container tells of. */
  miners?: number;
  now?: () => number;
  plantFaults?: ReadonlyMap<number, PlantFault>;
};

/** One simulated controller, and what it has counted. */
export type SimController = {
  /** Its place among all, from 0. */
  index: number;
  host: string;
  maker: CoolingMaker;
  /** What a container's topics begin with. */
  topic: string;
  shape: Shape;
  fault: CoolingFault | null;
  plant: Plant;
  /** Writes that arrived, by operation. */
  writes: Map<string, number>;
  /** Most requests that were there at once, and how many came while another was there: a PLC takes one. */
  peak: number;
  overlaps: number;
  /** Writes that came again within half a minute: a write is never repeated. */
  doubled: number;
  requests: number;
};

export type CoolingSim = { controllers: readonly SimController[]; close: () => Promise<void> } & AsyncDisposable;

/** A gateway answers a request out of its memory. */
const MODBUS_MS = { fromMs: 20, toMs: 20 };
/** A controller answers when its PLC does. */
const PLC_MS = { fromMs: 300, toMs: 1_500 };
const SLOW_MS = 8_000;
const MODBUS_PORT = 8502;
const MQTT_PORT = 8183;
const PUBLISH_MS = 5_000;
/** Nobody orders the same again so soon, but a client that repeats what it doesn't know the end of. */
const DOUBLED_MS = 30_000;
const DEVICE_BUSY = 6;
/** Every fifth box is one of oil. */
const IMMERSION_EVERY = 5;

/** Starts controllers on real sockets, each at an address of its own. */
export async function startCooling(options: CoolingSimOptions): Promise<CoolingSim> {
  const first = loopbackNumber(options.from);
  const controllers: SimController[] = [];
  const servings: AsyncDisposable[] = [];
  const close = async () => {
    await Promise.all(servings.splice(0).map((serving) => serving[Symbol.asyncDispose]()));
  };
  try {
    for (let index = 0; index < options.count; index++) {
      const controller = controllerOf(index, loopbackAddress(first + index), options);
      controllers.push(controller);
      if (controller.fault === "refuse") continue;
      if (controller.maker === "antbox") {
        servings.push(
          await serveHttp(answering(controller, index, options), { host: controller.host, port: options.port }),
        );
      } else if (controller.maker === "microbt") {
        const place = { host: controller.host, port: options.modbusPort ?? MODBUS_PORT };
        servings.push(await serveModbus(unitsOf(controller, options), place));
      }
    }
    const publishing = controllers.filter(({ maker }) => maker === "bitdeer");
    if (publishing.length > 0) {
      const { mqttPort: port = MQTT_PORT, publishMs = PUBLISH_MS } = options;
      const containers = publishing.map((one) => ({
        prefix: one.topic,
        silent: () => one.fault === "dead",
        cuts: () => one.fault === "reconnect",
        plc: plcOf(one, options),
      }));
      servings.push(await startContainerBroker(containers, { host: options.from, port, publishMs }));
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { controllers, close, [Symbol.asyncDispose]: close };
}

function controllerOf(index: number, host: string, options: CoolingSimOptions): SimController {
  const { seed, now = Date.now, plantFaults, makers = ["antbox"] } = options;
  const shape = index % IMMERSION_EVERY === IMMERSION_EVERY - 1 ? "immersion" : "hydro";
  const maker = makers[index % makers.length] ?? "antbox";
  const build = maker === "bitdeer" ? OIL_BOX : maker === "antbox" && shape === "immersion" ? IMMERSION_BOX : HYDRO_BOX;
  return {
    host,
    maker,
    index,
    topic: `C${String(index + 1).padStart(3, "0")}_D40`,
    shape,
    fault: faultOf(index, options),
    plant: new Plant(build, createNoise(seed, index), now(), plantFaults?.get(index)),
    writes: new Map(),
    peak: 0,
    overlaps: 0,
    doubled: 0,
    requests: 0,
  };
}

/** The first controllers of a shuffle have the first fault, the next the second. */
function faultOf(index: number, { count, seed, faults = [] }: CoolingSimOptions): CoolingFault | null {
  const rank = createNoise(seed, index).fixed("fault");
  const place = Array.from({ length: count }, (_, i) => createNoise(seed, i).fixed("fault")).filter(
    (r) => r < rank,
  ).length;
  let from = 0;
  for (const { kind, share } of faults) {
    const until = from + Math.round(share * count);
    if (place >= from && place < until) return kind;
    from = until;
  }
  return null;
}

function plcOf(controller: SimController, { now = Date.now, miners = 189 }: CoolingSimOptions): Plc {
  let last = { what: "", at: 0 };
  return {
    state: () => controller.plant.state(now()),
    order: (name, change, what = JSON.stringify(change)) => {
      if (last.what === `${name} ${what}` && performance.now() - last.at < DOUBLED_MS) controller.doubled++;
      last = { what: `${name} ${what}`, at: performance.now() };
      controller.writes.set(name, (controller.writes.get(name) ?? 0) + 1);
      controller.plant.state(now());
      controller.plant.settings = { ...controller.plant.settings, ...change };
    },
    miners,
    minersFrom: controller.index * miners,
  };
}

/** Counts a request, and the others that are there with it, until it is over. */
async function counted<T>(controller: SimController, waiting: { now: number }, answer: () => Promise<T>): Promise<T> {
  controller.requests++;
  if (waiting.now > 0) controller.overlaps++;
  controller.peak = Math.max(controller.peak, ++waiting.now);
  try {
    return await answer();
  } finally {
    waiting.now--;
  }
}

const isSecond = ({ requests }: SimController): boolean => requests % 2 === 0;

/** A gateway with the pace of its controller: dead ones are silent. */
function unitsOf(controller: SimController, options: CoolingSimOptions): ModbusUnit {
  const { latency = MODBUS_MS } = options;
  const waiting = { now: 0 };
  const units = microbtUnits(plcOf(controller, options));
  return {
    ...units,
    read: (...asked) =>
      controller.fault === "exception" && isSecond(controller) ? { exception: DEVICE_BUSY } : units.read(...asked),
    pace: () => {
      const taken = counted(controller, waiting, () => sleep(controller.fault === "slow" ? SLOW_MS : latency.fromMs));
      if (controller.fault === "dead") return "silent";
      return controller.fault === "reconnect" && isSecond(controller) ? "cut" : taken;
    },
  };
}

function answering(controller: SimController, index: number, options: CoolingSimOptions) {
  const { latency = PLC_MS } = options;
  const plc = plcOf(controller, options);
  const waiting = { now: 0 };
  const noise = createNoise(options.seed, index);
  return (call: HttpCall): Promise<HttpAnswer> =>
    counted(controller, waiting, async () => {
      const { fault, requests } = controller;
      if (fault === "dead") return { fault: "hang" };
      if (fault === "reconnect" && isSecond(controller)) return { fault: "refuse" };
      const part = noise.step("latency", requests, 1);
      const ms = fault === "slow" ? SLOW_MS : latency.fromMs + part * (latency.toMs - latency.fromMs);
      // It works on, also for a client that has gone: that is what makes a second request one too many.
      if (ms > 0) await sleep(ms);
      return antboxAnswer(call, plc, controller.shape, mannerOf(controller));
    });
}

function mannerOf(controller: SimController): Manner {
  const { fault } = controller;
  switch (fault) {
    case null:
    case "dead":
    case "refuse":
    case "slow":
    case "reconnect":
      return "plain";
    case "exception":
      return isSecond(controller) ? "exception" : "plain";
    default:
      return fault;
  }
}
