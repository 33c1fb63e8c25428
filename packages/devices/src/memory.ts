import type { DeviceReading } from "./family.ts";

/**
 * What was learned of one miner and spares round trips next time. The caller keeps one per miner; it is plain data, and
 * losing it costs no more than a slower next reading.
 */
export type MinerMemory = {
  /** The driver that fits, once known. */
  family: string | null;
  /** Joins the device has refused, as `a+b`. */
  refusedJoins: string[];
  /** What is known of joins: a device that was silent on one may be slow, or may hang on them. */
  joins: "untried" | "silent" | "answered";
  /** How often in a row a join could not be read. */
  joinFailures: number;
  /** Optional commands it has refused. */
  refused: string[];
  /** Conditional commands that turned out to be needed: they are asked with the others from then on. */
  extra: string[];
  /** Identity commands that have been answered. */
  identified: string[];
  /** Identity and slowly changing fields of the last reading, kept while their commands are not asked. */
  kept: Partial<DeviceReading>;
  /** It was met on its web server alone, with 4028 closed. */
  webOnly: boolean;
  /** When its web server could not be reached, in ms of the monotonic clock; null = it could, or wasn't asked. */
  webDownAt: number | null;
  /** When the slow commands were last asked, in ms of the monotonic clock; null = never. */
  slowAt: number | null;
};

export function newMemory(): MinerMemory {
  return {
    family: null,
    refusedJoins: [],
    joins: "untried",
    joinFailures: 0,
    refused: [],
    extra: [],
    identified: [],
    kept: {},
    webOnly: false,
    webDownAt: null,
    slowAt: null,
  };
}

/** Forgets everything, as after a change of firmware. */
export function forget(memory: MinerMemory): void {
  Object.assign(memory, newMemory());
}
