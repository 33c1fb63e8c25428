import type { Family } from "../family.ts";
import { antminer } from "./antminer.ts";
import { auradine } from "./auradine.ts";
import { avalon } from "./avalon.ts";
import { bitaxe } from "./bitaxe.ts";
import { braiins } from "./braiins.ts";
import { cgminer } from "./cgminer.ts";
import { elphapex } from "./elphapex.ts";
import { epic } from "./epic.ts";
import { hammer } from "./hammer.ts";
import { hiveon } from "./hiveon.ts";
import { luxos } from "./luxos.ts";
import { mskminer } from "./mskminer.ts";
import { proto } from "./proto.ts";
import { sealminer } from "./sealminer.ts";
import { vnish } from "./vnish.ts";
import { whatsminer } from "./whatsminer.ts";
import { whatsminerV3 } from "./whatsminer-v3.ts";

/** Every driver, by file name. The order decides nothing: at most one claims a device, and `cgminer` takes the rest. */
export const families: readonly Family[] = [
  antminer,
  auradine,
  avalon,
  bitaxe,
  braiins,
  cgminer,
  elphapex,
  epic,
  hammer,
  hiveon,
  luxos,
  mskminer,
  proto,
  sealminer,
  vnish,
  whatsminerV3,
  whatsminer,
];
