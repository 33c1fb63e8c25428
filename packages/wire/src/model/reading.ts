import { z } from "zod";

/** What a miner does, in its own words. */
export const WorkStatus = z.enum(["hashing", "idle", "sleeping", "overheated", "starting", "fault"]);
export type WorkStatus = z.infer<typeof WorkStatus>;

/** Why nothing could be read; `stale` is set by the server when readings stop coming. */
export const OfflineReason = z.enum([
  "refused",
  "timed_out",
  "unreachable",
  "not_a_miner",
  "access_denied",
  "bad_answer",
  "stale",
]);
export type OfflineReason = z.infer<typeof OfflineReason>;

/** Where the watts come from: a meter in the machine, its firmware's own model, or the nameplate. */
export const PowerSource = z.enum(["measured", "reported", "estimated"]);
export type PowerSource = z.infer<typeof PowerSource>;

export const FaultLevel = z.enum(["urgent", "severe", "warning", "info"]);
export type FaultLevel = z.infer<typeof FaultLevel>;

const text = (max: number) => z.string().max(max);
const figure = z.number().min(-1e6).max(1e6);
const count = z.number().min(0).max(Number.MAX_SAFE_INTEGER);

/** One fault as the device tells it; `board` is the slot it names, if any; `advice` says what a person can do. */
export const Fault = z.object({
  code: text(64),
  level: FaultLevel,
  text: text(500),
  text_zh: text(500).nullish(),
  advice: text(500).nullish(),
  advice_zh: text(500).nullish(),
  board: z.int().nullish(),
});
export type Fault = z.infer<typeof Fault>;

/** One hashboard. `slot` is the device's own number; `chip_map` has one letter a chip: o good, x bad, - unread. */
export const Board = z.object({
  slot: z.int(),
  hashrate_ghs: count.nullish(),
  expected_hashrate_ghs: count.nullish(),
  chips: z.int().min(0).nullish(),
  chips_expected: z.int().min(0).nullish(),
  chips_bad: z.int().min(0).nullish(),
  chip_map: text(2_000).nullish(),
  temperature_board: figure.nullish(),
  temperature_chips: z.array(figure.nullable()).max(2_000).nullish(),
  frequency: count.nullish(),
  voltage: count.nullish(),
  hardware_errors: count.nullish(),
  serial: text(128).nullish(),
});
export type Board = z.infer<typeof Board>;

/** One configured pool. `dev_fee` marks a firmware's own pool, which is never "the" pool of the miner. */
export const Pool = z.object({
  url: text(500),
  worker: text(256).nullish(),
  status: z.enum(["alive", "dead", "disabled", "unknown"]),
  active: z.boolean(),
  priority: z.int().nullish(),
  accepted: count.nullish(),
  rejected: count.nullish(),
  stale: count.nullish(),
  dev_fee: z.boolean().default(false),
});
export type Pool = z.infer<typeof Pool>;

/** Something odd about the reading itself: a configured type that doesn't match, an answer that had to be repaired. */
export const ReadingWarning = z.object({ code: text(64), text: text(500) });
export type ReadingWarning = z.infer<typeof ReadingWarning>;

/** A miner's id, unique within its site. */
export const MinerId = z
  .string()
  .min(1)
  .max(128)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused here
  .regex(/^[^\u0000-\u001f\u007f]+$/, "must not contain control characters")
  .refine((id) => id.isWellFormed(), "must be whole Unicode characters");

/**
 * One miner at one moment, with the names and units of the collector API: GH/s, °C, MHz, rpm, W, seconds. What the
 * device doesn't say is null or absent, never 0.
 */
export const Reading = z.object({
  miner_id: MinerId,
  ip_address: text(64).nullish(),
  online: z.boolean(),
  hashrate_ghs: count.nullish(),
  hashrate_5s_ghs: count.nullish(),
  expected_hashrate_ghs: count.nullish(),
  temperature_avg: figure.nullish(),
  temperature_max: figure.nullish(),
  temperature_chips: z.array(figure.nullable()).max(4_000).nullish(),
  fan_speeds: z.array(count.nullable()).max(32).nullish(),
  frequency_avg: count.nullish(),
  accepted_shares: count.nullish(),
  rejected_shares: count.nullish(),
  hardware_errors: count.nullish(),
  uptime_seconds: count.nullish(),
  pool_url: text(500).nullish(),
  worker_name: text(256).nullish(),
  power_consumption: count.nullish(),
  power_source: PowerSource.nullish(),
  status: WorkStatus.nullish(),
  offline_reason: OfflineReason.nullish(),
  faults: z.array(Fault).max(200).nullish(),
  boards: z.array(Board).max(64).nullish(),
  pools: z.array(Pool).max(32).nullish(),
  make: text(64).nullish(),
  model: text(128).nullish(),
  firmware: text(128).nullish(),
  mac: text(32).nullish(),
  serial: text(128).nullish(),
  driver: text(64).nullish(),
  latency_ms: count.nullish(),
  warnings: z.array(ReadingWarning).max(50).nullish(),
  /** Where the miner stands, when the edge's configuration says so. */
  rack: text(64).nullish(),
  position: text(64).nullish(),
  /** The raw answers by command, when the edge was asked to send them. */
  raw: z.record(z.string(), z.string().max(100_000)).nullish(),
  /** When this miner was read, if it differs from the batch's X-Collected-At. */
  collected_at: z.iso.datetime({ offset: true }).nullish(),
});
export type Reading = z.infer<typeof Reading>;
