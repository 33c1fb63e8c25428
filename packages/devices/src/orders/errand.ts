import type { Order } from "@banksman/wire/model";
import type { CredentialBook } from "../credentials.ts";
import { DeviceErrors } from "../errors.ts";
import type { Family } from "../family.ts";
import type { MinerMemory } from "../memory.ts";
import type { Target } from "../read-miner.ts";
import type { Line } from "../transports/exchange.ts";
import type { Before, Message, Told } from "./command.ts";
import { Doors, type Ports } from "./doors.ts";
import { OrderErrors } from "./errors.ts";
import type { Machine } from "./machine.ts";

export type OrderOptions = CredentialBook & {
  connectTimeoutMs: number;
  /** For each talk with the device: the reading before, the order itself, each reading after. */
  totalTimeoutMs: number;
  /** For the order itself, where that isn't the time of a reading: writing a configuration can take 30 s. */
  orderTimeoutMs?: number;
  /** The machine that is meant: nothing is sent to a device that tells another MAC address or serial number. */
  expected?: Machine;
  /** Only says what would be sent, and whether a login is missing; the device is still read and asked what the order starts from. */
  dryRun?: boolean;
  /** False: the result is in as soon as the device has answered. */
  verify?: boolean;
  /** Between two readings after an order (2,000), and the most that verifying may take, whatever the order needs. */
  pollMs?: number;
  verifyWithinMs?: number;
  /** Called with what is seen while an order is verified. */
  onSeen?: (seen: string) => void;
  /**
   * Called once, just before an order's first byte leaves for the device, with what it said before: what a later process
   * needs to settle the order by reading back. When it throws, nothing leaves.
   */
  onLeaving?: (before: Kept) => void;
  /** Called when the device has taken the whole order, before it is read back. */
  onTaken?: () => void;
  signal?: AbortSignal;
  /** What was learned of the device before; brought up to date. */
  memory?: MinerMemory;
  families?: readonly Family[];
};

/** What is known of a device before an order, without who asks: it may be kept on disk. */
export type Kept = Pick<Before, "reading" | "told">;

/** Everything one order works with. */
export type Errand = {
  order: Order;
  target: Target;
  options: OrderOptions;
  memory: MinerMemory;
  family: Family;
  before: Before;
  ports: Ports;
};

/** Ways to the device for one more talk, with its whole time. */
export function openDoors(
  { target, options, family, before, ports }: Errand,
  totalTimeoutMs = options.totalTimeoutMs,
): Doors {
  const line: Line = {
    host: target.host,
    port: ports.api,
    connectTimeoutMs: options.connectTimeoutMs,
    deadline: performance.now() + totalTimeoutMs,
    ...(options.signal ? { signal: options.signal } : {}),
  };
  return new Doors(line, ports, family, before.credentials);
}

export const readOptions = (options: OrderOptions) => ({
  connectTimeoutMs: options.connectTimeoutMs,
  totalTimeoutMs: options.totalTimeoutMs,
  ...(options.signal ? { signal: options.signal } : {}),
  ...(options.families ? { families: options.families } : {}),
  ...(options.credentials ? { credentials: options.credentials } : {}),
  ...(options.factoryCredentials ? { factoryCredentials: true } : {}),
});

/** Asks in turn; a refusal is an answer too. Rejects with a DeviceError for a lost question. */
export async function askAll(doors: Doors, messages: readonly Message[]): Promise<Told[]> {
  const told: Told[] = [];
  for (const message of messages) told.push(await doors.ask(message));
  return told;
}

/** Throws an OrderError or DEVICE_ACCESS_DENIED when an answer is missing that the order starts from. */
export function mustBeTold(told: readonly Told[], { family, before }: Errand): void {
  const refused = told.find((one) => !one.reply.ok);
  if (!refused) return;
  const why = objectionOf(refused) ?? "no reason given";
  if (!isDenied(refused)) throw OrderErrors.NOT_POSSIBLE(`the device refuses to be asked: ${why}`);
  throw before.credentials ? DeviceErrors.ACCESS_DENIED(why) : OrderErrors.CREDENTIALS_NEEDED(family.title);
}

/** The cgminer API's own number for it. */
const ACCESS_DENIED = 45;

/** Whether the device says that it doesn't let us. */
export const isDenied = ({ reply: { code } }: Told): boolean => code === 401 || code === 403 || code === ACCESS_DENIED;

/** What a device says that means no: STATUS E or F, a bad HTTP status, an API's error code. */
export const objectionOf = ({ reply, text }: Told): string | null =>
  reply.ok ? null : (reply.message ?? text.slice(0, 200));
