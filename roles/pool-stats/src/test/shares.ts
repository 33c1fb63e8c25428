import { Share } from "../share/share.ts";
import type { Statistics } from "../statistics.ts";
import { idHalves } from "../windows/sums.ts";

const ACCEPT = 1_798_084_231;

export type Worked = {
  userId?: number;
  workerId?: bigint;
  time: number;
  difficulty?: number;
  /** A status number; accepted when absent. */
  status?: number;
};

/** Counts one share, as if it had come out of the log at `now` (its own time where absent). */
export function count(statistics: Statistics, worked: Worked, now: number = worked.time): void {
  const { userId = 601, workerId = 1n, time, difficulty = 1_000, status = ACCEPT } = worked;
  const share = new Share();
  share.clear();
  const { hi, lo } = idHalves(workerId);
  Object.assign(share, { userId, workerHi: hi, workerLo: lo, difficultyLo: difficulty, time, status, hasIp: true });
  share.ip3 = 0x0a000001;
  statistics.add(share, now);
}
