import { type FakeDevice, serveCgminer, serveMany } from "@banksman/replay";
import { createDevice, frozenAnswers, type Joins } from "./device.ts";
import { listenError } from "./errors.ts";
import { type RosterOptions, rosterOf, type SimMiner } from "./roster.ts";

export type SimOptions = RosterOptions & {
  joins?: Joins;
  /** Milliseconds from request to answer, drawn evenly from this span. */
  latency?: { fromMs: number; toMs: number };
  /** One wildcard socket for all miners instead of one each: for tens of thousands. */
  oneListener?: boolean;
  /** Answers rendered once for each model, so that a measurement is of the reader. */
  frozen?: boolean;
  now?: () => number;
};

export type Sim = AsyncDisposable & {
  miners: readonly SimMiner[];
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
  const devices = devicesOf(miners, options);
  const servings: { connections: number; close: () => Promise<void> }[] = [];
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
      await listenOnEach(miners, devices, servings);
    }
  } catch (error) {
    await close();
    throw error;
  }
  return {
    miners,
    get connections() {
      return servings.reduce((sum, serving) => sum + serving.connections, 0);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function listenOnEach(
  miners: readonly SimMiner[],
  devices: readonly FakeDevice[],
  servings: { connections: number; close: () => Promise<void> }[],
): Promise<void> {
  const open = miners.flatMap((miner, index) => {
    const device = devices[index];
    return device && miner.fault !== "refuse" ? [{ miner, device }] : [];
  });
  for (let at = 0; at < open.length; at += LISTENING_AT_ONCE) {
    const group = open.slice(at, at + LISTENING_AT_ONCE);
    const started = await Promise.allSettled(
      group.map(({ miner: { host, port }, device }) =>
        serveCgminer({ ...device, host, port }).catch((error: unknown) => {
          throw listenError(error, `${host}:${port}`);
        }),
      ),
    );
    for (const result of started) if (result.status === "fulfilled") servings.push(result.value);
    const failed = started.find((result) => result.status === "rejected");
    if (failed) throw failed.reason;
  }
}

function devicesOf(miners: readonly SimMiner[], options: SimOptions): FakeDevice[] {
  const { latency, joins = "real", now = Date.now } = options;
  const drawn = latency && (() => latency.fromMs + Math.random() * (latency.toMs - latency.fromMs));
  const freeze = options.frozen ? frozenAnswers() : null;
  return miners.map((miner) => {
    const device = createDevice(miner, { now, joins, ...(drawn && { latencyMs: drawn }) });
    return freeze ? { ...device, answer: freeze(miner, device.answer) } : device;
  });
}
