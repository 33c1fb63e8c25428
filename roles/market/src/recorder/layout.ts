import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

export type Layout = "hive" | "quantslab";
export const TABLES = ["ticks", "trades", "quotes", "marks"] as const;
export type Table = (typeof TABLES)[number];

const iso = (ms: number) => new Date(ms).toISOString();
export const dateOf = (ms: number): string => iso(ms).slice(0, 10);
export const hourOf = (ms: number): string => iso(ms).slice(11, 13);
export const HOUR_MS = 3_600_000;

/** A name for one run of one process: its files never collide with another's. It sorts by time. */
export function newRunId(nowMs: number): string {
  const time = iso(nowMs).replace(/[-:]/g, "").slice(0, 15);
  return `${time}-${process.pid.toString(36)}${Math.floor(Math.random() * 36 ** 3)
    .toString(36)
    .padStart(3, "0")}`;
}

/** The folder of a table's files of one hour, below the output folder. */
export function partFolder(layout: Layout, table: Table, exchange: string, pair: string, ms: number): string {
  if (layout === "quantslab" && table === "ticks") return `${exchange}_${pair}_${dateOf(ms).replaceAll("-", "")}`;
  return join(table, `exchange=${exchange}`, `symbol=${pair}`, `date=${dateOf(ms)}`, `hour=${hourOf(ms)}`);
}

/** The file's name. quantslab counts within the day's folder. What is there already is never written over. */
export function partName(layout: Layout, table: Table, folder: string, runId: string, number: number): string {
  if (layout !== "quantslab" || table !== "ticks") {
    const nameOf = (at: number) => `part-${runId}-${String(at).padStart(5, "0")}.parquet`;
    let free = number;
    while (existsSync(join(folder, nameOf(free)))) free++;
    return nameOf(free);
  }
  const taken = readdirSync(folder).map((name) => Number(/^part_(\d+)\.parquet/.exec(name)?.[1] ?? 0));
  return `part_${String(Math.max(0, ...taken) + 1).padStart(5, "0")}.parquet`;
}

export const journalFolder = (exchange: string, ms: number): string =>
  join("journal", `exchange=${exchange}`, `date=${dateOf(ms)}`);
export const MANIFEST = "manifest.jsonl";
export const GAPS = "gaps.jsonl";
