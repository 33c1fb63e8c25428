/**
 * One decoded share. A single object is reused for every message, so that a million shares make no garbage. 64-bit
 * numbers are two signed 32-bit halves (small integers to the engine); `time` is in Unix seconds.
 */
export class Share {
  /** Message layout: 1 is the 48-byte struct, 2 the 80-byte one with a checksum, 3 protobuf. */
  layout = 1;
  /** What the message says its version is; layouts 1 and 2 are given the current one. */
  version = 0;
  jobHi = 0;
  jobLo = 0;
  workerHi = 0;
  workerLo = 0;
  userId = 0;
  difficultyHi = 0;
  difficultyLo = 0;
  time = 0;
  status = 0;
  bits = 0;
  height = 0;
  /** The miner's address as four words, the first octet highest; an IPv4 address fills the last word alone. */
  ip0 = 0;
  ip1 = 0;
  ip2 = 0;
  ip3 = 0;
  /** False where the message holds no address that can be read. */
  hasIp = false;
  /** The sub-account of single-user mode. */
  extUserId = 0;
  hasExtUserId = false;

  /** Back to protobuf's defaults. */
  clear(): void {
    this.layout = 3;
    this.version = 0;
    this.jobHi = this.jobLo = 0;
    this.workerHi = this.workerLo = 0;
    this.userId = 0;
    this.difficultyHi = this.difficultyLo = 0;
    this.time = 0;
    this.status = 0;
    this.bits = 0;
    this.height = 0;
    this.ip0 = this.ip1 = this.ip2 = this.ip3 = 0;
    this.hasIp = false;
    this.extUserId = 0;
    this.hasExtUserId = false;
  }
}

/** The version number of protobuf shares, in their header and in their first field. */
export const CURRENT_VERSION = 0x00010004;
/** The version number of the 80-byte struct. */
export const STRUCT_VERSION = 0x00010003;

/** Four bytes of `bytes` from `at` as a signed little-endian number. */
export const int32At = (bytes: Uint8Array, at: number): number =>
  (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);

/** Four bytes of `bytes` from `at` in network order, as a signed number. */
export const networkWordAt = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
