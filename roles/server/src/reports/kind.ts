import type { Permission } from "@banksman/wire/api";
import type { LocalText, ReportColumn, ReportFigure, ReportSection } from "@banksman/wire/model";
import type { Db } from "../db/connect.ts";
import type { MarketService } from "../market/service.ts";
import type { Span } from "./period.ts";

export type ReportSite = { site_no: number; site_id: string; name: string; time_zone: string };

export type ReportCustomer = { customer_id: string; name: string };

/** What a kind of report is built from. */
export type Sources = {
  db: Db;
  market: Pick<MarketService, "market" | "tariffs">;
  sites: readonly ReportSite[];
  customer: ReportCustomer | null;
  span: Span;
  /** The zone of the period, in which moments are told. */
  timeZone: string;
  /** Of the words inside tables. */
  language: "zh" | "en";
  /** Between two steps: how far the building is, 0 to 1. Throws where it was cancelled. */
  progress: (share: number) => Promise<void>;
};

export type Figure = Omit<ReportFigure, "before">;
export type Built = { coverage: number | null; figures: Figure[]; sections: ReportSection[] };

export type Kind = {
  title: LocalText;
  /** What its reader must hold at each of its sites, beside `report.read`. */
  needs: readonly Permission[];
  /** What a grant for a customer must give instead for a report of that customer, as it never gives some of `needs`. */
  needsOfCustomer?: readonly Permission[];
  /** Figures alone are built of the period before. */
  build: (sources: Sources) => Promise<Built>;
};

/** What something is called in the words of the screens; its own name where they have none. */
export const wordOf = (
  words: Readonly<Record<string, LocalText>>,
  name: string,
  language: Sources["language"],
): string => words[name]?.[language] ?? name;

export const both = (en: string, zh: string): LocalText => ({ en, zh });

/** Up to which moment a report over hourly sums counts, where that is before the period's end; null where it is not. */
export function countedTo({ span, timeZone }: Pick<Sources, "span" | "timeZone">): LocalText | null {
  if (span.reckonedTo >= span.to) return null;
  const at = new Intl.DateTimeFormat("sv", { timeZone, dateStyle: "short", timeStyle: "short" }).format(
    span.reckonedTo,
  );
  return both(`counts up to ${at}`, `统计截至 ${at}`);
}

/** A column of text. */
export const textColumn = (key: string, name: LocalText): ReportColumn => ({
  key,
  name,
  type: "text",
  unit: "",
  digits: 0,
  total: null,
});

/** A column of moments, as ISO text. */
export const timeColumn = (key: string, name: LocalText): ReportColumn => ({ ...textColumn(key, name), type: "time" });

/** A column of figures. */
export const numberColumn = (
  key: string,
  name: LocalText,
  { unit = "", digits = 0, total = null }: Partial<Pick<ReportColumn, "unit" | "digits" | "total">> = {},
): ReportColumn => ({ key, name, type: "number", unit, digits, total });

/** A part of a whole; null where the whole is nothing. */
export const share = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);

export const sumOf = (values: readonly (number | null)[]): number | null => {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0);
};

/** `factor` times a value that may be unknown. */
export const times = (value: number | null, factor: number): number | null => (value === null ? null : value * factor);

/** A figure of the head. */
export const figure = (
  name: LocalText,
  value: number | null,
  unit: string,
  digits: number,
  better: Figure["better"] = null,
  note: LocalText | null = null,
): Figure => ({ name, value, unit, digits, better, note });

const SMALL_USD = 100;
/** Decimals of an amount: a small site's margin isn't rounded to nothing, or to other than what its parts leave. */
const usdDigits = (value: number | null): number => (value !== null && Math.abs(value) < SMALL_USD ? 2 : 0);

/** An amount of the head. */
export const usd = (name: LocalText, value: number | null, better: Figure["better"]): Figure =>
  figure(name, value, "USD", usdDigits(value), better);

/** Decimals of amounts that stand below each other. */
export const usdDigitsOf = (values: readonly number[]): number => Math.max(0, ...values.map(usdDigits));
