import type { ReportCell, ReportColumn, ReportTable } from "@banksman/wire/model";
import { classNames } from "../../components/class-names.ts";
import { type Lang, MISSING, number } from "../../format/format.ts";
import { date, shortClock } from "../../format/time.ts";
import { useLang } from "../../hooks/use-lang.ts";

/** More rows than anybody reads on a screen; the files have them. */
const MOST_ROWS = 200;

const textOf = (cell: ReportCell, { type, digits }: ReportColumn, zone: string): string => {
  if (cell === null) return MISSING;
  if (typeof cell === "number") return number(cell, digits);
  return type === "time" ? `${date(Date.parse(cell), zone)} ${shortClock(Date.parse(cell), zone)}` : cell;
};

/** A table of a report, with its total below. */
export function ReportTableView({
  table: { columns, rows, title },
  lang,
  zone,
}: {
  table: ReportTable;
  lang: Lang;
  zone: string;
}) {
  const { t } = useLang();
  if (rows.length === 0) return <p className="bm-muted">{t("reports.noRows")}</p>;
  const cell = (value: ReportCell, column: ReportColumn) => (
    <td key={column.key} className={classNames(column.type === "number" && "bm-number")}>
      {textOf(value, column, zone)}
    </td>
  );
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reached by keyboard */}
      <section className="bm-report-table" tabIndex={0} aria-label={title[lang]}>
        <table>
          <thead>
            <tr>
              {columns.map((column) => (
                <th key={column.key} scope="col" className={classNames(column.type === "number" && "bm-number")}>
                  {column.name[lang]}
                  {column.unit === "" ? null : <small> {column.unit}</small>}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, MOST_ROWS).map((row, n) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a report never changes, and its rows have no name of their own
              <tr key={n}>{columns.map((column, at) => cell(row[at] ?? null, column))}</tr>
            ))}
          </tbody>
        </table>
      </section>
      {rows.length > MOST_ROWS ? (
        <p className="bm-muted">{t("reports.moreRows", { shown: number(MOST_ROWS), count: rows.length })}</p>
      ) : null}
    </>
  );
}
