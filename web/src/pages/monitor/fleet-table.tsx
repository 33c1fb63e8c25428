import type { LatestRow, LatestSort } from "@banksman/wire/api";
import { Table, type TableColumnType } from "antd";
import { useMemo } from "react";
import { classNames } from "../../components/class-names.ts";
import { temperatureSign } from "../../format/temperature-unit.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { useSize } from "../../hooks/use-size.ts";
import type { CellContext, Column } from "./columns.tsx";
import type { Order } from "./table-state.ts";
import { useRowKeys } from "./use-row-keys.ts";

const HEAD_PX = 33;
const SCROLLBAR_PX = 16;
const SELECT_PX = 32;
const VIRTUAL_FROM = 150;

type Props = {
  rows: readonly LatestRow[];
  columns: readonly Column[];
  context: CellContext;
  sort: LatestSort;
  order: Order;
  onSort: (sort: LatestSort | null, order: Order) => void;
  onOpen: (minerId: string) => void;
  openId: string | null;
  label: string;
  /** A refresh is under way for another page or filter: what shows is still the one before. */
  stale: boolean;
  /** Null for those who can't order anything. */
  selection: { ids: readonly string[]; set: (ids: string[]) => void } | null;
};

/** The live table. Rows of 32 pixels under a fixed head; the server filters, sorts and pages. */
export function FleetTable(props: Props) {
  const { rows, columns, context, sort, order, onSort, onOpen, openId, label, stale, selection } = props;
  const { t } = useLang();
  const [box, { width, height }] = useSize<HTMLDivElement>();
  const active = useRowKeys(rows, onOpen, openId !== null);
  const total = columns.reduce((sum, column) => sum + column.width, 0);
  const spare = Math.max(0, width - SCROLLBAR_PX - total - (selection ? SELECT_PX : 0));
  const tableColumns = useMemo(
    () =>
      columns.map((column) =>
        toAntd(column, {
          title: t(`column.${column.key}`, { temperature: temperatureSign() }),
          context,
          sort,
          order,
          spare,
        }),
      ),
    [columns, context, sort, order, spare, t],
  );
  return (
    <div ref={box} className={classNames("bm-table-box", stale && "bm-is-stale")}>
      {height > 0 ? (
        <Table<LatestRow>
          size="small"
          aria-label={label}
          rowKey="miner_id"
          columns={tableColumns}
          dataSource={rows}
          pagination={false}
          virtual={rows.length > VIRTUAL_FROM}
          scroll={{ x: Math.max(total, width), y: height - HEAD_PX }}
          showSorterTooltip={false}
          {...(selection && {
            rowSelection: {
              columnWidth: SELECT_PX,
              // A box in the head would be measured in a hidden row, where nothing may take the focus.
              hideSelectAll: true,
              columnTitle: "✓",
              selectedRowKeys: [...selection.ids],
              // What is chosen stays chosen on other pages and under other filters.
              preserveSelectedRowKeys: true,
              onChange: (keys) => selection.set(keys.map(String)),
              getCheckboxProps: (row) => ({ "aria-label": row.miner_id }),
            },
          })}
          rowClassName={(row) =>
            classNames("bm-row", row.miner_id === openId && "bm-row-open", row.miner_id === active && "bm-row-active")
          }
          onRow={(row) => ({ onClick: () => onOpen(row.miner_id) })}
          onChange={(_pages, _filters, sorter) => {
            const one = Array.isArray(sorter) ? sorter[0] : sorter;
            const next = columns.find((column) => column.key === one?.columnKey)?.sort ?? null;
            onSort(one?.order ? next : null, one?.order === "descend" ? "desc" : "asc");
          }}
        />
      ) : null}
    </div>
  );
}

type Heading = { title: string; context: CellContext; sort: LatestSort; order: Order; spare: number };

function toAntd(column: Column, { title, context, sort, order, spare }: Heading): TableColumnType<LatestRow> {
  return {
    key: column.key,
    title,
    width: column.grows ? column.width + spare : column.width,
    ellipsis: true,
    align: column.right ? "right" : "left",
    ...(column.key === "health" || column.key === "miner_id" ? { fixed: "left" as const } : {}),
    ...(column.sort
      ? {
          sorter: true,
          sortOrder: column.sort === sort ? (order === "desc" ? ("descend" as const) : ("ascend" as const)) : null,
        }
      : {}),
    render: (_value, row) => column.cell(row, context),
    // A sparkline arrives after its row, so those cells can't be judged by the row alone.
    ...(column.key === "sparkline" ? {} : { shouldCellUpdate: (next, last) => next !== last }),
  };
}
