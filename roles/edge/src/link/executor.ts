import type { LeftOrder, Machine, OrderOptions, OrderReport } from "@banksman/devices";
import { type Clock, type Log, messageOf } from "@banksman/kit";
import type { EdgeFrame, ServerFrame } from "@banksman/wire/link";
import { type EdgeOrder, isEdgeOrder, type MinerOrder, type OrderEnd, OrderResult } from "@banksman/wire/model";
import { unitId } from "../cooling/units.ts";
import { holdDevice } from "../orders/device-lock.ts";
import { MinerUsage } from "../orders/errors.ts";
import type { ReadTarget } from "../reader.ts";
import type { Entry, Ledger, MinerEntry, UnitEntry } from "./ledger.ts";

/** As many orders at once: a device that is read back for ten minutes costs a question now and then. */
const AT_ONCE = 200;
const PLACE_WAIT_MS = 3_000;
/** How long one that may have left waits to be read back: for the first sweep, and for another process's order to end. */
const SETTLE_WAIT_MS = 600_000;

type Parts = {
  ledger: Ledger;
  /** Where a miner is; null when this edge doesn't know it. */
  targetOf: (minerId: string) => ReadTarget | null;
  /** Which machine a miner is, where that is known: DHCP may have given its address to another. */
  machineOf: (minerId: string) => Machine | null;
  give: (target: ReadTarget, order: MinerOrder, how: OrderOptions) => Promise<OrderReport>;
  settle: (target: ReadTarget, order: MinerOrder, how: OrderOptions, left: LeftOrder) => Promise<OrderReport>;
  edgeOrder: (order: EdgeOrder) => Promise<string>;
  /** Carries out or settles an order to a cooling unit; null where this edge reads none. */
  toUnit: ((entry: UnitEntry) => Promise<OrderResult>) | null;
  options: OrderOptions;
  /** Where devices are held, shared with `banksman miner --direct` on this machine. */
  folder: string;
  tell: (frame: EdgeFrame) => void;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
};

export const nothing = (code: OrderEnd | null, reason: string | null): OrderResult => ({
  outcome: "unreachable",
  verified: "not_checked",
  code,
  reason,
  seen: null,
  driver: null,
  model: null,
  took_ms: 0,
});

export const late = () => nothing("expired", "its time was over before it could begin");

/**
 * Carries out what the server sends, each command once: its id is on disk before anything is done, and its stage before the
 * first byte leaves. One that an earlier process left in the middle is settled by reading the device back.
 */
