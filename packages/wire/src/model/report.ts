import { z } from "zod";
import { LocalText } from "./alert.ts";

/** What a report is about. */
export const ReportKind = z.enum([
  "operation",
  "energy",
  "revenue",
  "alerts",
  "orders",
  "miners",
  "pools",
  "cooling",
  "statement",
]);
export type ReportKind = z.infer<typeof ReportKind>;

/** Whether a report is about the miners of one customer: always, where that is wished, or never. */
export const REPORT_BY_CUSTOMER: Readonly<Record<ReportKind, "always" | "also" | "never">> = {
  operation: "also",
  energy: "also",
  revenue: "never",
  alerts: "also",
  orders: "also",
  miners: "also",
  pools: "never",
  cooling: "never",
  statement: "always",
};

/** How a period is named: the last whole one of its kind, or from a day up to another. Days begin at midnight of `time_zone`. */
export const ReportPeriod = z.object({
  span: z.enum(["day", "week", "month", "range"]),
  /** First day, and the day after the last. */
  from: z.iso.date(),
  to: z.iso.date(),
  time_zone: z.string(),
});
export type ReportPeriod = z.infer<typeof ReportPeriod>;

const value = z.number().nullable();
const Cell = z.union([z.string(), z.number(), z.null()]);
export type ReportCell = z.infer<typeof Cell>;

/** One of the figures at the head. `before` is that of the period before, where it is compared. */
export const ReportFigure = z.object({
  name: LocalText,
  value,
  unit: z.string(),
  digits: z.int(),
  before: value,
  /** Which way is good; null where neither is. */
  better: z.enum(["more", "less"]).nullable(),
  note: LocalText.nullable(),
});
export type ReportFigure = z.infer<typeof ReportFigure>;

export const ReportColumn = z.object({
  key: z.string(),
  name: LocalText,
  type: z.enum(["text", "number", "time"]),
  /** After the figures of a column: %, MWh, PH/s. */
  unit: z.string(),
  digits: z.int(),
  /** How the last row comes about: a sum, a mean weighed by another column, or not at all. */
  total: z.union([z.literal("sum"), z.object({ mean_by: z.string() }), z.null()]),
});
export type ReportColumn = z.infer<typeof ReportColumn>;

export const ReportTable = z.object({
  type: z.literal("table"),
  title: LocalText,
  columns: z.array(ReportColumn),
  rows: z.array(z.array(Cell)),
  note: LocalText.nullable(),
});
export type ReportTable = z.infer<typeof ReportTable>;

/** Lines over the period, one value a step; null where nothing is known, which is shown and never filled in. */
export const ReportChart = z.object({
  type: z.literal("chart"),
  title: LocalText,
  unit: z.string(),
  digits: z.int(),
  from: z.iso.datetime(),
  step_s: z.number(),
  lines: z.array(z.object({ name: LocalText, values: z.array(value), is_plan: z.boolean() })),
  note: LocalText.nullable(),
});
export type ReportChart = z.infer<typeof ReportChart>;

export const ReportBars = z.object({
  type: z.literal("bars"),
  title: LocalText,
  unit: z.string(),
  digits: z.int(),
  bars: z.array(z.object({ name: LocalText, value: z.number() })),
  note: LocalText.nullable(),
});
export type ReportBars = z.infer<typeof ReportBars>;

export const ReportSection = z.discriminatedUnion("type", [ReportTable, ReportChart, ReportBars]);
export type ReportSection = z.infer<typeof ReportSection>;

/** A report as it is: what the page shows and every file is made of. */
export const ReportDocument = z.object({
  kind: ReportKind,
  title: LocalText,
  scope: LocalText,
  period: ReportPeriod,
  /** The period before, of the same length; null where nothing is compared. */
  compared: z.object({ from: z.iso.date(), to: z.iso.date() }).nullable(),
  /** Share of the period that readings cover, 0 to 1; null where that means nothing. */
  coverage: value,
  figures: z.array(ReportFigure),
  sections: z.array(ReportSection),
});
export type ReportDocument = z.infer<typeof ReportDocument>;

export const ReportFormat = z.enum(["pdf", "xlsx", "csv", "parquet"]);
export type ReportFormat = z.infer<typeof ReportFormat>;
