import type { WorkStatus } from "@banksman/wire/model";
import { count } from "../read/number.ts";
import { type AntminerView, hottestChip } from "./antminer-view.ts";

/** A stopped machine with a chip this hot was stopped by its heat: one that sleeps has cooled down. */
const OVERHEATED_CELSIUS = 85;
/** A machine that hasn't hashed for so long after its start isn't starting any more. */
const STARTING_SECONDS = 300;
/** The value of `Mode` on a sleeping machine of the 17 generation. */
const MODE_ASLEEP = 254;
/** `miner-mode` and `bitmain-work-mode`: 0 normal, 1 sleep, 2 high, 3 low. */
const WORK_MODE_SLEEP = 1;

/** What the machine does, by what its firmware shows in each state. Null where it tells no hashrate at all. */
export function antminerStatus(view: AntminerView): WorkStatus | null {
  if (view.emptyStats || isAsleepByMode(view)) return "sleeping";
  const rate = view.rate5s ?? view.rateAverage;
  if (rate === null) return null;
  if (rate > 0) return "hashing";
  if ((hottestChip(view.boards) ?? 0) >= OVERHEATED_CELSIUS) return "overheated";
  const elapsed = view.elapsed ?? 0;
  if (elapsed < STARTING_SECONDS) return "starting";
  if (view.tellsBoards && view.boards.every((board) => !board.chips)) return "fault";
  return everyChipStopped(view) && (view.rateAverage ?? 0) === 0 ? "sleeping" : "idle";
}

function isAsleepByMode({ old, fresh }: AntminerView): boolean {
  if (count(old?.Mode) === MODE_ASLEEP) return true;
  return [old, fresh].some((stats) => count(stats?.["miner-mode"] ?? stats?.["bitmain-work-mode"]) === WORK_MODE_SLEEP);
}

/** The S19 generation marks every chip x while it sleeps. */
const everyChipStopped = ({ boards }: AntminerView): boolean =>
  boards.length > 0 &&
  boards.every((board) => !board.chips || (board.chip_map != null && board.chips_bad === board.chip_map.length));
