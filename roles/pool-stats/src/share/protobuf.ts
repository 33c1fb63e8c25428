import { setIp } from "./ip.ts";
import { int32At, type Share } from "./share.ts";
import { timeOf } from "./structs.ts";

/** Where reading stands; one object for all messages. `hi` and `lo` hold the varint read last. */
const cursor = { at: 0, end: 0, hi: 0, lo: 0, bad: false };

/**
 * Reads the proto2 message after the four header bytes into `share`. False when it can't be parsed or lacks its
 * version. Fields it doesn't know are skipped; the last one of a number wins, as in protobuf.
 */
export function readProtobuf(bytes: Uint8Array, share: Share): boolean {
  share.clear();
  cursor.at = 4;
  cursor.end = bytes.length;
  cursor.bad = false;
  let hasVersion = false;
  while (cursor.at < cursor.end) {
    readVarint(bytes);
    // A tag is 32 bits wide and its field number is not 0.
    if (cursor.bad || cursor.hi !== 0) return false;
    const field = cursor.lo >>> 3;
    const wire = cursor.lo & 7;
    if (field === 0) return false;
    if (wire === 0) {
      readVarint(bytes);
      if (cursor.bad) return false;
      if (field === 1) hasVersion = true;
      takeNumber(share, field);
    } else if (wire === 2 && field === 6) {
      if (!takeIp(bytes, share)) return false;
    } else if (!skip(bytes, wire, field, 0)) return false;
  }
  return hasVersion;
}

function readVarint(bytes: Uint8Array): void {
  let { at } = cursor;
  let lo = 0;
  let hi = 0;
  for (let shift = 0; shift < 70; shift += 7) {
    if (at >= cursor.end) break;
    const byte = bytes[at++] ?? 0;
    const bits = byte & 127;
    if (shift < 28) lo |= bits << shift;
    else if (shift === 28) {
      lo |= bits << 28;
      hi = bits >>> 4;
    } else if (shift < 63) hi |= bits << (shift - 32);
    else hi |= (bits & 1) << 31;
    if (byte < 128) {
      cursor.at = at;
      cursor.lo = lo;
      cursor.hi = hi;
      return;
    }
  }
  cursor.bad = true;
}

/** A zig-zag number's low half: the whole number where it is 32 bits wide. */
const zigzagLo = () => ((cursor.lo >>> 1) | (cursor.hi << 31)) ^ -(cursor.lo & 1);
const zigzagHi = () => (cursor.hi >>> 1) ^ -(cursor.lo & 1);
/** sint32 takes the varint's low 32 bits alone. */
const zigzag32 = () => (cursor.lo >>> 1) ^ -(cursor.lo & 1);

function takeNumber(share: Share, field: number): void {
  switch (field) {
    case 1:
      share.version = zigzag32();
      break;
    case 2:
      share.workerLo = zigzagLo();
      share.workerHi = zigzagHi();
      break;
    case 3:
      share.userId = zigzag32();
      break;
    case 4:
      share.status = zigzag32();
      break;
    case 5:
      share.time = timeOf(zigzagHi(), zigzagLo());
      break;
    case 7:
      share.jobLo = cursor.lo;
      share.jobHi = cursor.hi;
      break;
    case 8:
      share.difficultyLo = cursor.lo;
      share.difficultyHi = cursor.hi;
      break;
    case 9:
      share.bits = cursor.lo;
      break;
    case 10:
      share.height = cursor.lo;
      break;
    case 14:
      share.extUserId = zigzag32();
      share.hasExtUserId = true;
      break;
  }
}

function takeIp(bytes: Uint8Array, share: Share): boolean {
  readVarint(bytes);
  const length = cursor.lo >>> 0;
  if (cursor.bad || cursor.hi !== 0 || length > cursor.end - cursor.at) return false;
  const from = cursor.at;
  cursor.at += length;
  share.hasIp = takeDotted(bytes, from, cursor.at, share) || takeOther(bytes, from, cursor.at, share);
  return true;
}

/** `a.b.c.d` without making a string of it; false for anything else. */
function takeDotted(bytes: Uint8Array, from: number, to: number, share: Share): boolean {
  let word = 0;
  let octet = 0;
  let digits = 0;
  let dots = 0;
  for (let at = from; at < to; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === 46) {
      if (digits === 0 || ++dots > 3) return false;
      word = (word << 8) | octet;
      octet = 0;
      digits = 0;
    } else {
      const digit = byte - 48;
      if (digit < 0 || digit > 9 || (digits > 0 && octet === 0)) return false;
      octet = octet * 10 + digit;
      digits++;
      if (octet > 255) return false;
    }
  }
  if (dots !== 3 || digits === 0) return false;
  share.ip0 = share.ip1 = share.ip2 = 0;
  share.ip3 = (word << 8) | octet;
  return true;
}

/** No address is longer than this; a megabyte of "address" is not looked at. */
const LONGEST_IP = 64;

function takeOther(bytes: Uint8Array, from: number, to: number, share: Share): boolean {
  if (to - from > LONGEST_IP) return false;
  return setIp(share, String.fromCharCode(...bytes.subarray(from, to)));
}

/** Skips a field that isn't ours, groups included; false where it can't be. */
function skip(bytes: Uint8Array, wire: number, field: number, depth: number): boolean {
  if (wire === 0) {
    readVarint(bytes);
    return !cursor.bad;
  }
  if (wire === 1) return leap(8);
  if (wire === 5) return leap(4);
  if (wire === 2) {
    readVarint(bytes);
    return !cursor.bad && cursor.hi === 0 && leap(cursor.lo >>> 0);
  }
  return wire === 3 && depth < 100 && skipGroup(bytes, field, depth);
}

function skipGroup(bytes: Uint8Array, group: number, depth: number): boolean {
  for (;;) {
    readVarint(bytes);
    if (cursor.bad || cursor.hi !== 0) return false;
    const field = cursor.lo >>> 3;
    const wire = cursor.lo & 7;
    if (wire === 4) return field === group;
    if (field === 0 || !skip(bytes, wire, field, depth + 1)) return false;
  }
}

function leap(length: number): boolean {
  if (length > cursor.end - cursor.at) return false;
  cursor.at += length;
  return true;
}

/** The first four bytes as a number: the layout's version where it has one. */
export const headerOf = (bytes: Uint8Array): number => int32At(bytes, 0);
