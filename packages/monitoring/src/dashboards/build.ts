import {
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { DataqueryBuilder } from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder as StatPanel } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as TablePanel } from "@grafana/grafana-foundation-sdk/table";
import { PanelBuilder as SeriesPanel } from "@grafana/grafana-foundation-sdk/timeseries";

/** A panel as data: one query a legend. `series` is a chart over time, `stat` one figure, `table` one row a series. */
export type PanelSpec = {
  title: string;
  kind: "series" | "stat" | "table";
  /** Grafana's name of the unit, such as s, bytes, percentunit, short. */
  unit?: string;
  queries: Record<string, string>;
  /** Of 24 columns; 12 where nothing is said. */
  width?: number;
  description?: string;
};
export type DashboardSpec = {
  uid: string;
  title: string;
  /** Choices above the panels: name of the variable → the metric and label its values come from. */
  choices: Record<string, { metric: string; label: string }>;
  rows: { title: string; panels: PanelSpec[] }[];
};

/** Name under which the data source is provisioned. */
const SOURCE = { type: "prometheus", uid: "prometheus" };
const HEIGHT = { series: 8, stat: 4, table: 8 };

/** The dashboard as Grafana loads it; the same input gives the same bytes. */
export function buildDashboard({ uid, title, choices, rows }: DashboardSpec): Dashboard {
  const builder = new DashboardBuilder(title)
    .uid(uid)
    .tags(["banksman"])
    .refresh("15s")
    .time({ from: "now-3h", to: "now" })
    .tooltip(DashboardCursorSync.Crosshair);
  for (const [name, { metric, label }] of Object.entries(choices)) {
    builder.withVariable(
      new QueryVariableBuilder(name)
        .datasource(SOURCE)
        .query(`label_values(${metric}, ${label})`)
        .refresh(VariableRefresh.OnTimeRangeChanged)
        .multi(true)
        .includeAll(true)
        .allValue(".*")
        .current({ selected: true, text: "All", value: "$__all" }),
    );
  }
  let id = 0;
  for (const row of rows) {
    builder.withRow(new RowBuilder(row.title).id(++id));
    for (const panel of row.panels) builder.withPanel(panelOf(panel).id(++id));
  }
  return builder.build();
}

function panelOf({ kind, title, unit, queries, width = 12, description }: PanelSpec) {
  const panel = kind === "series" ? new SeriesPanel() : kind === "stat" ? new StatPanel() : new TablePanel();
  panel.title(title).datasource(SOURCE).span(width).height(HEIGHT[kind]);
  if (unit !== undefined) panel.unit(unit);
  if (description !== undefined) panel.description(description);
  Object.entries(queries).forEach(([legend, expr], index) => {
    const query = new DataqueryBuilder()
      .expr(expr)
      .legendFormat(legend)
      .refId(String.fromCharCode(65 + index))
      .datasource(SOURCE);
    panel.withTarget(kind === "series" ? query.range() : query.instant());
  });
  return panel;
}
