import type { Fault, FaultLevel } from "@banksman/wire/model";
import type { Fields } from "../decode/reply.ts";
import { isRecord } from "../decode/reply.ts";
import { count } from "../read/number.ts";
import { text } from "../read/text.ts";

/** Code, level and meaning; `n` in a code is the board's slot, `n` in a text too. */
type Row = readonly [code: string, level: FaultLevel, text: string];

/** MicroBT's error codes. The level says how soon somebody should look, which the maker doesn't say. */
const TABLE: readonly Row[] = [
  ["110", "severe", "intake fan speed wrong"],
  ["111", "severe", "exhaust fan speed wrong"],
  ["120", "severe", "intake fan off its speed by more than 2000 rpm"],
  ["121", "severe", "exhaust fan off its speed by more than 2000 rpm"],
  ["130", "urgent", "intake fan off its speed by more than 3000 rpm"],
  ["131", "urgent", "exhaust fan off its speed by more than 3000 rpm"],
  ["140", "warning", "fan speed too high"],
  ["200", "urgent", "no power supply found"],
  ["201", "severe", "power supply does not match the configuration"],
  ["202", "severe", "power supply output voltage wrong"],
  ["203", "urgent", "power supply protects itself from its ambient temperature"],
  ["204", "urgent", "power supply protects itself from its current"],
  ["205", "severe", "power supply current wrong"],
  ["206", "urgent", "input voltage too low"],
  ["207", "urgent", "input voltage bad"],
  ["208", "severe", "power supply power wrong"],
  ["209", "warning", "power supply voltage offset"],
  ["210", "urgent", "power supply error"],
  ["211", "severe", "output current at its limit"],
  ["212", "severe", "output voltage at its limit"],
  ["213", "severe", "power supply input and output do not match"],
  ["214", "severe", "power supply pin error"],
  ["215", "severe", "power supply output voltage can't be set"],
  ["216", "warning", "power supply unchanged for long"],
  ["217", "severe", "power supply can't be switched on"],
  ["218", "warning", "input below 230 V, which high power mode needs"],
  ["219", "severe", "input current wrong"],
  ["233", "urgent", "output too hot"],
  ["234", "urgent", "output too hot"],
  ["235", "urgent", "output too hot"],
  ["236", "urgent", "output over-current"],
  ["237", "urgent", "output over-current"],
  ["238", "urgent", "output over-current"],
  ["239", "urgent", "output voltage too high"],
  ["240", "urgent", "output voltage too low"],
  ["241", "severe", "output currents out of balance"],
  ["243", "urgent", "input too hot"],
  ["244", "urgent", "input too hot"],
  ["245", "urgent", "input too hot"],
  ["246", "urgent", "input protection"],
  ["247", "urgent", "input protection"],
  ["248", "urgent", "input protection"],
  ["249", "urgent", "input protection"],
  ["250", "urgent", "input protection"],
  ["251", "urgent", "input protection"],
  ["253", "urgent", "power supply fan error"],
  ["254", "urgent", "power supply fan error"],
  ["255", "urgent", "output power too high"],
  ["256", "urgent", "primary side over-current"],
  ["257", "urgent", "primary side over-current"],
  ["263", "warning", "power supply communication warning"],
  ["264", "severe", "power supply communication error"],
  ["265", "severe", "unknown power supply error"],
  ["266", "severe", "unknown power supply error"],
  ["267", "urgent", "power supply watchdog"],
  ["268", "urgent", "power supply protection"],
  ["269", "urgent", "power supply protection"],
  ["270", "urgent", "power supply protection"],
  ["271", "urgent", "power supply protection"],
  ["272", "warning", "power supply warning"],
  ["273", "warning", "power supply warning"],
  ["274", "warning", "power supply warning"],
  ["275", "warning", "power supply warning"],
  ["329", "warning", "control board temperature sensor does not answer"],
  ["30n", "severe", "temperature sensor of board n not found"],
  ["32n", "severe", "temperature sensor of board n misread"],
  ["35n", "urgent", "board n stopped by its temperature protection"],
  ["36n", "urgent", "board n too hot"],
  ["370", "warning", "ambient temperature changes too fast"],
  ["41n", "severe", "memory of board n not found"],
  ["42n", "severe", "memory of board n can't be read"],
  ["43n", "severe", "chip bin of board n wrong"],
  ["44n", "severe", "chip count of board n wrong"],
  ["45n", "severe", "memory of board n can't be transferred"],
  ["51n", "severe", "board n is of another type"],
  ["52n", "severe", "board n is of another bin"],
  ["53n", "urgent", "board n not found"],
  ["54n", "severe", "chips of board n can't be read"],
  ["55n", "severe", "board n has bad chips"],
  ["56n", "severe", "board n out of balance"],
  ["57n", "severe", "transfer to board n failed"],
  ["58n", "severe", "board n can't be reset"],
  ["59n", "warning", "frequency of board n too low"],
  ["600", "urgent", "ambient temperature too high"],
  ["610", "warning", "ambient temperature too high for high power mode"],
  ["701", "severe", "control board has an unsupported chip"],
  ["71n", "warning", "control board restarted abnormally"],
  ["72n", "severe", "frame error on board n"],
  ["800", "urgent", "checksum of the mining program wrong"],
  ["801", "urgent", "checksum of the monitor program wrong"],
  ["802", "urgent", "checksum of the remote program wrong"],
  ["901", "warning", "power rate error"],
  ["2000", "severe", "no pool is configured"],
  ["2010", "severe", "all pools are unreachable"],
  ["202n", "warning", "pool n can't be reached"],
  ["2030", "warning", "many shares are rejected"],
  ["2040", "warning", "the pool does not support asicboost"],
  ["2310", "severe", "hashrate too low"],
  ["2320", "severe", "hashrate too low"],
  ["2330", "severe", "hashrate loss too high"],
  ["2340", "severe", "hashrate loss too high"],
  ["501n", "severe", "voltages on board n too far apart"],
  ["502n", "severe", "voltages on board n too far apart"],
  ["503n", "severe", "temperatures on board n too far apart"],
  ["504n", "severe", "temperatures on board n too far apart"],
  ["505n", "urgent", "board n stopped to protect its chips"],
  ["507n", "urgent", "water flow abnormal"],
  ["511n", "severe", "frequency of board n could not be raised in time"],
  ["512n", "warning", "many transfer errors on board n"],
  ["513n", "severe", "board n unstable"],
  ["517n", "severe", "frequency of board n could not be raised in time"],
];

