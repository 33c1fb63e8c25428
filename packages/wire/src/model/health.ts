import { z } from "zod";
import type { Reading } from "./reading.ts";

/**
 * The eight words the screens use for a miner, in their fixed order. They are derived from a reading; the wire's
 * `status` is what the device says of itself.
 */
export const MinerHealth = z.enum([
  "hashing",
  "starting",
  "degraded",
  "notHashing",
  "unreachable",
  "asleep",
  "maintenance",
  "unregistered",
]);
export type MinerHealth = z.infer<typeof MinerHealth>;

/** Order for lists that show the worst first. */
export const WORST_FIRST: readonly MinerHealth[] = [
  "unreachable",
  "notHashing",
  "degraded",
  "starting",
  "unregistered",
  "maintenance",
  "asleep",
  "hashing",
];

/** A miner in one of these adds nothing to what its site hashes, whatever average it still tells. */
export const NOT_HASHING_HEALTHS: readonly MinerHealth[] = ["unreachable", "notHashing", "asleep"];

/** Hashing below this share of the nameplate counts as degraded. */
export const DEGRADED_BELOW = 0.9;

type HealthInput = Pick<Reading, "online" | "status" | "hashrate_ghs" | "expected_hashrate_ghs" | "boards">;

/**
 * Derives the health of a miner from its reading. A device in its sleep mode counts as asleep: no firmware enters that
 * mode by itself, so somebody ordered it. A reading without `status` (a collector that speaks only the original fields)
 * is judged by its hashrate.
 */
export function healthOf(reading: HealthInput): MinerHealth {
  if (!reading.online) return "unreachable";
  switch (reading.status) {
    case "sleeping":
      return "asleep";
    case "idle":
    case "fault":
      return "notHashing";
    case "starting":
      return "starting";
    case "overheated":
      return "degraded";
    case "hashing":
    case null:
    case undefined:
      return hashingHealth(reading);
  }
}

function hashingHealth(reading: HealthInput): MinerHealth {
  const { hashrate_ghs: hashrate, expected_hashrate_ghs: expected, boards } = reading;
  if (hashrate === 0) return "notHashing";
  if (boards?.some((board) => board.hashrate_ghs === 0 || board.chips === 0)) return "degraded";
  if (hashrate != null && expected != null && hashrate < DEGRADED_BELOW * expected) return "degraded";
  return "hashing";
}
