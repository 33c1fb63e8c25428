import type { ReportCell, ReportTable } from "@banksman/wire/model";

const isNumber = (cell: ReportCell | undefined): cell is number => typeof cell === "number";

/**
 * A table's last row: sums, and means weighed by another column, of what is known. Null where no column has any. A mean
 * leaves out rows in which either figure is unknown.
 */
export function totalsOf({ columns, rows }: Pick<ReportTable, "columns" | "rows">): ReportCell[] | null {
  if (columns.every(({ total }) => total === null)) return null;
  return columns.map(({ total }, n) => {
    if (total === null) return null;
    if (total === "sum") {
      const known = rows.map((row) => row[n]).filter(isNumber);
      return known.length === 0 ? null : known.reduce((sum, cell) => sum + cell, 0);
    }
    const by = columns.findIndex(({ key }) => key === total.mean_by);
    let [weighed, weight] = [0, 0];
    for (const row of rows) {
      const [cell, own] = [row[n], row[by]];
      if (!isNumber(cell) || !isNumber(own)) continue;
      weighed += cell * own;
      weight += own;
    }
    return weight === 0 ? null : weighed / weight;
  });
}
