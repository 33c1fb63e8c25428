import type { DashboardSpec } from "./build.ts";

const CHOSEN = `instance=~"$instance"`;

/** Edges that this Prometheus reaches. */
export const edge: DashboardSpec = {
  uid: "banksman-edge",
  title: "Edge",
  choices: { instance: { metric: "banksman_edge_info", label: "instance" } },
  rows: [
    {
      title: "Sweeps",
      panels: [
        {
          title: "Miners by state",
          kind: "series",
          queries: { "{{instance}} {{state}}": `banksman_edge_miners{${CHOSEN}}` },
        },
        {
          title: "Duration of a sweep",
          kind: "series",
          unit: "s",
          queries: {
            "{{instance}} mean": `rate(banksman_edge_sweep_seconds_sum{${CHOSEN}}[5m]) / rate(banksman_edge_sweep_seconds_count{${CHOSEN}}[5m])`,
            "{{instance}} p95": `histogram_quantile(0.95, sum by (le, instance) (rate(banksman_edge_sweep_seconds_bucket{${CHOSEN}}[5m])))`,
          },
        },
        { title: "Read at once", kind: "series", queries: { "{{instance}}": `banksman_edge_workers{${CHOSEN}}` } },
        {
          title: "Skipped sweeps",
          kind: "series",
          queries: { "{{instance}}": `increase(banksman_edge_sweeps_skipped_total{${CHOSEN}}[15m])` },
        },
      ],
    },
    {
      title: "Uploads",
      panels: [
        {
          title: "Batches waiting",
          kind: "series",
          queries: { "{{instance}}": `banksman_edge_backlog_batches{${CHOSEN}}` },
        },
        {
          title: "Uploads by outcome",
          kind: "series",
          queries: { "{{instance}} {{outcome}}": `rate(banksman_edge_uploads_total{${CHOSEN}}[5m])` },
        },
        {
          title: "Readings acknowledged per second",
          kind: "series",
          queries: { "{{instance}}": `rate(banksman_edge_uploaded_readings_total{${CHOSEN}}[5m])` },
        },
        {
          title: "Readings lost",
          kind: "series",
          queries: { "{{instance}}": `banksman_edge_lost_readings{${CHOSEN}}` },
        },
      ],
    },
    {
      title: "Cooling units",
      panels: [
        {
          title: "Fast lane of a round",
          kind: "series",
          unit: "s",
          queries: {
            "{{instance}} mean": `rate(banksman_edge_cooling_round_seconds_sum{${CHOSEN}}[5m]) / rate(banksman_edge_cooling_round_seconds_count{${CHOSEN}}[5m])`,
            "{{instance}} p95": `histogram_quantile(0.95, sum by (le, instance) (rate(banksman_edge_cooling_round_seconds_bucket{${CHOSEN}}[15m])))`,
          },
        },
        {
          title: "Units of the last round",
          kind: "series",
          queries: { "{{instance}} {{state}}": `banksman_edge_cooling_round_units{${CHOSEN}}` },
        },
        {
          title: "Circuit breakers",
          kind: "series",
          queries: { "{{instance}} {{state}}": `banksman_edge_cooling_breakers{${CHOSEN}}` },
        },
        {
          title: "Batches of cooling readings waiting",
          kind: "series",
          queries: { "{{instance}}": `banksman_edge_cooling_backlog_batches{${CHOSEN}}` },
        },
      ],
    },
  ],
};
