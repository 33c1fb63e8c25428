import type { Family } from "../family.ts";
import { antminer } from "./antminer.ts";
import { avalon } from "./avalon.ts";
import { cgminer } from "./cgminer.ts";
import { whatsminer } from "./whatsminer.ts";
import { whatsminerV3 } from "./whatsminer-v3.ts";

/** Every driver, by file name. The order decides nothing: at most one claims a device, and `cgminer` takes the rest. */
export const families: readonly Family[] = [antminer, avalon, cgminer, whatsminerV3, whatsminer];