const exact = new Map<string, Row>();
for (const row of TABLE) exact.set(row[0], row);

/** Codes whose meaning holds their own figures. */
function ranges(code: string): Row | undefined {
  const value = Number(code);
  if (value >= 8_000 && value <= 8_035) return [code, "info", "factory tool note"];
  if (/^1(?:000|001|100)\d\d$/.test(code)) return [code, "urgent", "firmware signature wrong or malware removed"];
  if (/^5[2-6]\d{2,4}$/.test(code))
    return [code, "warning", `chip ${code.slice(3)} of board ${code[2]} bad or unstable`];
  return undefined;
}

/** The fault for a WhatsMiner code; one that isn't in the table is passed on as a warning rather than lost. */
export function whatsminerFault(code: string, reason?: string | null): Fault {
  const perBoard = exact.get(`${code.slice(0, -1)}n`);
  const row = exact.get(code) ?? perBoard ?? ranges(code);
  const slot = Number(code.at(-1));
  const meaning = row?.[2] ?? "code not documented";
  const own = row !== undefined && row === perBoard && exact.get(code) === undefined;
  const told = own ? meaning.replace(/\bn\b/, String(slot)) : meaning;
  return {
    code,
    level: row?.[1] ?? "warning",
    text: (reason ? `${told} (${reason})` : told).slice(0, 500),
    ...(own && /\bboard n\b/.test(meaning) ? { board: slot } : {}),
  };
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
