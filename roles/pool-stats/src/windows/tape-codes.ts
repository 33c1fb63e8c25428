import { ACCEPTED, type Kind, REJECTED, STALE } from "../share/status.ts";
import { type Gathered, HOUR, MINUTE, MINUTES_5, MINUTES_15 } from "./gathered.ts";

/** Codes above the seconds. */
export const SAME_DIFFICULTY_BELOW = 200;
/** The next 1 to 8 bytes are the difficulty from here on. */
const DIFFICULTY = 200;
/** Back in time by the next byte plus one. */
const BACK = 209;
/** Forward in time by the next byte, no share. */
const FORWARD = 210;
/** The next four bytes are the time from here on. */
const TIME = 211;
const STALE_SHARE = 212;
/** A reject whose status is the next byte. */
const REJECT_NEAR = 213;
/** A reject whose status is the next four bytes. */
const REJECT_FAR = 214;
/** The longest that one share takes: a time, a difficulty, a far reject. */
export const LONGEST = 5 + 9 + 5;

/** What a tape needs to know of a share. */
export type TapeShare = { time: number; difficultyHi: number; difficultyLo: number; kind: Kind; status: number };

export function writeDifficulty(bytes: Uint8Array, from: number, hi: number, lo: number): number {
  let to = from + 1;
  for (let rest = lo; rest !== 0 || (hi !== 0 && to < from + 5); rest >>>= 8) bytes[to++] = rest & 255;
  for (let rest = hi; rest !== 0; rest >>>= 8) bytes[to++] = rest & 255;
  bytes[from] = DIFFICULTY + (to - from - 1);
  return to;
}

/** A share `step` seconds after the one before. */
export function writeStep(bytes: Uint8Array, from: number, step: number, { time, kind, status }: TapeShare): number {
  if (kind === ACCEPTED && step >= 0 && step < SAME_DIFFICULTY_BELOW) {
    bytes[from] = step;
    return from + 1;
  }
  let to = from;
  if (step < 0 && step >= -256) {
    bytes[to++] = BACK;
    bytes[to++] = -step - 1;
  } else if (step > 0 && step < 256) {
    bytes[to++] = FORWARD;
    bytes[to++] = step;
  } else if (step !== 0) {
    bytes[to++] = TIME;
    to = writeWord(bytes, to, time);
  }
  if (kind === STALE) bytes[to++] = STALE_SHARE;
  else if (kind !== REJECTED) bytes[to++] = 0;
  else if (status >= 0 && status < 256) {
    bytes[to++] = REJECT_NEAR;
    bytes[to++] = status;
  } else {
    bytes[to++] = REJECT_FAR;
    to = writeWord(bytes, to, status);
  }
  return to;
}

function writeWord(bytes: Uint8Array, to: number, word: number): number {
  bytes[to] = word & 255;
  bytes[to + 1] = (word >>> 8) & 255;
  bytes[to + 2] = (word >>> 16) & 255;
  bytes[to + 3] = word >>> 24;
  return to + 4;
}

const readWord = (bytes: Uint8Array, at: number): number =>
  (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);

/** The inner loop of every figure that is read: sums stay in local variables until something rare comes. */
export function gatherBytes(bytes: Uint8Array, from: number, end: number, baseTime: number, into: Gathered): void {
  const { now, slot, lo: sumsLo, hi: sumsHi } = into;
  let time = baseTime;
  let hi = 0;
  let lo = 0;
  let next = into.next;
  for (let at = from; at < end; ) {
    const code = bytes[at++] ?? 0;
    if (code < SAME_DIFFICULTY_BELOW) {
      time += code;
      const begin = slot === 1 ? time : time - (time % slot);
      const age = now - begin;
      if (age >= HOUR) continue;
      if (age < 0) {
        if (begin < next) next = begin;
        continue;
      }
      const window = age < MINUTES_5 ? (age < MINUTE ? 0 : 1) : age < MINUTES_15 ? 2 : 3;
      const leaves = begin + (window === 3 ? HOUR : window === 2 ? MINUTES_15 : window === 1 ? MINUTES_5 : MINUTE);
      if (leaves < next) next = leaves;
      sumsLo[window] = (sumsLo[window] ?? 0) + lo;
      if (hi !== 0) sumsHi[window] = (sumsHi[window] ?? 0) + hi;
    } else if (code <= DIFFICULTY + 8) {
      const length = code - DIFFICULTY;
      hi = lo = 0;
      for (let i = length - 1; i >= 4; i--) hi = hi * 256 + (bytes[at + i] ?? 0);
      for (let i = Math.min(length, 4) - 1; i >= 0; i--) lo = lo * 256 + (bytes[at + i] ?? 0);
      at += length;
    } else if (code === BACK) time -= (bytes[at++] ?? 0) + 1;
    else if (code === FORWARD) time += bytes[at++] ?? 0;
    else if (code === TIME) {
      time = readWord(bytes, at);
      at += 4;
    } else {
      into.next = next;
      if (code === STALE_SHARE) into.reject(time, null, hi, lo);
      else if (code === REJECT_NEAR) into.reject(time, bytes[at++] ?? 0, hi, lo);
      else {
        into.reject(time, readWord(bytes, at), hi, lo);
        at += 4;
      }
      next = into.next;
    }
  }
  into.next = next;
}

/** The same bytes, told one share after the other: for what is rarely done. */
export function playBytes(
  bytes: Uint8Array,
  from: number,
  end: number,
  baseTime: number,
  see: (share: TapeShare) => void,
): void {
  const share: TapeShare = { time: baseTime, difficultyHi: 0, difficultyLo: 0, kind: ACCEPTED, status: 0 };
  const tell = (kind: Kind, status: number) => see({ ...share, kind, status });
  for (let at = from; at < end; ) {
    const code = bytes[at++] ?? 0;
    if (code < SAME_DIFFICULTY_BELOW) {
      share.time += code;
      tell(ACCEPTED, 0);
    } else if (code <= DIFFICULTY + 8) {
      const word = (i: number) => (i < code - DIFFICULTY ? (bytes[at + i] ?? 0) : 0);
      share.difficultyLo = word(0) | (word(1) << 8) | (word(2) << 16) | (word(3) << 24);
      share.difficultyHi = word(4) | (word(5) << 8) | (word(6) << 16) | (word(7) << 24);
      at += code - DIFFICULTY;
    } else if (code === BACK) share.time -= (bytes[at++] ?? 0) + 1;
    else if (code === FORWARD) share.time += bytes[at++] ?? 0;
    else if (code === TIME) {
      share.time = readWord(bytes, at);
      at += 4;
    } else if (code === STALE_SHARE) tell(STALE, 0);
    else if (code === REJECT_NEAR) tell(REJECTED, bytes[at++] ?? 0);
    else {
      tell(REJECTED, readWord(bytes, at));
      at += 4;
    }
  }
}
