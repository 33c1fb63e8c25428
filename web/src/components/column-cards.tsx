import type { Key, ReactNode } from "react";

type Column<Row> = { key: string; title: ReactNode; render: (value: unknown, row: Row) => ReactNode };
type Props<Row> = { rows: readonly Row[]; columns: readonly Column<Row>[]; keyOf: (row: Row) => Key; label: string };

/** A small table's rows as cards for phones: each column a line with its heading. */
export function ColumnCards<Row>({ rows, columns, keyOf, label }: Props<Row>) {
  return (
    <ul className="bm-cards bm-column-cards" aria-label={label}>
      {rows.map((row) => (
        <li key={keyOf(row)}>
          <dl className="bm-facts">
            {columns.map((column) => (
              <div key={column.key}>
                <dt>{column.title}</dt>
                <dd>{column.render(undefined, row)}</dd>
              </div>
            ))}
          </dl>
        </li>
      ))}
    </ul>
  );
}
