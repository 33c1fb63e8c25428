import type { Fault } from "@banksman/wire/model";
import type { Fields } from "../decode/reply.ts";
import { isRecord } from "../decode/reply.ts";
import { type FaultRow, fault } from "../faults/fault.ts";
import { WHATSMINER_CODES } from "../faults/whatsminer-codes.ts";
import { count } from "../read/number.ts";
import { text } from "../read/text.ts";

const exact = new Map<string, FaultRow>();
for (const [code, ...row] of WHATSMINER_CODES) exact.set(code, row);

/** Codes whose meaning holds their own figures. */
function ranges(code: string): FaultRow | undefined {
  const value = Number(code);
  if (value >= 8_000 && value <= 8_035) return ["info", "look", "factory tool note", "工厂工具记录"];
  if (/^1(?:000|001|100)\d\d$/.test(code))
    return ["urgent", "tamper", "firmware signature wrong or malware removed", "固件签名错误或已清除恶意软件"];
  if (!/^5[2-6]\d{2,4}$/.test(code)) return undefined;
  const [chip, board] = [code.slice(3), code[2]];
  const zh = `${board} 号算力板 ${chip} 号芯片损坏或不稳定`;
  return ["warning", "chips", `chip ${chip} of board ${board} bad or unstable`, zh];
}

const UNKNOWN: FaultRow = ["warning", "look", "code not documented", "未公开的错误码"];

/** The fault for a WhatsMiner code; one that isn't in the table is passed on as a warning rather than lost. */
export function whatsminerFault(code: string, reason?: string | null): Fault {
  const own = exact.get(code);
  const perBoard = own ? undefined : exact.get(`${code.slice(0, -1)}n`);
  const [level, advice, en, zh] = own ?? perBoard ?? ranges(code) ?? UNKNOWN;
  const slot = Number(code.at(-1));
  const told = (words: string) => {
    const placed = perBoard ? words.replace(/\bn\b/, String(slot)) : words;
    return reason ? `${placed} (${reason})` : placed;
  };
  return fault(code, [level, advice, told(en), told(zh)], perBoard && /\bboard n\b/.test(en) ? slot : null);
}

/**
 * A list of errors in any of the forms met: `[{"218": "time"}]`, with a `reason` beside it, several codes in one record,
 * a record instead of the list, bare codes.
 */
export function listedFaults(raw: unknown): Fault[] {
  const entries = Array.isArray(raw) ? raw : isRecord(raw) ? [raw] : [];
  const faults: Fault[] = [];
  for (const entry of entries) {
    if (isRecord(entry)) {
      const reason = text(entry.reason, 400);
      for (const key of Object.keys(entry)) if (isCode(key)) faults.push(whatsminerFault(key, reason));
    } else if (isCode(String(entry))) faults.push(whatsminerFault(String(entry)));
  }
  return unique(faults);
}

/** Version 1 counts its errors and numbers them in the summary. Factory codes are another list, and no alarm. */
export function summaryFaults(summary: Fields | undefined): Fault[] {
  const total = Math.min(count(summary?.["Error Code Count"]) ?? 0, MAX_FAULTS);
  const faults: Fault[] = [];
  for (let i = 0; i < total; i++) {
    const code = text(summary?.[`Error Code ${i}`]);
    if (code !== null && isCode(code)) faults.push(whatsminerFault(code));
  }
  return unique(faults);
}

/** A machine in trouble repeats itself hundreds of times; the wire takes 200. */
const MAX_FAULTS = 200;
const isCode = (text: string) => /^[1-9]\d{1,7}$/.test(text);

const unique = (faults: Fault[]): Fault[] =>
  [...new Map(faults.map((fault) => [fault.code, fault])).values()].slice(0, MAX_FAULTS);

/** Codes of protection from heat: with them, a machine that doesn't hash is overheated, not broken. */
const HEAT = /^(?:35\d|36\d|600|203|23[345]|24[345])$/;
export const isHeatFault = (fault: Fault): boolean => HEAT.test(fault.code);
