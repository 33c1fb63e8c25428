import type { Reading } from "@banksman/wire/model";
import type { DriverOptions, EdgeConfig } from "./config.ts";

/** What a device says, before the edge adds whose reading it is. */
export type DeviceReading = Omit<Reading, "miner_id">;

export type ReadTarget = {
  host: string;
  port: number;
  type: string;
  options?: DriverOptions;
  credentials?: { username: string; password: string };
};
export type ReadLimits = { connectTimeoutMs: number; totalTimeoutMs: number; keepRaw: boolean; signal: AbortSignal };
/** Names and passwords that a configuration gives for drivers, and whether the factory's may be tried. */
export type Logins = Pick<EdgeConfig, "credentials" | "factory_credentials">;
export type CommandTiming = { command: string; ms: number; bytes: number; ok: boolean; error?: string };
export type ReadOutcome = { reading: DeviceReading; commands: CommandTiming[]; raw?: Record<string, string> };

/**
 * How the edge reads one miner. `M` is what the reader learned of that miner last time; the edge keeps it between
 * sweeps and never looks inside. `read` doesn't throw for what a device or the network does.
 */
export type Reader<M> = {
  newMemory: () => M;
  read: (target: ReadTarget, memory: M, limits: ReadLimits) => Promise<ReadOutcome>;
};

const CONNECT_MS = 3_000;

/** A connect that takes longer than 3 s won't come: it covers one lost SYN and its repeat. */
export const limitsOf = (timeoutMs: number, keepRaw: boolean, signal: AbortSignal): ReadLimits => ({
  connectTimeoutMs: Math.min(CONNECT_MS, timeoutMs),
  totalTimeoutMs: timeoutMs,
  keepRaw,
  signal,
});
