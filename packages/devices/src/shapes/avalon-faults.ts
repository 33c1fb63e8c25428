import type { Fault, FaultLevel } from "@banksman/wire/model";
import { figure, figures, type Tokens } from "./avalon-tokens.ts";

/** Bits of the power supply's error word, the first figure of `PS`. */
const PS_BITS: readonly (readonly [bit: number, level: FaultLevel, text: string])[] = [
  [1, "urgent", "power supply: input voltage too low"],
  [2, "urgent", "power supply: too hot"],
  [4, "urgent", "power supply: too hot"],
  [8, "urgent", "power supply: too hot"],
  [16, "urgent", "power supply: over-current on the primary side"],
  [32, "severe", "power supply: output voltage too low"],
  [64, "urgent", "power supply: output over-current"],
  [128, "severe", "power supply: current sharing"],
  [256, "severe", "power supply: over-current on the control rail"],
  [512, "severe", "power supply: over-current on the control rail"],
  [1024, "severe", "power supply: over-current on the control rail"],
  [2048, "severe", "power supply: fan"],
];

/** Error words that are 0 while all is well. */
const WORDS: readonly (readonly [key: string, level: FaultLevel, text: string])[] = [
  ["ECMM", "severe", "controller error"],
  ["POWS", "severe", "power supply state"],
  ["PCOMM_E", "severe", "communication with the power supply"],
  ["FanErr", "severe", "fan error"],
  ["POOLS", "warning", "pool state"],
];

/** The A10 generation shows this bit of ECHU on healthy boards. */
const HARMLESS_ON_A10 = 512;

/** What the error words of one machine say. */
export function avalonFaults(all: Tokens, isA10: boolean): Fault[] {
  const faults: Fault[] = [];
  const ps = Math.max(0, figure(all, "PS") ?? 0);
  for (const [bit, level, text] of PS_BITS) {
    if (Math.floor(ps / bit) % 2 === 1) faults.push({ code: `PS${bit}`, level, text });
  }
  for (const [key, level, text] of WORDS) {
    const value = figure(all, key);
    if (value !== null && value !== 0)
      faults.push({ code: `${key}${value}`, level, text: `${text}: ${key}[${value}]` });
  }
  faults.push(...boardFaults(all, "ECHU", "hashboard error", isA10 ? HARMLESS_ON_A10 : 0));
  faults.push(...boardFaults(all, "HASHS", "hashboard state", 0));
  return faults;
}

function boardFaults(all: Tokens, key: string, text: string, harmless: number): Fault[] {
  return figures(all, key).flatMap((value, board): Fault[] => {
    if (value === null || value === 0 || value === harmless) return [];
    return [{ code: `${key}${value}`, level: "severe", text: `${text} on board ${board}: ${key}[${value}]`, board }];
  });
}

/** Fans that stand still while others turn. */
export function stoppedFans(fans: readonly number[] | null): Fault[] {
  if (!fans?.some((speed) => speed > 0)) return [];
  return fans.flatMap((speed, i): Fault[] =>
    speed === 0 ? [{ code: "fan_stopped", level: "severe", text: `fan ${i + 1} stands still` }] : [],
  );
}
