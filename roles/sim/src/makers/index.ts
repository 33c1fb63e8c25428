import type { Control } from "../control.ts";
import { cgminer, hammer, hiveon, mskminer } from "./aftermarket.ts";
import { auradine } from "./auradine.ts";
import { bitaxe } from "./bitaxe.ts";
import { braiins } from "./braiins.ts";
import { elphapex } from "./elphapex.ts";
import { epic } from "./epic.ts";
import { luxos } from "./luxos.ts";
import type { Maker } from "./maker.ts";
import { proto } from "./proto.ts";
import { sealminer } from "./sealminer.ts";
import { vnish } from "./vnish.ts";

/** Firmwares beyond Bitmain's, MicroBT's and Canaan's own, by the driver that reads them. Each miner has one of its own. */
export const MAKERS = {
  auradine,
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
} as const satisfies Record<string, (control: Control) => Maker>;
export type MakerName = keyof typeof MAKERS;
export const isMaker = (family: string): family is MakerName => Object.hasOwn(MAKERS, family);
