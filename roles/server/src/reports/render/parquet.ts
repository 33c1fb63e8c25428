import type { ReportDocument, ReportTable } from "@banksman/wire/model";
import { ByteWriter, type ColumnSource, parquetWrite } from "hyparquet-writer";

/** The largest table of a report, for whoever reckons on; null for a report without one. */
export async function toParquet({ kind, period, sections }: ReportDocument): Promise<Buffer | null> {
  const tables = sections.filter((section) => section.type === "table");
  const largest = tables.toSorted((a, b) => b.rows.length - a.rows.length)[0];
  if (!largest) return null;
  const writer = new ByteWriter();
  await parquetWrite({
    writer,
    columnData: largest.columns.map((_, n) => columnOf(largest, n)),
    kvMetadata: [
      { key: "report", value: kind },
      { key: "period", value: `${period.from}/${period.to} ${period.time_zone}` },
      { key: "table", value: largest.title.en },
    ],
  });
  return Buffer.from(writer.getBuffer());
}

function columnOf({ columns, rows }: ReportTable, n: number): ColumnSource {
  const column = columns[n];
  const name = column?.key ?? `column_${n}`;
  const cells = rows.map((row) => row[n] ?? null);
  if (column?.type === "number") return { name, type: "DOUBLE", nullable: true, data: cells };
  if (column?.type !== "time") return { name, type: "STRING", nullable: true, data: cells };
  const moments = cells.map((cell) => (typeof cell === "string" ? new Date(cell) : null));
  return { name, type: "TIMESTAMP", nullable: true, data: moments };
}
