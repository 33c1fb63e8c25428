import { createHash } from "node:crypto";
import { chanceOf } from "./chance.ts";

/** One worker of a simulated pool. */
export type ShareWorker = {
  userId: number;
  /** Signed 64 bits, from its name as the pool makes it. */
  workerId: bigint;
  name: string;
  agent: string;
  ip: number;
  difficulty: number;
};

const AGENTS = ["cgminer/4.12.1", "bmminer/2.0.0", "bosminer-plus-tuner", "whatsminer/v1.1", "cpuminer/2.5.1"];
const FIRST_USER = 601;
const FIRST_IP = 0x0a000001;

/** All workers; the same seed gives the same list. The first users have the most workers, as in a real pool. */
export function shareRoster(workers: number, users: number, seed: number): ShareWorker[] {
  const chance = chanceOf(seed);
  return Array.from({ length: workers }, (_, index) => {
    const skewed = chance.fraction() ** 2;
    const name = `rig${String(index + 1).padStart(6, "0")}`;
    return {
      userId: FIRST_USER + (index < users ? index : Math.floor(skewed * users)),
      workerId: workerIdOf(name),
      name,
      agent: AGENTS[chance.below(AGENTS.length)] ?? "",
      ip: FIRST_IP + index,
      difficulty: 2 ** (13 + chance.below(6)),
    };
  });
}

/** The upper half of the twice hashed name, read as hashes are shown; 0 is reserved for a user's total. */
export function workerIdOf(name: string): bigint {
  const hash = (bytes: Buffer | string) => createHash("sha256").update(bytes).digest();
  const id = hash(hash(name)).readBigInt64LE(24);
  return id === 0n ? 1n : id;
}
