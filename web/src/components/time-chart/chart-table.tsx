import { Table } from "antd";
import { MISSING, number } from "../../format/format.ts";
import { clock, date } from "../../format/time.ts";
import { useLang } from "../../hooks/use-lang.ts";
import type { ChartPlot } from "./model.ts";

type Row = { at: number; values: Record<string, string> };

/** A chart's buckets as rows, newest first. */
export function chartRows(plots: readonly ChartPlot[]): Row[] {
  const rows = new Map<number, Row>();
  for (const plot of plots)
    for (const series of plot.series)
      for (const point of series.points) {
        const row = rows.get(point.at) ?? { at: point.at, values: {} };
        row.values[`${plot.key}/${series.name}`] = number(point.avg, plot.digits);
        rows.set(point.at, row);
      }
  return [...rows.values()].toSorted((a, b) => b.at - a.at);
}

/** The chart as a table, for those who can't use a picture and for reading exact values. */
export function ChartTable({ plots, zone }: { plots: readonly ChartPlot[]; zone: string }) {
  const { t } = useLang();
  const columns = plots.flatMap((plot) =>
    plot.series.map((series) => {
      const key = `${plot.key}/${series.name}`;
      return {
        key,
        title: `${series.name}, ${plot.unit}`,
        align: "right" as const,
        render: (_: unknown, row: Row) => row.values[key] ?? MISSING,
      };
    }),
  );
  const time = {
    key: "at",
    title: t("miner.time"),
    render: (_: unknown, row: Row) => `${date(row.at, zone)} ${clock(row.at, zone)}`,
  };
  return (
    <Table<Row>
      size="small"
      rowKey="at"
      columns={[time, ...columns]}
      dataSource={chartRows(plots)}
      pagination={{ pageSize: 20, size: "small", showSizeChanger: false }}
      scroll={{ x: "max-content" }}
    />
  );
}

/** The chart's buckets as CSV with least, mean and greatest of each series. */
export function chartCsv(plots: readonly ChartPlot[]): string {
  const series = plots.flatMap((plot) =>
    plot.series.map((one) => ({ name: `${one.name} ${plot.unit}`, points: new Map(one.points.map((p) => [p.at, p])) })),
  );
  const times = [...new Set(series.flatMap((one) => [...one.points.keys()]))].toSorted((a, b) => a - b);
  const head = ["time", ...series.flatMap(({ name }) => [`${name} min`, `${name} avg`, `${name} max`])].map(
    (text) => `"${text}"`,
  );
  const lines = times.map((at) => {
    const cells = series.flatMap(({ points }) => {
      const point = points.get(at);
      return [point?.min, point?.avg, point?.max].map((value) => value ?? "");
    });
    return [new Date(at).toISOString(), ...cells].join(",");
  });
  return [head.join(","), ...lines].join("\r\n");
}
