import { families, type MinerMemory, newMemory, readMiner, scanPort } from "@banksman/devices";
import type { EdgeParts } from "./run-edge.ts";

/** The edge's parts out of the devices library; `auto` and `cgminer` claim nothing about a miner. */
export const deviceParts: EdgeParts<MinerMemory> = {
  reader: { newMemory, read: readMiner },
  scan: scanPort,
  types: [...new Set(["auto", "cgminer", ...families.flatMap((family) => family.types)])].sort(),
};
