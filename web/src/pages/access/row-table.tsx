import { Table } from "antd";
import type { ReactNode } from "react";
import { ColumnCards } from "../../components/column-cards.tsx";
import { EmptyState, ErrorState, SkeletonRows } from "../../components/states.tsx";
import { usePhone } from "../../hooks/use-media.ts";

export type RowColumn<Row> = {
  key: string;
  title: ReactNode;
  align?: "right";
  render: (value: unknown, row: Row) => ReactNode;
};

type Props<Row> = {
  rows: readonly Row[] | undefined;
  columns: RowColumn<Row>[];
  keyOf: (row: Row) => string | number;
  label: string;
  empty: { icon: "users" | "key" | "clock"; title: string; detail: string };
  error: Error | null;
  onRetry: () => void;
  isOff?: (row: Row) => boolean;
};

const PAGE = 50;

/** A table of administration with all its states; cards on a phone. */
export function RowTable<Row extends object>({
  rows,
  columns,
  keyOf,
  label,
  empty,
  error,
  onRetry,
  isOff,
}: Props<Row>) {
  const isPhone = usePhone();
  if (error && !rows) return <ErrorState error={error} onRetry={onRetry} />;
  if (!rows) return <SkeletonRows rows={4} />;
  if (rows.length === 0) return <EmptyState icon={empty.icon} title={empty.title} detail={empty.detail} />;
  if (isPhone) return <ColumnCards rows={rows.slice(0, 200)} columns={columns} keyOf={keyOf} label={label} />;
  return (
    <Table<Row>
      size="small"
      rowKey={keyOf}
      dataSource={rows}
      pagination={rows.length > PAGE ? { pageSize: PAGE, showSizeChanger: false } : false}
      aria-label={label}
      scroll={{ x: 720 }}
      rowClassName={(row) => (isOff?.(row) ? "bm-row-off" : "")}
      columns={columns}
    />
  );
}
