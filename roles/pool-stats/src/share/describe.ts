import { columnTime } from "../flush/row-values.ts";
import { idText } from "../windows/sums.ts";
import { ipText } from "./ip.ts";
import type { Share } from "./share.ts";
import { STATUS } from "./status.ts";

const hex = (word: number) => (word >>> 0).toString(16).padStart(8, "0");
const unsigned = (hi: number, lo: number) => String((BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0));

/** A share for the log, in the words of the generation it comes from. */
export function describeShare(share: Share): string {
  const { ip0, ip1, ip2, ip3, userId, time, status, bits, height } = share;
  const job = unsigned(share.jobHi, share.jobLo);
  const difficulty = unsigned(share.difficultyHi, share.difficultyLo);
  const worker = idText(share.workerHi, share.workerLo);
  const who = `jobId: ${job}, ip: ${ipText(ip0, ip1, ip2, ip3)}, userId: ${userId}, workerId: ${worker}`;
  // A time beyond what a date can hold is shown as its number alone.
  const date = time >= 0 && time < 253_402_300_800 ? `/${columnTime(time)}` : "";
  if (share.layout === 1) {
    const result = status === STATUS.accept ? 1 : 0;
    return `share(${who}, timeStamp: ${time}${date}, share: ${difficulty}, blkBits: ${hex(bits)}, result: ${result})`;
  }
  return `share(${who}, time: ${time}${date}, height: ${height >>> 0}, blkBits: ${hex(bits)}, shareDiff: ${difficulty}, status: ${status})`;
}
