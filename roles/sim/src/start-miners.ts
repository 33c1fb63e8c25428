import {
  type FakeDevice,
  type HttpAnswer,
  type HttpCall,
  serveCgminer,
  serveHttp,
  serveMany,
  serveV3,
} from "@banksman/replay";
import { Control, type Timing } from "./control.ts";
import { createDevice, frozenAnswers, type Joins, momentOf } from "./device.ts";
import { listenError } from "./errors.ts";
import { orderFault } from "./fault-plan.ts";
import { isMaker, MAKERS, type MakerName } from "./makers/index.ts";
import { antminerWeb } from "./orders/antminer-web.ts";
import { whatsminerV3 } from "./orders/whatsminer-v3.ts";
import { type RosterOptions, rosterOf, type SimMiner } from "./roster.ts";

export type SimOptions = RosterOptions & {
  joins?: Joins;
  /** Milliseconds from request to answer, drawn evenly from this span. */
  latency?: { fromMs: number; toMs: number };
  /** One wildcard socket for all miners instead of one each: for tens of thousands. */
  oneListener?: boolean;
  /** Answers rendered once for each model, so that a measurement is of the reader. */
  frozen?: boolean;
  /** Port of the web servers of those that have one; without it none is started. */
  webPort?: number;
  /** Port of those that speak API 3 (4433). */
  v3Port?: number;
  /** How long restarts take and how hard shares are; as on a real machine by default. */
  timing?: Timing;
  now?: () => number;
};

export type Sim = AsyncDisposable & {
  miners: readonly SimMiner[];
  /** What was ordered of each, and what came of it, in the order of `miners`. */
  controls: readonly Control[];
  /** Connections taken since the start. */
  readonly connections: number;
  close: () => Promise<void>;
};

const LISTENING_AT_ONCE = 200;

/**
 * Starts the simulated miners on their addresses. A miner with the fault `refuse` has no listener at all, so that the
 * kernel refuses as it does for a dead one. Rejects with SIM_ADDRESS_* when an address is taken, forbidden or not this
 * machine's; nothing stays open then.
 */
export async function startMiners(options: SimOptions): Promise<Sim> {
  const miners = rosterOf(options);
  const controls = controlsOf(miners, options);
  const devices = devicesOf(miners, controls, options);
  const servings: Listening[] = [];
  const close = async () => {
    await Promise.all(servings.map((serving) => serving.close()));
  };
  try {
    if (options.oneListener) {
      const byAddress = new Map(miners.map((miner, index) => [miner.host, devices[index]]));
      const serving = serveMany({ port: options.port, deviceAt: (address) => byAddress.get(address) });
      servings.push(
        await serving.catch((error: unknown) => {
          throw listenError(error, `port ${options.port} on every address`);
        }),
      );
    } else {
      await listenOnEach(miners, (miner, index) => doorsOf(miner, devices[index], controls[index], options), servings);
    }
  } catch (error) {
    await close();
    throw error;
  }
  return {
    miners,
    controls,
    get connections() {
      return servings.reduce((sum, serving) => sum + serving.connections, 0);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

type Listening = { connections: number; close: () => Promise<void> };
/** One port that a miner listens on. */
type Door = { at: string; open: () => Promise<Listening> };

async function listenOnEach(
  miners: readonly SimMiner[],
  doors: (miner: SimMiner, index: number) => Door[],
  servings: Listening[],
): Promise<void> {
  const all = miners.flatMap((miner, index) => (miner.fault === "refuse" ? [] : doors(miner, index)));
  for (let from = 0; from < all.length; from += LISTENING_AT_ONCE) {
    const started = await Promise.allSettled(
      all.slice(from, from + LISTENING_AT_ONCE).map(({ at, open }) =>
        open().catch((error: unknown) => {
          throw listenError(error, at);
        }),
      ),
    );
    for (const result of started) if (result.status === "fulfilled") servings.push(result.value);
    const failed = started.find((result) => result.status === "rejected");
    if (failed) throw failed.reason;
  }
}

const V3_PORT = 4433;

/** The ports of one miner: the API it speaks, and the web server where it has one. */
function doorsOf(
  miner: SimMiner,
  device: FakeDevice | undefined,
  control: Control | undefined,
  { webPort, v3Port = V3_PORT, now = Date.now }: SimOptions,
): Door[] {
  if (!device || !control) return [];
  const { host, port, model } = miner;
  if (model.family === "whatsminer-v3") {
    const answer = whatsminerV3(miner, control, now);
    return [{ at: `${host}:${v3Port}`, open: () => serveV3({ ...device, answer, host, port: v3Port }) }];
  }
  if (isMaker(model.family)) return makerDoors(miner, model.family, device, control, { webPort, now });
  const api = { at: `${host}:${port}`, open: () => serveCgminer({ ...device, host, port }) };
  if (model.family !== "antminer" || webPort === undefined) return [api];
  return [api, { at: `${host}:${webPort}`, open: () => webOf(miner, control, host, webPort) }];
}

/** Its API where it has one, and its web server: beside it, or in its place. */
function makerDoors(
  miner: SimMiner,
  family: MakerName,
  device: FakeDevice,
  control: Control,
  { webPort, now }: { webPort: number | undefined; now: () => number },
): Door[] {
  const { host, port } = miner;
  const { api, web, webOnApiPort } = MAKERS[family](control);
  const doors: Door[] = [];
  if (api) doors.push({ at: `${host}:${port}`, open: () => serveCgminer({ ...device, host, port }) });
  const place = webOnApiPort ? port : webPort;
  if (web && place !== undefined) {
    const answer = (call: HttpCall): HttpAnswer =>
      control.isAway ? { fault: "refuse" } : web(call, momentOf(miner, control, now()));
    doors.push({ at: `${host}:${place}`, open: () => webServing(answer, host, place) });
  }
  return doors;
}

function webOf(miner: SimMiner, control: Control, host: string, port: number): Promise<Listening> {
  const web = antminerWeb(control);
  return webServing((call) => web(call, miner), host, port);
}

async function webServing(answer: (call: HttpCall) => HttpAnswer, host: string, port: number): Promise<Listening> {
  const web = await serveHttp(answer, { host, port });
  return {
    get connections() {
      return web.calls.length;
    },
    close: async () => await web[Symbol.asyncDispose](),
  };
}

function controlsOf(miners: readonly SimMiner[], { now = Date.now, timing }: SimOptions): Control[] {
  return miners.map(
    (miner) => new Control(miner.fate, { now, fault: orderFault(miner.fault), ...(timing && { timing }) }),
  );
}

function devicesOf(miners: readonly SimMiner[], controls: readonly Control[], options: SimOptions): FakeDevice[] {
  const { latency, joins = "real", now = Date.now } = options;
  const drawn = latency && (() => latency.fromMs + Math.random() * (latency.toMs - latency.fromMs));
  const freeze = options.frozen ? frozenAnswers() : null;
  return miners.map((miner, index) => {
    const control = controls[index] ?? new Control(miner.fate, { now });
    const device = createDevice(miner, { now, joins, control, ...(drawn && { latencyMs: drawn }) });
    return freeze ? { ...device, answer: freeze(miner, device.answer) } : device;
  });
}
