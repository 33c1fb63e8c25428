import type { ReportCell, ReportDocument } from "@banksman/wire/model";
import { heading, type Language } from "./format.ts";

/** What a spreadsheet would take for a formula is kept from being one. */
const harmless = (text: string): string => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text);

function field(cell: ReportCell): string {
  if (cell === null) return "";
  if (typeof cell === "number") return String(cell);
  const text = harmless(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The tables of a report, one after the other: title, headings, rows; UTF-8 with a mark, so that Excel reads Chinese. */
export function toCsv({ sections, title, period }: ReportDocument, language: Language): Buffer {
  const lines = [`${field(title[language])},${period.from},${period.to},${field(period.time_zone)}`];
  for (const section of sections) {
    if (section.type !== "table") continue;
    const headings = section.columns.map((column) => field(heading(column, language)));
    lines.push("", field(section.title[language]), headings.join(","));
    for (const row of section.rows) lines.push(row.map(field).join(","));
  }
  return Buffer.from(`\ufeff${lines.join("\r\n")}\r\n`);
}
