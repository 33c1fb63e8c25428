import {
  type CoolingFamily,
  type CoolingOrderOptions,
  identifyCooling,
  runCoolingOrder,
  settleCoolingOrder,
} from "@banksman/devices";
import { type Clock, CodedError, messageOf } from "@banksman/kit";
import type { EdgeFrame } from "@banksman/wire/link";
import { type CoolingUnitKey, type OrderEnd, OrderResult } from "@banksman/wire/model";
import { late, nothing } from "../link/executor.ts";
import type { Ledger, UnitEntry } from "../link/ledger.ts";
import { holdDevice } from "../orders/device-lock.ts";
import { MinerUsage } from "../orders/errors.ts";
import { targetOf } from "./look.ts";
import type { Held } from "./round.ts";
import type { Turns } from "./turns.ts";
import { type CoolingUnit, deviceOf, unitId } from "./units.ts";

/** One call to a controller: an order with a login is three. */
const CALL_MS = 10_000;
/** After a restart leases come anew, and with them the unit that an order has left for. */
const SETTLE_WAIT_MS = 60_000;
const UNIT_WAIT_MS = 500;

type Parts = {
  ledger: Ledger;
  tell: (frame: EdgeFrame) => void;
  unitOf: (key: CoolingUnitKey) => Held | null;
  familyOf: (unit: CoolingUnit) => CoolingFamily | null;
  families: readonly CoolingFamily[];
  turns: Turns;
  /** Where devices are held, shared with `banksman cooling order --direct` on this machine. */
  folder: string;
  clock: Clock;
  signal: AbortSignal;
  /** Instead of the driver's own time, and between two looks. */
  pace?: Pick<CoolingOrderOptions, "verifyWithinMs" | "pollMs">;
};

/**
 * Carries out orders to cooling units: each at most once, its stage on disk before its first byte leaves, read back while
 * rounds go on. One that an earlier process left in the middle is settled by reading the plant.
 */
export function createUnitOrders(parts: Parts): (entry: UnitEntry) => Promise<OrderResult> {
  const { clock, signal, folder } = parts;

  return async (entry) => {
    const mayHaveLeft = entry.stage !== "received";
    const until = mayHaveLeft ? clock.now() + SETTLE_WAIT_MS : entry.expiresAt;
    const notAsked = (code: OrderEnd, reason: string): OrderResult => ({
      ...nothing(code, reason),
      outcome: mayHaveLeft ? "unknown" : "unreachable",
    });
    const held = await unitIn(entry, parts, mayHaveLeft ? until : clock.now());
    if (!held) return notAsked("not_leased", `this edge doesn't read ${unitId(entry.unit)} now: another one may`);
    const family = await familyOf(held, parts).catch((error: unknown) => {
      if (!(error instanceof CodedError)) throw error;
      return error;
    });
    if (family instanceof CodedError) return notAsked("no_driver", messageOf(family));
    if (!mayHaveLeft && clock.now() > entry.expiresAt) return late();
    const device = deviceOf(held.unit, family);
    using hold = await holdDevice(folder, device, { until, clock, signal });
    if (!hold) return notAsked("device_busy", MinerUsage.DEVICE_BUSY(device).message);
    return OrderResult.parse(await carryOut(entry, family, held, parts));
  };
}

async function carryOut(entry: UnitEntry, family: CoolingFamily, held: Held, parts: Parts) {
  const { commandId, expiresAt, order, stage } = entry;
  const { ledger, tell, turns, clock, signal, pace } = parts;
  const device = deviceOf(held.unit, family);
  const verifying = () => tell({ type: "progress", command_id: commandId, stage: "verifying" });
  const options: CoolingOrderOptions = {
    ...pace,
    target: targetOf(held.unit, CALL_MS, signal),
    timeoutMs: CALL_MS,
    clock,
    turn: (ask) => turns.insist(device, Math.min(clock.monotonic() + CALL_MS, held.until()), ask),
  };
  if (stage !== "received") {
    verifying();
    return settleCoolingOrder(family, order, options, stage === "taken");
  }
  return runCoolingOrder(family, order, {
    ...options,
    onLeaving: () => {
      if (clock.now() > expiresAt) throw new Error("its time was over before it could leave");
      if (held.until() <= clock.monotonic()) throw new Error("the unit is read by another edge by now");
      ledger.leaving(commandId, null, clock.now());
      tell({ type: "progress", command_id: commandId, stage: "executing" });
    },
    onTaken: () => {
      ledger.taken(commandId);
      verifying();
    },
  });
}

/** The unit, once this edge reads it; null when it doesn't until then. */
async function unitIn({ unit }: UnitEntry, { unitOf, clock, signal }: Parts, until: number): Promise<Held | null> {
  for (;;) {
    const held = unitOf(unit);
    if (held || clock.now() >= until) return held;
    await clock.sleep(UNIT_WAIT_MS, signal);
  }
}

/** Whose controller it is; found out when no round has done so yet. Rejects with a DeviceError. */
async function familyOf({ unit, until }: Held, { familyOf: known, families, turns, clock, signal }: Parts) {
  const family = known(unit);
  if (family) return family;
  const waitMs = Math.min(CALL_MS, until() - clock.monotonic());
  const ms = CALL_MS / families.length;
  const options = { families, lane: "fast", turnFor: turns.findingOut(unit, waitMs) } as const;
  return (await identifyCooling(targetOf(unit, ms, signal), ms, options)).family;
}
