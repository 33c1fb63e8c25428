import type { Fault } from "@banksman/wire/model";
import { type FaultRow, fault } from "../faults/fault.ts";
import { figure, figures, type Tokens } from "./avalon-tokens.ts";

/** Bits of the power supply's error word, the first figure of `PS`. */
const PS_BITS: readonly (readonly [bit: number, row: FaultRow])[] = [
  [1, ["urgent", "input", "power supply: input voltage too low", "电源：输入电压过低"]],
  [2, ["urgent", "heat", "power supply: too hot", "电源：过热"]],
  [4, ["urgent", "heat", "power supply: too hot", "电源：过热"]],
  [8, ["urgent", "heat", "power supply: too hot", "电源：过热"]],
  [16, ["urgent", "psu", "power supply: over-current on the primary side", "电源：原边过流"]],
  [32, ["severe", "psu", "power supply: output voltage too low", "电源：输出欠压"]],
  [64, ["urgent", "psu", "power supply: output over-current", "电源：输出过流"]],
  [128, ["severe", "psu", "power supply: current sharing", "电源：均流异常"]],
  [256, ["severe", "psu", "power supply: over-current on the control rail", "电源：控制供电过流"]],
  [512, ["severe", "psu", "power supply: over-current on the control rail", "电源：控制供电过流"]],
  [1024, ["severe", "psu", "power supply: over-current on the control rail", "电源：控制供电过流"]],
  [2048, ["severe", "fan", "power supply: fan", "电源：风扇异常"]],
];

/** Error words that are 0 while all is well. */
const WORDS: readonly (readonly [key: string, row: FaultRow])[] = [
  ["ECMM", ["severe", "control", "controller error", "控制器错误"]],
  ["POWS", ["severe", "psu", "power supply state", "电源状态异常"]],
  ["PCOMM_E", ["severe", "psu", "communication with the power supply", "与电源通信异常"]],
  ["FanErr", ["severe", "fan", "fan error", "风扇错误"]],
  ["POOLS", ["warning", "pool", "pool state", "矿池状态异常"]],
];

const BOARD_WORDS: readonly (readonly [key: string, en: string, zh: string])[] = [
  ["ECHU", "hashboard error", "算力板错误"],
  ["HASHS", "hashboard state", "算力板状态异常"],
];

/** The A10 generation shows this bit of ECHU on healthy boards. */
const HARMLESS_ON_A10 = 512;

/** What the error words of one machine say. */
export function avalonFaults(all: Tokens, isA10: boolean): Fault[] {
  const faults: Fault[] = [];
  const ps = Math.max(0, figure(all, "PS") ?? 0);
  for (const [bit, row] of PS_BITS) if (Math.floor(ps / bit) % 2 === 1) faults.push(fault(`PS${bit}`, row));
  for (const [key, [level, advice, en, zh]] of WORDS) {
    const value = figure(all, key);
    if (value === null || value === 0) continue;
    const told = `${key}[${value}]`;
    faults.push(fault(`${key}${value}`, [level, advice, `${en}: ${told}`, `${zh}：${told}`]));
  }
  for (const [key, en, zh] of BOARD_WORDS) faults.push(...boardFaults(all, key, en, zh, isA10));
  return faults;
}

function boardFaults(all: Tokens, key: string, en: string, zh: string, isA10: boolean): Fault[] {
  const harmless = isA10 && key === "ECHU" ? HARMLESS_ON_A10 : 0;
  return figures(all, key).flatMap((value, board): Fault[] => {
    if (value === null || value === 0 || value === harmless) return [];
    const told = `${key}[${value}]`;
    const row: FaultRow = ["severe", "board", `${en} on board ${board}: ${told}`, `${board} 号${zh}：${told}`];
    return [fault(`${key}${value}`, row, board)];
  });
}
