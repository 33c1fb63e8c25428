import type { LocalText, ReportCell, ReportColumn, ReportPeriod } from "@banksman/wire/model";

export type Language = "zh" | "en";

const formatters = new Map<number, Intl.NumberFormat>();

/** A figure with thousands separators and so many decimals; a dash for what is unknown. */
export function figureText(value: number | null, digits: number): string {
  if (value === null || !Number.isFinite(value)) return "–";
  let formatter = formatters.get(digits);
  if (!formatter) {
    formatter = new Intl.NumberFormat("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
    formatters.set(digits, formatter);
  }
  return formatter.format(value).replace("-", "\u2212");
}

const DAY_MS = 86_400_000;

/** The days of a period as people say them, its last one too: `2026-11-01 – 2026-11-30`, one day alone. */
export function daysText({ from, to }: Pick<ReportPeriod, "from" | "to">): string {
  const last = new Date(Date.parse(`${to}T00:00:00Z`) - DAY_MS).toISOString().slice(0, 10);
  return last <= from ? from : `${from} – ${last}`;
}

const clocks = new Map<string, Intl.DateTimeFormat>();

/** A moment as a zone's clock shows it: `2026-11-29 06:00`. */
export function timeText(iso: string, zone: string): string {
  let clock = clocks.get(zone);
  if (!clock) {
    clock = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "short" });
    clocks.set(zone, clock);
  }
  return clock.format(new Date(iso));
}

/** A cell as it is read on paper. */
export function cellText(cell: ReportCell, { type, digits }: ReportColumn, zone: string): string {
  if (cell === null) return "–";
  if (typeof cell === "number") return figureText(cell, digits);
  return type === "time" ? timeText(cell, zone) : cell;
}

/** A column's heading with its unit. */
export const heading = ({ name, unit }: ReportColumn, language: Language): string =>
  unit === "" ? name[language] : `${name[language]}, ${unit}`;

export const WORDS = {
  total: { en: "All", zh: "合计" },
  period: { en: "Period", zh: "期间" },
  beside: { en: "beside", zh: "对比" },
  contents: { en: "Contents", zh: "目录" },
  built: { en: "built", zh: "生成于" },
  nothing: { en: "Nothing in this period.", zh: "本期没有记录。" },
} satisfies Record<string, LocalText>;
