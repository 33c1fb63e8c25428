import { type Clock, CodedError, systemClock } from "@banksman/kit";
import type { CoolingRecord } from "@banksman/wire/model";
import { asDeviceError, DeviceErrors } from "../errors.ts";
import { antbox } from "./antbox.ts";
import { bitdeer } from "./bitdeer.ts";
import { atOnce, type CoolingFamily, type CoolingTarget, type CoolingTurn, type Lane, recordOf } from "./family.ts";
import { microbt } from "./microbt.ts";

/** Every maker's controllers, in the order in which a stranger is tried. */
export const coolingFamilies: readonly CoolingFamily[] = [antbox, microbt, bitdeer];

/** One look at a controller, in the one form that all makers' have. Rejects with a DeviceError. */
export async function readCooling(
  family: CoolingFamily,
  target: CoolingTarget,
  lane: Lane,
  clock: Clock = systemClock,
): Promise<CoolingRecord> {
  const told = await family.read(target, lane).catch((error: unknown) => {
    throw error instanceof CodedError ? error : asDeviceError(error, target.host);
  });
  return recordOf(family, told, new Date(clock.now()));
}

export type IdentifyOptions = {
  families?: readonly CoolingFamily[];
  lane?: Lane;
  /** What a look by this family waits for, for callers that share the controller with others. */
  turnFor?: (family: CoolingFamily) => CoolingTurn;
};

/**
 * Finds out which maker's a controller is: the first family that can read it. Rejects with what the last one that got an
 * answer said, else with why a look could not be made, else with why nobody answers.
 */
export async function identifyCooling(
  target: Omit<CoolingTarget, "deadline">,
  timeoutMs: number,
  { families = coolingFamilies, lane = "slow", turnFor = () => atOnce }: IdentifyOptions = {},
): Promise<{ family: CoolingFamily; record: CoolingRecord }> {
  let problem: CodedError = DeviceErrors.UNREACHABLE(target.host);
  for (const family of families) {
    try {
      const deadline = performance.now() + Math.max(timeoutMs, family.patienceMs ?? 0);
      const record = await turnFor(family)(() => readCooling(family, { ...target, deadline }, lane));
      return { family, record };
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      if (tellsMore(error, problem)) problem = error;
    }
  }
  throw problem;
}

const ANSWERED = new Set(["DEVICE_BAD_ANSWER", "DEVICE_ACCESS_DENIED"]);

/**
 * Where a look got no turn the controller may be that family's, however silent it is to the others. What answered, if with a
 * refusal, tells more than who stayed silent.
 */
function tellsMore(error: CodedError, known: CodedError): boolean {
  const weight = ({ code }: CodedError) =>
    code === "DEVICE_NOT_COOLING" ? 3 : !code.startsWith("DEVICE_") ? 2 : ANSWERED.has(code) ? 1 : 0;
  return weight(error) > weight(known) || (weight(error) === weight(known) && weight(known) < 3);
}
