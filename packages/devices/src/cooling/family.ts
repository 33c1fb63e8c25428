import type { CoolingField, CoolingOrder, CoolingOrderName, CoolingRecord, Fault } from "@banksman/wire/model";
import { type RawValues, valuesOf } from "./values.ts";

/** Where a controller is, and until when, in ms of `performance.now()`, it may take. */
export type CoolingTarget = {
  host: string;
  port?: number;
  connectTimeoutMs: number;
  deadline: number;
  signal?: AbortSignal;
  /** Where a controller wants a name, and brokers do. */
  credentials?: { username: string; password: string };
  /** Of brokers: the prefix of a container's topics. */
  topic?: string;
};

/**
 * What is asked how often. `fast` is what a round of all sites waits for; `slow` takes the controller longer or changes
 * little.
 */
export type Lane = "fast" | "slow";

/** Makes one call to a controller when it is free, for callers that share it with others. Rejects when it never is. */
export type CoolingTurn = <T>(ask: () => Promise<T>) => Promise<T>;
export const atOnce: CoolingTurn = (ask) => ask();

/** What a driver made of answers, before it becomes a record. */
export type Told = {
  profile: string;
  make: string;
  model?: string | null;
  firmware?: string | null;
  /** False when the controller says that it lost its PLC. */
  connected?: boolean;
  values: RawValues;
  /** Values whose own sensor is in fault, or that contradict each other. */
  distrusted?: ReadonlySet<CoolingField>;
  faults: Fault[];
  miners?: CoolingRecord["miners"];
};

/** A write to a controller: it leaves once. `onSent` is called before its first byte does. */
export type Deliver = (order: CoolingOrder, target: CoolingTarget, onSent: () => void) => Promise<string | null>;

/** What of an order shows in a later record: `null` where nothing does. */
export type Shows = (record: CoolingRecord, order: CoolingOrder) => { done: boolean; seen: string } | null;

/** One maker's controllers: how they are read, and what they can be ordered. */
export type CoolingFamily = {
  /** Lower-case letters, digits and dashes; what `driver:` in a configuration names. */
  id: string;
  title: string;
  port: number;
  /** One look at a controller. Rejects with a DeviceError; what answers and isn't such a controller is NOT_COOLING. */
  read: (target: CoolingTarget, lane: Lane) => Promise<Told>;
  /** Where nothing is asked and a look waits for what the controller tells by itself: how long that may take. */
  patienceMs?: number;
  orders: readonly CoolingOrderName[];
  /** What would be sent, for a dry run. */
  show: (order: CoolingOrder, target: CoolingTarget) => { to: string; bytes: string };
  /** Resolves to the controller's objection, or null when it took the order. Rejects with a DeviceError. */
  deliver: Deliver;
  shows: Shows;
  /** How long the plant may take until an order shows. */
  showsWithinSeconds: number;
};

/** The record of what a driver was told at a time. */
export function recordOf(family: Pick<CoolingFamily, "id">, told: Told, at: Date): CoolingRecord {
  const { profile, make, model = null, firmware = null, connected = true, miners = null } = told;
  const time = at.toISOString();
  const distrusted: ReadonlySet<CoolingField> = told.distrusted ?? new Set();
  return {
    driver: family.id,
    profile,
    make,
    model,
    firmware,
    connected,
    at: time,
    values: valuesOf(told.values, time, { connected, distrusted }),
    faults: told.faults,
    miners,
  };
}

/** A value of a record that may be acted on: null where it is not there or nobody vouches for it. */
export function trusted(record: CoolingRecord, name: CoolingField): number | boolean | null {
  const value = record.values[name];
  return value?.quality === "good" || value?.quality === "uncertain" ? value.value : null;
}
