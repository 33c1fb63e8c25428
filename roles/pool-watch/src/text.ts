import { parseHashrate } from "@banksman/pools";
import type { Assessment } from "./assess.ts";

/** What is said of one check. `unit` is the one the floor is written in. */
export type Profile = {
  alarm: (assessment: Assessment, unit: string) => string;
  unreadable: (checks: number, reason: string) => string;
  recovered: (assessment: Assessment, unit: string) => string;
  /** The line of the log for a check, and its last lines. */
  logEntry: (time: string, text: string) => string;
  well: (time: string) => string;
};

const RULE = "-".repeat(103);
const inUnit = (hs: number | null, unit: string): number | null =>
  hs === null ? null : hs / (parseHashrate(`1 ${unit}`) ?? 1);

/** The original's text, to the letter: CRLF between the lines, its list as Python prints a dictionary. */
const zh: Profile = {
  alarm: ({ offline, hashrate_hs }, unit) =>
    `不得了了,矿机掉线了!\r\n目前掉线${offline.length}台,掉线设备ID为:\r\n${offline.length === 0 ? "无" : pythonDict(offline.map(({ name, minutes }) => [name, `已掉线${minutes}.0分钟`]))}\r\n所有矿机总算力为${pythonFloat(inUnit(hashrate_hs, unit))}${unit}`,
  unreadable: (checks, reason) => `不得了了,矿池读不到了!\r\n已连续${checks}次读取失败:\r\n${reason}`,
  recovered: ({ hashrate_hs }, unit) =>
    `矿机已全部恢复\r\n所有矿机总算力为${pythonFloat(inUnit(hashrate_hs, unit))}${unit}`,
  logEntry: (time, text) => `现在是UTC时间: ${time} ${text} \n${RULE}\n`,
  well: (time) => `${time} 我安澜,从不掉线`,
};

const MOST_LISTED = 40;
const en: Profile = {
  alarm: ({ offline, hashrate_hs, isLow }, unit) => {
    const listed = offline.slice(0, MOST_LISTED).map(({ name, minutes }) => `${name}: offline for ${minutes} min`);
    const more = offline.length > MOST_LISTED ? [`… and ${offline.length - MOST_LISTED} more`] : [];
    const head = offline.length === 0 ? "Hashrate too low" : `${offline.length} offline`;
    return [head, ...listed, ...more, `${isLow ? "Low: " : ""}total ${plain(inUnit(hashrate_hs, unit))} ${unit}`].join(
      "\n",
    );
  },
  unreadable: (checks, reason) => `The pool can't be read, ${checks} checks in a row\n${reason}`,
  recovered: ({ hashrate_hs }, unit) => `All workers are back\ntotal ${plain(inUnit(hashrate_hs, unit))} ${unit}`,
  logEntry: (time, text) => `${time}Z ${text.replaceAll("\n", "; ")}\n`,
  well: (time) => `${time}Z all workers are online`,
};

export const profiles: Record<"zh" | "en", Profile> = { zh, en };

/** `2026-11-21 09:00:00`, UTC. */
export const utcText = (at: Date): string => at.toISOString().slice(0, 19).replace("T", " ");

const plain = (value: number | null): string =>
  value === null ? "unknown" : value.toLocaleString("en", { maximumFractionDigits: 2 });

/** A float as Python's str() writes it: `30000.0`, `12650560.75104`, `1e+16`. */
export function pythonFloat(value: number | null): string {
  if (value === null) return "None";
  if (value !== 0 && (Math.abs(value) >= 1e16 || Math.abs(value) < 1e-4))
    return value.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

/** A dictionary of texts as Python's str() writes it. */
export const pythonDict = (entries: readonly (readonly [string, string])[]): string =>
  `{${entries.map(([key, value]) => `${pythonText(key)}: ${pythonText(value)}`).join(", ")}}`;

function pythonText(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text
    .replaceAll("\\", "\\\\")
    .replaceAll("\n", "\\n")
    .replaceAll("\r", "\\r")
    .replaceAll("\t", "\\t")
    .replaceAll(quote, `\\${quote}`);
  return `${quote}${escaped}${quote}`;
}
