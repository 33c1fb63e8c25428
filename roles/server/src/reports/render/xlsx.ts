import type { Blob } from "node:buffer";
import type Stream from "node:stream";
import type { ReportCell, ReportColumn, ReportDocument, ReportTable } from "@banksman/wire/model";
import writeExcel, { type CellObject, type Feature, type Row, type Sheet } from "write-excel-file/node";
import { wallOf } from "../period.ts";
import { daysText, heading, type Language, WORDS } from "./format.ts";

/** Of pictures, which no report has. */
type FileContent = Stream | Buffer | Blob;

const HEAD_ROWS = 1;
const WIDTH = { text: 22, number: 14, time: 18 } as const;
const BOLD = { fontWeight: "bold" } as const;
/** Excel allows 31 characters in a sheet's name, and some not at all. */
const sheetName = (title: string): string => title.replace(/[\\/?*[\]:]/g, " ").slice(0, 31);
const letterOf = (n: number): string =>
  (n < 26 ? "" : letterOf(Math.floor(n / 26) - 1)) + String.fromCharCode(65 + (n % 26));

/** A filter in the heading of each column; `ranges` by sheet, empty for none. The library has no option for it. */
const filters = (ranges: readonly string[]): Feature<FileContent> => ({
  files: {
    transform: {
      "xl/worksheets/sheet{id}.xml": {
        transform: (xml, _options, { sheetIndex }) => {
          const range = ranges[sheetIndex] ?? "";
          return range === "" ? xml : xml.replace("</sheetData>", `</sheetData><autoFilter ref="${range}"/>`);
        },
      },
    },
  },
});

const formatOf = (digits: number): string => (digits === 0 ? "#,##0" : `#,##0.${"0".repeat(digits)}`);

/**
 * A cell with its real type. Text stays text, also where it looks like a formula. A workbook's times have no zone: they show
 * the clock of the report's, as its other files and the screen do.
 */
function cellOf(cell: ReportCell, { type, digits }: ReportColumn, zone: string): CellObject | null {
  if (cell === null) return null;
  if (typeof cell === "number") return { type: Number, value: cell, format: formatOf(digits) };
  if (type === "time")
    return { type: Date, value: new Date(wallOf(Date.parse(cell), zone)), format: "yyyy-mm-dd hh:mm" };
  return { type: String, value: cell };
}

/** The last row as formulas over the rows above, so that a filter or a change shows in it. */
function totalsRow({ columns, rows }: ReportTable, language: Language): Row | null {
  if (rows.length === 0 || columns.every(({ total }) => total === null)) return null;
  const range = (n: number) => `${letterOf(n)}${HEAD_ROWS + 1}:${letterOf(n)}${HEAD_ROWS + rows.length}`;
  return columns.map(({ total, digits }, n) => {
    if (total === null) return n === 0 ? { type: String, value: WORDS.total[language], ...BOLD } : null;
    if (total === "sum")
      return { type: "Formula", value: `SUBTOTAL(109,${range(n)})`, format: formatOf(digits), ...BOLD };
    const by = range(columns.findIndex(({ key }) => key === total.mean_by));
    const value = `IFERROR(SUMPRODUCT(${range(n)},${by})/SUMIF(${range(n)},"<>",${by}),"")`;
    return { type: "Formula", value, format: formatOf(digits), ...BOLD };
  });
}

type Made = { sheet: Sheet<FileContent>; range: string };

function tableSheet(table: ReportTable, language: Language, zone: string): Made {
  const { columns, rows, title } = table;
  const head = columns.map(
    (column): CellObject => ({ type: String, value: heading(column, language), wrap: true, ...BOLD }),
  );
  const body = rows.map((row) => columns.map((column, at) => cellOf(row[at] ?? null, column, zone)));
  const totals = totalsRow(table, language);
  const range = rows.length === 0 ? "" : `A1:${letterOf(columns.length - 1)}${HEAD_ROWS + rows.length}`;
  const sheet = {
    data: [head, ...body, ...(totals ? [totals] : [])],
    sheet: sheetName(title[language]),
    columns: columns.map(({ type }) => ({ width: WIDTH[type] })),
    stickyRowsCount: HEAD_ROWS,
  };
  return { sheet, range };
}

function summarySheet({ title, scope, period, compared, figures }: ReportDocument, language: Language): Made {
  const text = (value: string): CellObject => ({ type: String, value });
  const figureRows = figures.map(
    ({ name, value, unit, digits, before }): Row => [
      text(unit === "" ? name[language] : `${name[language]}, ${unit}`),
      ...[value, before].map((one) => (one === null ? null : { type: Number, value: one, format: formatOf(digits) })),
    ],
  );
  const data: Row[] = [
    [{ ...text(title[language]), fontSize: 16, ...BOLD }],
    [text(scope[language])],
    [text(`${daysText(period)} ${period.time_zone}`)],
    [],
    [null, text(WORDS.period[language]), text(compared ? daysText(compared) : "")],
    ...figureRows,
  ];
  return {
    sheet: { data, sheet: sheetName(title[language]), columns: [{ width: 32 }, { width: 18 }, { width: 26 }] },
    range: "",
  };
}

/** A report as a workbook: the figures on the first sheet, then a sheet a table with filters and totals as formulas. */
export async function toXlsx(report: ReportDocument, language: Language): Promise<Buffer> {
  const tables = report.sections.filter((section) => section.type === "table");
  const { time_zone } = report.period;
  const made = [summarySheet(report, language), ...tables.map((table) => tableSheet(table, language, time_zone))];
  // Two sheets of one name would be a broken file.
  const sheets = made.map(({ sheet }, n) => ({
    ...sheet,
    sheet:
      made.findIndex((other) => other.sheet.sheet === sheet.sheet) === n
        ? sheet.sheet
        : sheetName(`${n} ${sheet.sheet}`),
  }));
  return writeExcel(sheets, { features: [filters(made.map(({ range }) => range))] }).toBuffer();
}