export function createExecutor(parts: Parts) {
  const { ledger, tell, clock, log, signal } = parts;
  const lanes = new Map<string, Promise<void>>();
  /** Left by an earlier process, and only read back now. */
  const settling = new Set<string>();
  let running = 0;
  const waiting: (() => void)[] = [];

  const slot = async (): Promise<void> => {
    if (running >= AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
    running += 1;
  };
  const release = () => {
    running -= 1;
    waiting.shift()?.();
  };

  /** Where its miner is; with `identity: mac` only the first sweep after a restart may tell. */
  const placeOf = async ({ minerId, stage }: MinerEntry, until: number): Promise<ReadTarget | null> => {
    for (;;) {
      const target = minerId === null ? null : parts.targetOf(minerId);
      if (target || stage === "received" || clock.now() >= until) return target;
      await clock.sleep(PLACE_WAIT_MS, signal);
    }
  };

  const carryOut = async (entry: MinerEntry, order: MinerOrder, target: ReadTarget): Promise<OrderResult> => {
    const { commandId, before, leftAt } = entry;
    const expected = entry.minerId === null ? null : parts.machineOf(entry.minerId);
    const options: OrderOptions = { ...parts.options, signal, ...(expected && { expected }) };
    if (entry.stage !== "received") {
      settling.add(commandId);
      tell({ type: "progress", command_id: commandId, stage: "verifying" });
      // It may have left before anything was noted of the device, which then can't be compared with.
      if (before === null || leftAt === null)
        return { ...nothing("settled", "nothing is known of it"), outcome: "unknown" };
      return parts.settle(target, order, options, { before, leftAtMs: leftAt, taken: entry.stage === "taken" });
    }
    if (clock.now() > entry.expiresAt) return late();
    return parts.give(target, order, {
      ...options,
      onLeaving: (kept) => {
        if (clock.now() > entry.expiresAt) throw new Error("its time was over before it could leave");
        ledger.leaving(commandId, kept, clock.now());
        tell({ type: "progress", command_id: commandId, stage: "executing" });
      },
      onTaken: () => {
        ledger.taken(commandId);
        tell({ type: "progress", command_id: commandId, stage: "verifying" });
      },
    });
  };

  const toMiner = async (entry: MinerEntry, order: MinerOrder): Promise<OrderResult> => {
    const mayHaveLeft = entry.stage !== "received";
    const until = mayHaveLeft ? clock.now() + SETTLE_WAIT_MS : entry.expiresAt;
    const notAsked = (code: OrderEnd, reason: string): OrderResult => ({
      ...nothing(code, reason),
      outcome: mayHaveLeft ? "unknown" : "unreachable",
    });
    const target = await placeOf(entry, until);
    if (!target) return notAsked("no_such_miner", `this edge knows no miner ${entry.minerId}`);
    if (!mayHaveLeft && clock.now() > entry.expiresAt) return late();
    const device = `${target.host}:${target.port}`;
    using held = await holdDevice(parts.folder, device, { until, clock, signal });
    if (held === null) return notAsked("device_busy", MinerUsage.DEVICE_BUSY(device).message);
    return await carryOut(entry, order, target);
  };

  const toEdge = async (entry: MinerEntry, order: EdgeOrder): Promise<OrderResult> => {
    if (entry.stage === "received" && clock.now() > entry.expiresAt) return late();
    // Carried out twice it does no more than once, so that one cut off by a crash is simply done again.
    const seen = await parts.edgeOrder(order);
    return { ...nothing(null, null), outcome: "accepted", verified: "yes", seen };
  };

  const carriedOut = (entry: Entry): Promise<OrderResult> => {
    if (entry.unit !== null) {
      const { toUnit } = parts;
      return toUnit ? toUnit(entry) : Promise.resolve(nothing("not_leased", "this edge reads no cooling units"));
    }
    const { order } = entry;
    return isEdgeOrder(order) ? toEdge(entry, order) : toMiner(entry, order);
  };

  const run = async (entry: Entry): Promise<void> => {
    await slot();
    try {
      if (signal.aborted) return;
      const { commandId } = entry;
      const report = await carriedOut(entry);
      // A stop cuts the reading back short: the next process goes on with it.
      if (signal.aborted && report.verified !== "yes") return;
      end(commandId, OrderResult.parse(report));
    } catch (error) {
      if (signal.aborted) return;
      log.error({ err: error, command_id: entry.commandId }, `a command could not be carried out: ${messageOf(error)}`);
      const stage = ledger.find(entry.commandId)?.stage;
      const outcome = stage === "received" ? "unreachable" : "unknown";
      end(entry.commandId, { ...nothing("edge_failed", messageOf(error).slice(0, 1_000)), outcome });
    } finally {
      release();
    }
  };
  const end = (commandId: string, result: OrderResult) => {
    ledger.end(commandId, result, clock.now());
    settling.delete(commandId);
    tell({ type: "result", command_id: commandId, result });
  };

  /** In the order in which they came for one device; devices side by side. */
  const enqueue = (entry: Entry) => {
    const lane = entry.unit === null ? (entry.minerId ?? "") : `unit ${unitId(entry.unit)}`;
    const after = (lanes.get(lane) ?? Promise.resolve()).then(() => run(entry));
    const kept = after.finally(() => {
      if (lanes.get(lane) === kept) lanes.delete(lane);
    });
    lanes.set(lane, kept);
  };

  /** How far one is, told again: what the server has missed. */
  const tellAgain = ({ commandId, stage, result }: Entry) => {
    if (result) tell({ type: "result", command_id: commandId, result });
    else if (stage !== "received") {
      const isRead = stage === "taken" || settling.has(commandId);
      tell({ type: "progress", command_id: commandId, stage: isRead ? "verifying" : "executing" });
    }
  };

  /** Carries out a command that is new here; tells again how far one is that isn't. */
  const begin = (commandId: string, isNew: boolean) => {
    const entry = ledger.find(commandId);
    if (entry) (isNew ? enqueue : tellAgain)(entry);
  };

  return {
    /** Takes up what an earlier process left. */
    resume: (): void => {
      for (const entry of ledger.open()) if (entry.stage !== "ended") enqueue(entry);
    },
    /** The link is up: tells what the server doesn't have yet. */
    linked: (): void => {
      for (const entry of ledger.open()) tellAgain(entry);
    },
    take: (frame: ServerFrame): void => {
      switch (frame.type) {
        case "command": {
          const { command_id, miner_id, order, expires_in_ms } = frame;
          begin(command_id, ledger.add(command_id, miner_id, order, clock.now() + expires_in_ms));
          return;
        }
        case "cooling_command": {
          const { command_id, unit, order, expires_in_ms } = frame;
          begin(command_id, ledger.addForUnit(command_id, unit, order, clock.now() + expires_in_ms));
          return;
        }
        case "settle": {
          const known = ledger.find(frame.command_id);
          if (known) {
            tellAgain(known);
            return;
          }
          const result = nothing("expired", "it never reached the edge: nothing was ordered");
          ledger.neverArrived(frame.command_id, result, clock.now());
          tell({ type: "result", command_id: frame.command_id, result });
          return;
        }
        case "taken":
          ledger.told(frame.command_id);
          return;
        case "welcome":
        case "problem":
        case "cooling_leases":
          return;
      }
    },
    drained: async (): Promise<void> => {
      await Promise.all(lanes.values());
    },
  };
}
export type Executor = ReturnType<typeof createExecutor>;
