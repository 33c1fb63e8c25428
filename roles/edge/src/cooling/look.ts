import { type CoolingFamily, type CoolingTarget, identifyCooling, type Lane, readCooling } from "@banksman/devices";
import { type Clock, CodedError, messageOf } from "@banksman/kit";
import type { CoolingRecord } from "@banksman/wire/model";
import type { Turns } from "./turns.ts";
import { type CoolingUnit, deviceOf } from "./units.ts";

/** What came of one look. `busy`: somebody else has the device, or it is left alone. */
export type Look =
  | { is: "answer"; record: CoolingRecord; family: CoolingFamily }
  | { is: "failure"; code: string; reason: string; how: "failed" | "busy" };

export type LookParts = {
  turns: Turns;
  clock: Clock;
  signal: AbortSignal;
  families: readonly CoolingFamily[];
};

/** A connect that takes longer than 3 s won't come: it covers one lost SYN and its repeat. */
const CONNECT_MS = 3_000;

/**
 * `until`, in ms of the monotonic clock, is how long the device's turn is waited for; `ms` says how long the controller may
 * take once it has come, or null when there is no time for it any more.
 */
export type LookLimits = { lane: Lane; until: number; ms: () => number | null };

/** Looks at a unit once, in its turn; finds out whose it is where `family` is null. Rejects only for a mistake of ours. */
export async function lookAt(
  unit: CoolingUnit,
  family: CoolingFamily | null,
  { lane, until, ms: timeLeft }: LookLimits,
  { turns, clock, signal, families }: LookParts,
): Promise<Look> {
  const find = async (): Promise<Look> => {
    const ms = timeLeft();
    if (ms === null) return busy(unit);
    const options = { families, lane, turnFor: turns.findingOut(unit, ms) };
    return { is: "answer", ...(await identifyCooling(targetOf(unit, ms, signal), ms / families.length, options)) };
  };
  const ask = async (known: CoolingFamily): Promise<Look> => {
    const ms = timeLeft();
    if (ms === null) return busy(unit);
    const target = { ...targetOf(unit, ms, signal), deadline: performance.now() + ms };
    return { is: "answer", family: known, record: await readCooling(known, target, lane, clock) };
  };
  try {
    if (!family) return await find();
    const turn = await turns.take(deviceOf(unit, family), until, () => ask(family));
    return turn ? turn.of : busy(unit);
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    if (error.code === "USAGE_CALL_BUSY") return busy(unit);
    const code = error.code.replace(/^DEVICE_/, "").toLowerCase();
    return { is: "failure", code, reason: messageOf(error), how: "failed" };
  }
}

const busy = ({ host }: CoolingUnit): Look => ({
  is: "failure",
  code: "device_busy",
  reason: `${host} was busy with another request until the time was over`,
  how: "busy",
});

/** How a unit's controller is reached. */
export function targetOf(
  { address, port, topic, credentials }: CoolingUnit,
  timeoutMs: number,
  signal?: AbortSignal,
): Omit<CoolingTarget, "deadline"> {
  return {
    host: address,
    connectTimeoutMs: Math.min(CONNECT_MS, timeoutMs),
    ...(port !== undefined && { port }),
    ...(topic !== undefined && { topic }),
    ...(credentials && { credentials }),
    ...(signal && { signal }),
  };
}
