import type { Fault, FaultLevel } from "@banksman/wire/model";
import { ADVICE, type AdviceKind } from "./advice.ts";

/** One row of a vendor's code table: how soon somebody should look, what it means, and what to do. */
export type FaultRow = readonly [level: FaultLevel, advice: AdviceKind, en: string, zh: string];

/** The wire takes no longer text. */
const LONGEST = 500;

/** A fault as a reading carries it; `board` is the slot it names, where it names one. */
export function fault(code: string, [level, advice, en, zh]: FaultRow, board?: number | null): Fault {
  return {
    code: code.slice(0, 64),
    level,
    text: en.slice(0, LONGEST),
    text_zh: zh.slice(0, LONGEST),
    advice: ADVICE[advice][0],
    advice_zh: ADVICE[advice][1],
    ...(board == null ? {} : { board }),
  };
}

/** What a device says in its own words, which can't be translated, and what it advises itself. */
export function toldFault(
  code: string,
  level: FaultLevel,
  words: string,
  more: { board?: number | null; hint?: string | null } = {},
): Fault {
  const told = fault(code, [level, "look", words, words], more.board);
  return more.hint ? { ...told, advice: more.hint.slice(0, LONGEST) } : told;
}

/** A board that should hash and has no chips. */
export const boardMissing = (slot: number): Fault =>
  fault("board_missing", ["severe", "board", `no chips found on board ${slot}`, `${slot} 号算力板未检测到芯片`], slot);

/** Chips of a hashing board that do nothing. */
export const chipsBad = (slot: number, bad: number): Fault =>
  fault(
    "chips_bad",
    ["warning", "chips", `${bad} dead chips on board ${slot}`, `${slot} 号算力板有 ${bad} 颗坏芯片`],
    slot,
  );

/** A fan that stands still; `place` counts from 1. */
export const fanStopped = (place: number): Fault =>
  fault("fan_stopped", ["severe", "fan", `fan ${place} stands still`, `${place} 号风扇停转`]);

/** Fans that stand still while others turn. */
export function stoppedFans(fans: readonly (number | null)[] | null): Fault[] {
  if (!fans?.some((speed) => speed !== null && speed > 0)) return [];
  return fans.flatMap((speed, i) => (speed === 0 ? [fanStopped(i + 1)] : []));
}
