import { CURRENT_VERSION, int32At, networkWordAt, type Share, STRUCT_VERSION } from "./share.ts";
import { STATUS } from "./status.ts";

/** A block height for shares whose message has none: only that it is not 0 matters. */
const SOME_HEIGHT = 570_000;

/** The oldest layout: 48 bytes, no version, no checksum; the last four bytes are padding of no meaning. */
export const STRUCT1_SIZE = 48;
export function readStruct1(bytes: Uint8Array, share: Share): void {
  share.layout = 1;
  share.version = CURRENT_VERSION;
  share.jobLo = int32At(bytes, 0);
  share.jobHi = int32At(bytes, 4);
  share.workerLo = int32At(bytes, 8);
  share.workerHi = int32At(bytes, 12);
  share.ip0 = share.ip1 = share.ip2 = 0;
  share.ip3 = networkWordAt(bytes, 16);
  share.hasIp = true;
  share.userId = int32At(bytes, 20);
  share.difficultyLo = int32At(bytes, 24);
  share.difficultyHi = int32At(bytes, 28);
  share.time = int32At(bytes, 32) >>> 0;
  share.bits = int32At(bytes, 36);
  share.status = int32At(bytes, 40) === 1 ? STATUS.accept : STATUS.rejectNoReason;
  share.height = SOME_HEIGHT;
  share.hasExtUserId = false;
}

/** The second layout: 80 bytes with a version and a checksum. False when the checksum is wrong. */
export const STRUCT2_SIZE = 80;
export function readStruct2(bytes: Uint8Array, share: Share): boolean {
  if (checksum(bytes) !== int32At(bytes, 4) >>> 0) return false;
  share.layout = 2;
  share.version = CURRENT_VERSION;
  share.workerLo = int32At(bytes, 8);
  share.workerHi = int32At(bytes, 12);
  share.userId = int32At(bytes, 16);
  share.status = int32At(bytes, 20);
  share.time = timeOf(int32At(bytes, 28), int32At(bytes, 24));
  share.ip0 = networkWordAt(bytes, 32);
  share.ip1 = networkWordAt(bytes, 36);
  share.ip2 = networkWordAt(bytes, 40);
  share.ip3 = networkWordAt(bytes, 44);
  share.hasIp = true;
  share.jobLo = int32At(bytes, 48);
  share.jobHi = int32At(bytes, 52);
  share.difficultyLo = int32At(bytes, 56);
  share.difficultyHi = int32At(bytes, 60);
  share.bits = int32At(bytes, 64);
  share.height = int32At(bytes, 68);
  share.hasExtUserId = false;
  return true;
}

/** A signed 64-bit time as a number that compares rightly with any clock. */
export const timeOf = (hi: number, lo: number): number => hi * 4_294_967_296 + (lo >>> 0);

/**
 * The terms are added modulo 2^64, then the sum's two halves are added. Modulo 2^64 is kept by letting the high half
 * wrap; both halves stay far below 2^53 while they are summed.
 */
export function checksum(bytes: Uint8Array): number {
  let lo = STRUCT_VERSION;
  let hi = 0;
  const addWide = (at: number) => {
    lo += int32At(bytes, at) >>> 0;
    hi += int32At(bytes, at + 4) >>> 0;
  };
  const addSigned = (at: number) => {
    const value = int32At(bytes, at);
    lo += value >>> 0;
    if (value < 0) hi += 0xffffffff;
  };
  const addUnsigned = (at: number) => {
    lo += int32At(bytes, at) >>> 0;
  };
  addWide(8); // worker
  addSigned(16); // user
  addSigned(20); // status
  addWide(24); // time
  addWide(32); // address, first half
  addWide(40); // address, second half
  addWide(48); // job
  addWide(56); // difficulty
  addUnsigned(64); // bits
  addUnsigned(68); // height
  addUnsigned(72); // nonce
  addUnsigned(76); // session
  hi = (hi + Math.floor(lo / 4_294_967_296)) % 4_294_967_296;
  return ((lo >>> 0) + hi) >>> 0;
}
